//! A client's socket: it counts as a connection while it is open, whatever is spoken over it, and is given up where the
//! client takes nothing of what is sent to it.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{addresses::Seat, idle::Idle, listener::Open};

/// Stands below TLS, so that it sees what really leaves.
pub(super) struct Socket<S> {
    stream: S,
    idle: Idle,
    #[expect(dead_code, reason = "what it does happens when it is dropped")]
    open: Option<Open>,
    seat: Option<Seat>,
}

impl<S> Socket<S> {
    /// A socket that may take nothing for so long.
    pub(super) fn new(stream: S, limit: Duration, open: Option<Open>) -> Socket<S> {
        Socket {
            stream,
            idle: Idle::new(limit),
            open,
            seat: None,
        }
    }

    /// Keeps the place among its address' connections, for as long as it is open.
    pub(super) fn hold(&mut self, seat: Option<Seat>) {
        self.seat = seat;
    }

    fn wrote<T>(
        &mut self,
        written: Poll<io::Result<T>>,
        task: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.idle.moved();
            return written;
        }
        ready!(self.idle.poll(task));
        let message = format!("the client took nothing for {:?}", self.idle.limit());
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, message)))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(task, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(task, bytes);
        self.wrote(written, task)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(task, slices);
        self.wrote(written, task)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(task)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const LIMIT: Duration = Duration::from_millis(40);

    #[tokio::test]
    async fn client_that_takes_nothing_is_given_up() {
        let (_client, server) = duplex(10);
        let mut socket = Socket::new(server, LIMIT, None);
        let error = socket.write_all(&[b'x'; 100]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn slow_client_gets_everything() {
        let (mut client, server) = duplex(10);
        let mut socket = Socket::new(server, LIMIT, None);
        let taking = async {
            let mut taken = Vec::new();
            while taken.len() < 100 {
                tokio::time::sleep(LIMIT / 4).await;
                client.read_buf(&mut taken).await.unwrap();
            }
        };
        let (written, ()) = tokio::join!(socket.write_all(&[b'x'; 100]), taking);
        written.unwrap();
    }
}
