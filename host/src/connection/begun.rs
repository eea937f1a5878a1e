//! A stream of which the first bytes have been read already.

use std::{
    future::poll_fn,
    io,
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that are read at once: more than most heads have.
const PIECE: usize = 8 << 10;

/// Gives those bytes again, and then what comes.
#[derive(Debug)]
pub(crate) struct Begun<S> {
    stream: S,
    first: Vec<u8>,
}

impl<S> Begun<S> {
    pub(crate) fn new(stream: S) -> Begun<S> {
        Begun {
            stream,
            first: Vec::new(),
        }
    }

    /// The stream behind those bytes.
    pub(crate) fn get_mut(&mut self) -> &mut S {
        &mut self.stream
    }

    /// The bytes that were read and not taken out.
    pub(crate) fn first(&self) -> &[u8] {
        &self.first
    }

    /// Reads more of them; gives whether there were more.
    pub(crate) async fn read_more(&mut self) -> io::Result<bool>
    where
        S: AsyncRead + Unpin,
    {
        poll_fn(|task| {
            // On the stack: who waits here for long keeps no buffer.
            let mut bytes = [const { MaybeUninit::uninit() }; PIECE];
            let mut buffer = ReadBuf::uninit(&mut bytes);
            ready!(Pin::new(&mut self.stream).poll_read(task, &mut buffer))?;
            self.first.extend_from_slice(buffer.filled());
            Poll::Ready(Ok(!buffer.filled().is_empty()))
        })
        .await
    }

    /// Takes so many of them out.
    pub(crate) fn consume(&mut self, count: usize) {
        self.first.drain(..count);
        if self.first.is_empty() {
            // Connections may live long.
            self.first = Vec::new();
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Begun<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.first.is_empty() {
            return Pin::new(&mut self.stream).poll_read(task, buffer);
        }
        let count = self.first.len().min(buffer.remaining());
        buffer.put_slice(&self.first[..count]);
        self.consume(count);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Begun<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(task, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(task, slices)
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
