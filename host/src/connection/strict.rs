//! A stream that lets only requests through that have exactly one reading, and only those that come in time.
//!
//! It stands between the socket and hyper. A head that comes whole, as most do, passes without being copied; a head
//! that comes in pieces is kept until it is complete. In place of a head that is refused, hyper reads a stand-in, so
//! that the refusal is answered in its turn, after the answers of all requests before it.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use super::{
    framing::{Bounds, Framing, State},
    gate::Gate,
    refused::Refused,
};
use crate::config::Limits;

/// What hyper reads in place of a refused head. Its method and target show in the log.
const STAND_IN: &[u8] = b"- * HTTP/1.1\r\nhost: -\r\n\r\n";

/// How long, and for how much, we read on after our last word: a socket that is closed over unread bytes resets the
/// connection, and the client may lose the answer (RFC 9112, section 9.6).
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 1 << 20;

/// Who has asked for nothing for so long is at rest: most of what serves it is given up. Sooner where connections are not kept
/// for much longer.
const REST: Duration = Duration::from_secs(1);

/// The reading side of a connection, and the writing side untouched.
pub(crate) struct Strict<S> {
    stream: S,
    framing: Framing,
    gate: Arc<Gate>,
    /// Bytes that have come and not been passed on; the first `ready` of them may be.
    held: Vec<u8>,
    ready: usize,
    watch: Watch,
    /// Whether bytes wait for the client to take them.
    sending: bool,
    lingering: Option<usize>,
}

/// The time that a head may take. Its timer is not touched by requests that come in time.
struct Watch {
    head: Duration,
    keep_alive: Duration,
    rest: Duration,
    waiting: Option<(Waiting, Instant)>,
    timer: Option<Pin<Box<Sleep>>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Waiting {
    First,
    /// An answer is under way. It has time-outs of its own; when it ends, nobody may read here again, so the timer
    /// has to run already.
    Answer,
    Next,
    /// A head has begun.
    Remainder,
}

impl<S> Strict<S> {
    pub(crate) fn new(stream: S, limits: &Limits) -> Strict<S> {
        let bounds = Bounds {
            target: limits.uri_bytes,
            head: limits.head_bytes,
            fields: limits.headers,
        };
        Strict {
            stream,
            framing: Framing::new(bounds),
            gate: Gate::new(),
            held: Vec::new(),
            ready: 0,
            watch: Watch {
                head: limits.head_timeout,
                keep_alive: limits.keep_alive,
                rest: REST.min(limits.keep_alive / 4),
                waiting: None,
                timer: None,
            },
            sending: false,
            lingering: None,
        }
    }

    pub(crate) fn gate(&self) -> Arc<Gate> {
        Arc::clone(&self.gate)
    }

    /// Takes what was just read into the end of `buffer`, and leaves there what may pass.
    fn take(&mut self, buffer: &mut ReadBuf<'_>, start: usize) {
        self.gate.rest(false);
        let new = &buffer.filled()[start..];
        let passed = if self.held.is_empty() {
            let passed = self.framing.judge(new);
            self.held.extend_from_slice(&new[passed..]);
            buffer.set_filled(start + passed);
            passed
        } else {
            self.held.extend_from_slice(new);
            buffer.set_filled(start);
            self.ready = self.framing.judge(&self.held);
            self.ready
        };
        // A head that comes in drops gets no more time with each of them.
        if passed > 0 {
            self.watch.waiting = None;
        }
    }

    fn deliver(&mut self, buffer: &mut ReadBuf<'_>) {
        let count = self.ready.min(buffer.remaining());
        buffer.put_slice(&self.held[..count]);
        self.held.drain(..count);
        self.ready -= count;
        if self.held.is_empty() {
            // Connections may live long.
            self.held = Vec::new();
        }
    }

    /// Looks whether the switch of protocols that was asked for has been decided; gives whether it has.
    fn decided(&mut self) -> bool {
        let decided = self.gate.decided(self.framing.heads());
        if let Some(switched) = decided {
            self.framing.answered(switched);
            self.ready = self.framing.judge(&self.held);
        }
        decided.is_some()
    }

    /// Puts the stand-in in place of what was refused; nothing when it stood there already.
    fn stand_in(&mut self, refused: Refused) {
        let number = self.framing.heads() + 1;
        self.held.clear();
        if self.gate.refuse(number, refused) {
            self.held.extend_from_slice(STAND_IN);
            self.ready = STAND_IN.len();
        }
    }

