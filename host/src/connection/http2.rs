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

use super::refused::Refused;
use crate::config::Limits;

/// Streams that a client opened and reset before we saw them; more end the connection (CVE-2023-44487).
const PENDING_RESETS: usize = 20;

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
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + 'static,
{
    let streams = Rc::new(Streams::default());
    let service = service_fn(|request| {
        let open = Streams::open(&streams, limits);
        let refused = oversize(&request, limits);
        let answer = answer(request, refused);
        async move {
            let response = answer.await;
            drop(open);
            Ok::<_, Infallible>(response)
        }
    });
    let connection = settings(limits).serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tokio::select! {
        biased;
        ended = connection.as_mut() => return ended.map_err(io::Error::other),
        _ = stopping.wait_for(|stopping| *stopping) => {}
        () = streams.last.notified() => {}
        () = streams.idle(limits.keep_alive) => {}
    }
    connection.as_mut().graceful_shutdown();
    connection.await.map_err(io::Error::other)
}

/// The limits that hyper does not know. The size of the head as a whole is its business.
fn oversize(request: &Request<Incoming>, limits: &Limits) -> Option<Refused> {
    let target = request.uri().path_and_query();
    if target.is_some_and(|target| target.as_str().len() > limits.uri_bytes) {
        return Some(Refused::TargetTooLong);
    }
    (request.headers().len() > limits.headers).then_some(Refused::TooManyFields)
}

fn settings(limits: &Limits) -> Builder<Local> {
    let mut settings = Builder::new(Local);
    settings
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.http2_streams)
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
    open: Cell<usize>,
    /// Told when the last one is opened.
    last: Notify,
}

/// A stream until the head of its answer is there.
struct Open(Rc<Streams>);

impl Streams {
    fn open(streams: &Rc<Streams>, limits: &Limits) -> Open {
        streams.open.update(|open| open + 1);
        streams.opened.update(|opened| opened + 1);
        if streams.opened.get() == limits.requests_per_connection {
            streams.last.notify_one();
        }
        Open(Rc::clone(streams))
    }

    /// Waits until nothing has been asked for so long and every answer has begun; those that go on may do so.
    async fn idle(&self, keep_alive: Duration) {
        loop {
            let before = self.opened.get();
            sleep(keep_alive).await;
            if self.opened.get() == before && self.open.get() == 0 {
                return;
            }
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.update(|open| open - 1);
    }
}

/// Streams of a connection are tasks of the connection's own thread.
#[derive(Clone, Copy, Debug)]
struct Local;

impl<F: Future + 'static> Executor<F> for Local {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(async move {
            future.await;
        });
    }
}
