//! One connection: its protocol, its limits, its end; every request on it goes through the pipeline.

use std::{error::Error, future::Future, io, net::SocketAddr, rc::Rc, sync::Arc};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use self::{begun::Begun, socket::Socket};
pub(crate) use self::{head::is_of_heads, refused::Refused};
pub(crate) use crate::client::Client;
use crate::{
    config::Limits,
    listener::{Open, Style},
    pipeline,
    worker::Worker,
};

mod begun;
mod framing;
mod gate;
mod head;
mod host;
mod http1;
mod http2;
mod lent;
mod pace;
mod proxy;
mod refused;
mod socket;
mod strict;
pub(crate) mod target;

/// How a client that speaks HTTP/2 without TLS begins.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Serves a connection until it ends or the gateway stops.
pub(crate) async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    open: Open,
    style: &Style,
    worker: &Rc<Worker>,
) {
    if let Err(error) = begin(stream, peer, open, style, worker).await {
        tracing::debug!(%peer, error = reasons(&error), "a connection ended");
    }
}

/// An error with what is behind it.
fn reasons(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(reason) = next {
        text = format!("{text}: {reason}");
        next = reason.source();
    }
    text
}

async fn begin(
    stream: TcpStream,
    peer: SocketAddr,
    open: Open,
    style: &Style,
    worker: &Rc<Worker>,
) -> io::Result<()> {
    // A copy: a connection may live on for long after a reload, and must not keep the old configuration.
    let limits = worker.gateway().limits.clone();
    stream.set_nodelay(true)?;
    let mut ends = (peer, stream.local_addr()?);
    let mut stream = Begun::new(Socket::new(stream, limits.write_idle, Some(open)));
    if style.proxy_protocol {
        if !worker.gateway().trusts(peer.ip().to_canonical()) {
            return Err(io::Error::other(
                "a PROXY header from a peer that is not trusted",
            ));
        }
        let named = within(&limits, proxy::read(&mut stream)).await?;
        ends = named.unwrap_or(ends);
    }
    let tls = style.identity.is_some();
    let client = Rc::new(Client::new(ends.0, ends.1, tls, &worker.gateway()));
    if !client.is_proxy() {
        let seat = worker.addresses.enter(ends.0.ip(), &limits.per_address);
        let refused = |()| io::Error::other("its address has enough connections");
        stream.get_mut().hold(seat.map_err(refused)?);
    }
    let Some(identity) = &style.identity else {
        let http2 = within(&limits, speaks_http2(&mut stream)).await?;
        return converse(stream, http2, client, &limits, worker).await;
    };
    // The task of every connection is as large as the largest of its states; what only some need has a box of its own.
    let acceptor = TlsAcceptor::from(Arc::clone(&identity.config));
    let stream = within(&limits, Box::pin(acceptor.accept(stream))).await?;
    let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    Box::pin(converse(stream, http2, client, &limits, worker)).await
}

/// A client that has not begun within the time for a head is not waited for.
async fn within<T>(limits: &Limits, begin: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let begun = timeout(limits.head_timeout, begin).await;
    begun.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// Looks at the first bytes.
async fn speaks_http2(stream: &mut Begun<Socket<TcpStream>>) -> io::Result<bool> {
    while stream.first().len() < PREFACE.len() {
        if !PREFACE.starts_with(stream.first()) || !stream.read_more().await? {
            return Ok(false);
        }
    }
    Ok(stream.first().starts_with(PREFACE))
}

/// Serves requests in the protocol that was agreed on.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    http2: bool,
    client: Rc<Client>,
    limits: &Limits,
    worker: &Rc<Worker>,
) -> io::Result<()> {
    let answer = |request, refused: Option<Refused>| {
        let (client, worker) = (Rc::clone(&client), Rc::clone(worker));
        async move {
            match refused {
                None => pipeline::serve(request, &client, &worker).await,
                Some(refused) => pipeline::refuse(request, refused, &client, &worker),
            }
        }
    };
    let stopping = worker.stopping.clone();
    match http2 {
        true => Box::pin(http2::serve(stream, limits, stopping, answer)).await,
        false => http1::serve(stream, limits, stopping, answer).await,
    }
}

#[cfg(test)]
mod tests;