    fn waiting(&self) -> Option<Waiting> {
        let heads = self.framing.heads();
        match self.framing.state() {
            State::Head if !self.held.is_empty() => Some(Waiting::Remainder),
            State::Head if heads == 0 => Some(Waiting::First),
            State::Head if self.sending || !self.gate.ended(heads) => Some(Waiting::Answer),
            State::Head => Some(Waiting::Next),
            // Bodies have their own time-out, where they are read.
            _ => None,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Strict<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let start = buffer.filled().len();
        loop {
            if this.ready > 0 {
                this.deliver(buffer);
            }
            if buffer.filled().len() > start || buffer.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            match this.framing.state() {
                State::Refused(refused) => {
                    this.stand_in(refused);
                    if this.ready == 0 {
                        // The end of the stream would mean to hyper that the client has gone, and that nobody waits
                        // for the answer. The answer ends the connection.
                        return Poll::Pending;
                    }
                    continue;
                }
                State::Broken(refused) => {
                    this.gate.set_broken();
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, refused)));
                }
                // Whoever drives the connection asks again once there is an answer.
                State::Asked => match this.decided() {
                    true => continue,
                    false => return Poll::Pending,
                },
                _ => {}
            }
            match Pin::new(&mut this.stream).poll_read(task, buffer)? {
                Poll::Ready(()) if buffer.filled().len() == start => return Poll::Ready(Ok(())),
                Poll::Ready(()) => this.take(buffer, start),
                Poll::Pending => match this.waiting() {
                    Some(waiting) if this.watch.over(waiting, &this.gate, task) => match waiting {
                        Waiting::Remainder => this.framing.refuse(Refused::Late),
                        // Nothing was asked, so there is nothing to answer.
                        _ => return Poll::Ready(Ok(())),
                    },
                    _ => return Poll::Pending,
                },
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Strict<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(task, bytes);
        self.sending |= written.is_pending();
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(task, slices);
        self.sending |= written.is_pending();
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(task);
        let sending = flushed.is_pending();
        if std::mem::replace(&mut self.sending, sending) && !sending {
            // The last answer ended only now.
            self.gate.touch();
        }
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.lingering.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(task))?;
            // Between two messages, or when the other side has switched to bytes of its own, nothing is left unread.
            if this.held.is_empty() && matches!(this.framing.state(), State::Head | State::Switched)
            {
                return Poll::Ready(Ok(()));
            }
            this.watch.arm(Instant::now() + LINGER);
            this.lingering = Some(0);
        }
        this.linger(task).map(Ok)
    }
}

impl<S: AsyncRead + Unpin> Strict<S> {
    /// Reads and drops what still comes, until the client has closed too or has had time enough to.
    fn linger(&mut self, task: &mut Context<'_>) -> Poll<()> {
        let mut bytes = [0; 4096];
        while let Some(seen) = self.lingering.filter(|seen| *seen < LINGER_BYTES) {
            let mut buffer = ReadBuf::new(&mut bytes);
            match Pin::new(&mut self.stream).poll_read(task, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.lingering = Some(seen + buffer.filled().len());
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return self.watch.poll(task),
            }
        }
        Poll::Ready(())
    }
}

impl Watch {
    /// Whether this wait has taken too long; if not, the task is woken when it has.
    fn over(&mut self, waiting: Waiting, gate: &Gate, task: &mut Context<'_>) -> bool {
        let now = Instant::now();
        let since = match (waiting, self.waiting) {
            (Waiting::Next, _) => gate.since(),
            (_, Some((before, since))) if before == waiting => since,
            _ => now,
        };
        self.waiting = Some((waiting, since));
        let end = match waiting {
            Waiting::First | Waiting::Remainder => since + self.head,
            Waiting::Answer => now + self.keep_alive,
            Waiting::Next => since + self.keep_alive,
        };
        if now >= end {
            return true;
        }
        if waiting == Waiting::Next && now >= since + self.rest {
            gate.rest(true);
        }
        let soon = match waiting {
            Waiting::Next if !gate.rests() => end.min(since + self.rest),
            // Less and less often, the longer the answer takes.
            Waiting::Answer => end.min(now + self.rest.max(now - since)),
            _ => end,
        };
        // A timer that rings too early is set again when it rings: cheaper than setting it for each request.
        let rings = |timer: &Pin<Box<Sleep>>| now < timer.deadline() && timer.deadline() <= soon;
        if !self.timer.as_ref().is_some_and(rings) {
            self.arm(soon);
            if self.poll(task).is_ready() {
                // It rang in between: what is due is seen at the next turn.
                task.waker().wake_by_ref();
            }
        }
        false
    }

    fn arm(&mut self, end: Instant) {
        match &mut self.timer {
            Some(timer) => timer.as_mut().reset(end),
            None => self.timer = Some(Box::pin(sleep_until(end))),
        }
    }

    fn poll(&mut self, task: &mut Context<'_>) -> Poll<()> {
        match &mut self.timer {
            Some(timer) => timer.as_mut().poll(task),
            None => Poll::Ready(()),
        }
    }
}

#[cfg(test)]
mod tests;
