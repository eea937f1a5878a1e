//! Upgrade: after a 101 both connections are joined, and bytes go through untouched both ways.

use std::{
    cell::Cell,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use http::{HeaderValue, Request, Response, Version};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use crate::{
    body::Body,
    forward::{self, Hop},
};

/// Passes a client's wish to switch on. Gives what becomes the client's side if the upstream agrees.
pub(super) fn offer(request: &mut Request<Body>, hop: &Hop) -> Option<OnUpgrade> {
    let protocol = hop.upgrade.as_ref()?;
    // Only HTTP/1.1 has this mechanism (RFC 9110 7.8).
    if request.version() != Version::HTTP_11 {
        return None;
    }
    let client = request.extensions_mut().remove::<OnUpgrade>()?;
    forward::switch(request.headers_mut(), protocol.clone());
    Some(client)
}

/// Joins the client with the upstream once both have switched; ends when either does or nothing moves for `idle`.
pub(super) fn connect(
    client: OnUpgrade,
    response: &mut Response<Body>,
    protocol: HeaderValue,
    idle: Duration,
) {
    let upstream = hyper::upgrade::on(&mut *response);
    forward::switch(response.headers_mut(), protocol);
    tokio::task::spawn_local(async move {
        let (Ok(client), Ok(upstream)) = tokio::join!(client, upstream) else {
            return;
        };
        // Either side may close or fall silent at any time; that is how such a connection ends.
        let _ = join(TokioIo::new(client), TokioIo::new(upstream), idle).await;
    });
}

async fn join(
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    upstream: impl AsyncRead + AsyncWrite + Unpin,
    idle: Duration,
) -> io::Result<()> {
    let moved = Cell::new(Instant::now());
    // Both directions pass the upstream's stream, so it alone is watched.
    let mut upstream = Watched {
        stream: upstream,
        moved: &moved,
    };
    tokio::select! {
        biased;
        copied = tokio::io::copy_bidirectional(&mut client, &mut upstream) => copied.map(drop),
        () = silence(&moved, idle) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Ends when nothing has moved for `limit`.
async fn silence(moved: &Cell<Instant>, limit: Duration) {
    loop {
        let end = moved.get() + limit;
        if Instant::now() >= end {
            return;
        }
        tokio::time::sleep_until(end).await;
    }
}

/// A stream that notes when bytes moved.
struct Watched<'a, S> {
    stream: S,
    moved: &'a Cell<Instant>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<'_, S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        self.moved.set(Instant::now());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<'_, S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        self.moved.set(Instant::now());
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
