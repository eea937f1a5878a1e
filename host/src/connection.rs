//! One connection: its protocol, its limits, its end; every request on it goes through the pipeline.

use std::{cell::Cell, convert::Infallible, future::Future, io, net::SocketAddr, pin::pin, rc::Rc};

use http::{HeaderValue, header::CONNECTION};
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

pub(crate) use crate::client::Client;
use crate::{config::Limits, listener::Door, pipeline, worker::Worker};

pub(crate) mod target;

/// How a client that speaks HTTP/2 without TLS begins.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Streams that a client opened and reset before we saw them; more end the connection (rapid reset).
const PENDING_RESETS: usize = 20;

/// Serves a connection until it ends or the gateway stops.
pub(crate) async fn serve(stream: TcpStream, peer: SocketAddr, door: &Door, worker: &Rc<Worker>) {
    if let Err(error) = open(stream, peer, door, worker).await {
        tracing::debug!(%peer, %error, "a connection ended");
    }
}

async fn open(
    stream: TcpStream,
    peer: SocketAddr,
    door: &Door,
    worker: &Rc<Worker>,
) -> io::Result<()> {
    let gateway = worker.gateway();
    let limits = &gateway.limits;
    stream.set_nodelay(true)?;
    let local = stream.local_addr()?;
    let client = Rc::new(Client::new(peer, local, door.identity.is_some(), &gateway));
    let Some(identity) = &door.identity else {
        let http2 = within(limits, speaks_http2(&stream)).await?;
        return converse(stream, http2, client, limits, worker).await;
    };
    let acceptor = TlsAcceptor::from(std::sync::Arc::clone(&identity.config));
    let stream = within(limits, acceptor.accept(stream)).await?;
    let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    converse(stream, http2, client, limits, worker).await
}

/// A client that has not begun within the time for a head is not waited for.
async fn within<T>(limits: &Limits, begin: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let begun = timeout(limits.head_timeout, begin).await;
    begun.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// Looks at the first bytes, which stay for whoever reads next.
async fn speaks_http2(stream: &TcpStream) -> io::Result<bool> {
    let mut first = [0; PREFACE.len()];
    let mut seen = 0;
    loop {
        let count = stream.peek(&mut first).await?;
        if first[..count] != PREFACE[..count] || count == 0 {
            return Ok(false);
        }
        if count == PREFACE.len() {
            return Ok(true);
        }
        if count == seen {
            // Readable with nothing new: what was peeked at keeps the socket ready.
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        seen = count;
    }
}

/// Serves requests in the protocol that was agreed on.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    http2: bool,
    client: Rc<Client>,
    limits: &Limits,
    worker: &Rc<Worker>,
) -> io::Result<()> {
    let left = Cell::new(limits.requests_per_connection);
    let service = service_fn(|request: http::Request<Incoming>| {
        let last = left.replace(left.get().saturating_sub(1)) <= 1;
        let client = Rc::clone(&client);
        let worker = Rc::clone(worker);
        async move {
            let mut response = pipeline::serve(request, &client, &worker).await;
            if last && !http2 {
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(CONNECTION, close);
            }
            Ok::<_, Infallible>(response)
        }
    });
    let stream = TokioIo::new(stream);
    let mut stopping = worker.stopping.clone();
    let stop = pin!(stopping.wait_for(|stopping| *stopping));
    if http2 {
        let connection = http2_settings(limits).serve_connection(stream, service);
        let mut connection = pin!(connection);
        return tokio::select! {
            ended = connection.as_mut() => ended.map_err(io::Error::other),
            _ = stop => {
                connection.as_mut().graceful_shutdown();
                connection.await.map_err(io::Error::other)
            }
        };
    }
    let connection = http1_settings(limits)
        .serve_connection(stream, service)
        .with_upgrades();
    let mut connection = pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => ended.map_err(io::Error::other),
        _ = stop => {
            connection.as_mut().graceful_shutdown();
            connection.await.map_err(io::Error::other)
        }
    }
}

fn http1_settings(limits: &Limits) -> http1::Builder {
    let mut settings = http1::Builder::new();
    settings
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_headers(limits.headers)
        .max_buf_size(limits.head_bytes.max(16 << 10))
        .half_close(true);
    settings
}

fn http2_settings(limits: &Limits) -> http2::Builder<Local> {
    let mut settings = http2::Builder::new(Local);
    settings
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.http2_streams)
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(PENDING_RESETS)
        .max_local_error_reset_streams(Some(1024))
        .keep_alive_interval(limits.keep_alive)
        .keep_alive_timeout(limits.head_timeout);
    settings
}

/// Streams of one HTTP/2 connection are tasks of the connection's own thread.
#[derive(Clone, Copy, Debug)]
struct Local;

impl<F: Future + 'static> hyper::rt::Executor<F> for Local {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(async move {
            future.await;
        });
    }
}
