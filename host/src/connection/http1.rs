//! HTTP/1.1 and 1.0 on a connection.

use std::{
    cell::Cell,
    convert::Infallible,
    error::Error,
    future::{Future, poll_fn},
    io,
    pin::Pin,
    task::Poll,
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header::CONNECTION};
use http_body::Body;
use hyper::{body::Incoming, server::conn::http1::Builder, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    sync::watch,
};

use super::{begun::Begun, gate::Gate, lent::lend, refused::Refused, strict::Strict};
use crate::config::Limits;

/// Bodies are read in pieces of up to this; heads may need more.
const BUFFER: usize = 256 << 10;

/// Answers requests until the client leaves, one of them is refused, the last one is reached or the gateway stops.
///
/// When the connection is at rest, what hyper and a request need is given up, and made anew when bytes come. Most connections
/// are at rest most of the time, and hyper's buffers alone are 16 KB and more.
pub(super) async fn serve<F, B>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    limits: &Limits,
    mut stopping: watch::Receiver<bool>,
    answer: impl Fn(Request<Incoming>, Option<Refused>) -> F,
) -> io::Result<()>
where
    F: Future<Output = Response<B>>,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin + 'static,
{
    let stream = Strict::new(stream, limits);
    let gate = stream.gate();
    let served = Cell::new(0);
    let service = |request: Request<Incoming>| {
        let number = served.get() + 1;
        served.set(number);
        let refused = gate.refused(number);
        let last = refused.is_some() || number >= limits.requests_per_connection;
        let (gate, answer) = (&gate, &answer);
        async move {
            // Called in here: a future that comes from outside would be held twice.
            let mut response = answer(request, refused).await;
            if last || gate.broken() {
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(CONNECTION, close);
            }
            let switched = response.status() == StatusCode::SWITCHING_PROTOCOLS;
            gate.answer(number, switched);
            Ok::<_, Infallible>(response.map(|body| gate.ending(number, body)))
        }
    };
    let mut stream = Begun::new(stream);
    loop {
        let (lent, lender) = lend(stream);
        let connection =
            settings(limits).serve_connection(TokioIo::new(lent), service_fn(&service));
        let mut connection = Box::pin(connection.with_upgrades());
        let stops = tokio::select! {
            biased;
            ended = drive(connection.as_mut(), &gate) => match ended {
                Some(ended) => return ended.map_err(io::Error::other),
                None => false,
            },
            _ = stopping.wait_for(|stopping| *stopping) => true,
        };
        if stops {
            connection.as_mut().graceful_shutdown();
            let ended = drive(connection.as_mut(), &gate).await;
            return ended.unwrap_or(Ok(())).map_err(io::Error::other);
        }
        drop(connection);
        // An upgrade ends a connection, so that one at rest has its stream.
        let back = lender.take();
        stream = back.ok_or_else(|| io::Error::other("a connection at rest was upgraded"))?;
        let more = tokio::select! {
            biased;
            more = stream.read_more() => more?,
            _ = stopping.wait_for(|stopping| *stopping) => false,
        };
        if !more {
            return stream.shutdown().await;
        }
        gate.rest(false);
    }
}

/// Polls until the connection has ended, or is at rest, for which there is None. Polls once more where the reading side waited
/// for an answer that came in the same turn: hyper reads again after an answer only if its last read gave something.
async fn drive<C: Future>(mut connection: Pin<&mut C>, gate: &Gate) -> Option<C::Output> {
    let polled = poll_fn(|task| {
        loop {
            match connection.as_mut().poll(task) {
                Poll::Ready(ended) => return Poll::Ready(Some(ended)),
                Poll::Pending if gate.rests() => return Poll::Ready(None),
                Poll::Pending if gate.has_news() => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    });
    polled.await
}

fn settings(limits: &Limits) -> Builder {
    let mut settings = Builder::new();
    settings
        // The strict stream sees to the time and size of heads.
        .header_read_timeout(None)
        .max_headers(limits.headers)
        .max_buf_size(BUFFER.max(limits.head_bytes + (16 << 10)))
        // Who closes has gone: what was asked for ends, and with it what guests and upstreams do for it.
        .half_close(false);
    settings
}
