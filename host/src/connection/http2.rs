//! HTTP/2 on a connection.

use std::{
    cell::Cell, convert::Infallible, error::Error, future::Future, io, pin::pin, rc::Rc,
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::{body::Incoming, rt::Executor, server::conn::http2::Builder, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{Notify, watch},
    time::sleep,
};

use self::meter::Metered;
use super::{
    pace::{self, Pace, Paced},
    refused::Refused,
};
use crate::{config::Limits, idle::Idle};

mod meter;

/// Streams that a client opened and reset before we saw them; more end the connection (CVE-2023-44487).
const PENDING_RESETS: usize = 20;

/// Streams that a client reset before they had an answer; more, where that is every other one, end the connection:
/// each has cost an upstream a request.
const MOST_GIVEN_UP: u64 = 100;

/// What is kept of an answer that the client does not take.
const SEND_BUFFER: usize = 64 << 10;

/// What a client may send ahead of us, in one stream and in all: one that an upstream does not take leaves room for
/// others.
const STREAM_WINDOW: u32 = 256 << 10;
const CONNECTION_WINDOW: u32 = 1 << 20;

/// Streams that we reset for a mistake of the client's; more end the connection (CVE-2025-8671).
const ERROR_RESETS: usize = 256;

/// Answers requests until the client leaves, the last one is reached, nothing happens or the gateway stops.
pub(super) async fn serve<F, B>(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    limits: &Limits,
    mut stopping: watch::Receiver<bool>,
    answer: impl Fn(Request<Incoming>, Option<Refused>) -> F,
) -> io::Result<()>
where
    F: Future<Output = Response<B>> + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin + 'static,
{
    let streams = Rc::new(Streams::default());
    let service = service_fn(|request| {
        let open = Streams::open(&streams, limits);
        let refused = oversize(&request, limits);
        // In a box: hyper and tokio move what they are given a dozen times before it runs, and this is large.
        let answer = Box::pin(answer(request, refused));
        async move {
            let response = answer.await;
            let pace = open.answered();
            Ok::<_, Infallible>(response.map(|body| Paced::new(body, pace)))
        }
    });
    let local = Local {
        streams: Rc::clone(&streams),
        write_idle: limits.write_idle,
    };
    let stream = TokioIo::new(Metered::new(stream));
    let connection = settings(local, limits).serve_connection(stream, service);
    let mut connection = pin!(connection);
    tokio::select! {
        biased;
        ended = connection.as_mut() => return ended.map_err(io::Error::other),
        _ = stopping.wait_for(|stopping| *stopping) => {}
        () = streams.last.notified() => {}
        () = streams.idle(limits.keep_alive) => {}
        () = streams.flooded.notified() => return Err(io::Error::other("most requests were given up")),
    }
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        biased;
        ended = connection => ended.map_err(io::Error::other),
        // What is left are answers that the client does not take.
        () = streams.idle(limits.write_idle) => Ok(()),
    }
}

/// The limits that hyper does not know. The size of the head as a whole is its business.
fn oversize(request: &Request<Incoming>, limits: &Limits) -> Option<Refused> {
    let target = request.uri().path_and_query();
    if target.is_some_and(|target| target.as_str().len() > limits.uri_bytes) {
        return Some(Refused::TargetTooLong);
    }
    (request.headers().len() > limits.headers).then_some(Refused::TooManyFields)
}

fn settings(local: Local, limits: &Limits) -> Builder<Local> {
    let mut settings = Builder::new(local);
    settings
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.http2_streams)
        .max_send_buf_size(SEND_BUFFER)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        // Bounds CONTINUATION frames too.
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(PENDING_RESETS)
        .max_local_error_reset_streams(Some(ERROR_RESETS))
        // A peer that is gone without a word does not answer the ping.
        .keep_alive_interval(limits.keep_alive)
        .keep_alive_timeout(limits.head_timeout);
    settings
}

/// The streams of a connection.
#[derive(Default)]
struct Streams {
    opened: Cell<u64>,
    /// Those whose answers have not ended.
    running: Cell<usize>,
    given_up: Cell<u64>,
    /// Told when the last one is opened.
    last: Notify,
    /// Told when too many were given up.
    flooded: Notify,
    /// The stream that was just opened, until it runs.
    next: Cell<Option<Rc<Pace>>>,
}

/// A stream until the head of its answer is there.
struct Open {
    streams: Rc<Streams>,
    pace: Option<Rc<Pace>>,
}

impl Streams {
    fn open(streams: &Rc<Streams>, limits: &Limits) -> Open {
        streams.opened.update(|opened| opened + 1);
        if streams.opened.get() == limits.requests_per_connection {
            streams.last.notify_one();
        }
        let pace = Rc::<Pace>::default();
        streams.next.set(Some(Rc::clone(&pace)));
        Open {
            streams: Rc::clone(streams),
            pace: Some(pace),
        }
    }

    fn give_up(&self) {
        self.given_up.update(|given_up| given_up + 1);
        let given_up = self.given_up.get();
        if given_up > MOST_GIVEN_UP && given_up > self.opened.get() / 2 {
            self.flooded.notify_one();
        }
    }

    /// Waits until nothing has been asked for so long, and no answer has been under way.
    async fn idle(&self, limit: Duration) {
        loop {
            let before = (self.opened.get(), self.running.get());
            sleep(limit).await;
            if before == (self.opened.get(), 0) && self.running.get() == 0 {
                return;
            }
        }
    }
}

impl Open {
    fn answered(mut self) -> Rc<Pace> {
        self.pace.take().unwrap_or_default()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if self.pace.is_some() {
            self.streams.give_up();
        }
    }
}

/// Streams of a connection are tasks of the connection's own thread.
#[derive(Clone)]
struct Local {
    streams: Rc<Streams>,
    write_idle: Duration,
}

impl<F: Future<Output = ()> + 'static> Executor<F> for Local {
    fn execute(&self, answer: F) {
        // hyper runs a stream in the same breath as it opens it.
        let pace = self.streams.next.take().unwrap_or_default();
        let running = Running::new(&self.streams);
        let idle = Idle::new(self.write_idle);
        tokio::task::spawn_local(async move {
            pace::keep(answer, pace, idle).await;
            drop(running);
        });
    }
}

/// Counts a stream until its answer has ended.
struct Running(Rc<Streams>);

impl Running {
    fn new(streams: &Rc<Streams>) -> Running {
        streams.running.update(|running| running + 1);
        Running(Rc::clone(streams))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.update(|running| running - 1);
    }
}
