//! Opening a connection: the address, TCP, TLS, and which HTTP is spoken.

use std::{net::SocketAddr, time::Duration};

use hyper::{
    client::conn::{http1, http2},
    rt::{Executor, Read, Write},
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{
    UpstreamFault,
    connections::{MOST_STREAMS, Opened, Speaks},
    target::{Security, Target},
};

/// The size of a response's head at most: fields, names and values together.
const MOST_HEAD_BYTES: u32 = 64 << 10;

/// What an upstream may send ahead of its clients, in one response and in all of a connection: however many clients
/// take nothing, the others' responses go on.
const STREAM_WINDOW: u32 = 256 << 10;
const CONNECTION_WINDOW: u32 = STREAM_WINDOW * MOST_STREAMS as u32;

/// How often a silent HTTP/2 connection with requests under way is asked whether it is alive.
const PING_INTERVAL: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens a connection on this worker.
pub(super) async fn open(target: &Target, timeout: Duration) -> Result<Opened, UpstreamFault> {
    tokio::time::timeout(timeout, establish(target, timeout))
        .await
        .unwrap_or(Err(UpstreamFault::ConnectTimedOut(timeout)))
}

async fn establish(target: &Target, timeout: Duration) -> Result<Opened, UpstreamFault> {
    let (stream, address) = connect(target, timeout).await?;
    // Requests are written whole; waiting for more to send only delays them.
    let _ = stream.set_nodelay(true);
    let Some(security) = &target.security else {
        let speaks = shake_hands(stream, target.http2).await?;
        return Ok(Opened { address, speaks });
    };
    let stream = secure(stream, security).await?;
    let http2 = speaks_http2(&stream);
    let speaks = shake_hands(stream, http2).await?;
    Ok(Opened { address, speaks })
}

/// Connects to the first of the target's addresses that answers, and tells which.
pub(super) async fn connect(
    target: &Target,
    timeout: Duration,
) -> Result<(TcpStream, SocketAddr), UpstreamFault> {
    let addresses = target.addresses.get().await?;
    // One address that swallows packets must not use up the time of the others.
    let share = timeout / u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
    let mut fault = UpstreamFault::ConnectTimedOut(timeout);
    for address in addresses {
        match connect_to(address, share).await {
            Ok(stream) => return Ok((stream, address)),
            Err(failed) => fault = failed,
        }
    }
    Err(fault)
}

async fn connect_to(address: SocketAddr, timeout: Duration) -> Result<TcpStream, UpstreamFault> {
    match tokio::time::timeout(timeout, TcpStream::connect(address)).await {
        Ok(connected) => connected.map_err(|error| UpstreamFault::connecting(&error)),
        Err(_) => Err(UpstreamFault::ConnectTimedOut(timeout)),
    }
}

pub(super) async fn secure(
    stream: TcpStream,
    security: &Security,
) -> Result<TlsStream<TcpStream>, UpstreamFault> {
    TlsConnector::from(security.config.clone())
        .connect(security.name.clone(), stream)
        .await
        .map_err(|error| UpstreamFault::TlsFailed(error.to_string()))
}

/// What ALPN agreed on.
pub(super) fn speaks_http2(stream: &TlsStream<TcpStream>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(b"h2")
}

/// Begins HTTP on a stream. Each connection is one task of this worker, for as long as it is open.
async fn shake_hands<S>(stream: S, http2: bool) -> Result<Speaks, UpstreamFault>
where
    TokioIo<S>: Read + Write + Unpin + Send + 'static,
{
    let malformed = |error: hyper::Error| UpstreamFault::Malformed(error.to_string());
    let stream = TokioIo::new(stream);
    if !http2 {
        let (sender, connection) = http1::Builder::new()
            .max_header_size(MOST_HEAD_BYTES as usize)
            .handshake(stream)
            .await
            .map_err(malformed)?;
        // How a connection ends is told to the request that was on it.
        tokio::task::spawn_local(async { drop(connection.with_upgrades().await) });
        return Ok(Speaks::Http1(sender));
    }
    let (sender, connection) = http2::Builder::new(Local)
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT)
        .max_header_list_size(MOST_HEAD_BYTES)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .handshake(stream)
        .await
        .map_err(malformed)?;
    tokio::task::spawn_local(async { drop(connection.await) });
    Ok(Speaks::Http2(sender))
}

/// Runs what a connection needs on the worker's own thread.
#[derive(Clone, Copy, Debug)]
struct Local;

impl<F: Future<Output = ()> + 'static> Executor<F> for Local {
    fn execute(&self, task: F) {
        tokio::task::spawn_local(task);
    }
}
