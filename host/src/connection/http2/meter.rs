//! Ends connections whose client sends frames that carry nothing.
//!
//! Pings, settings, priorities, window updates, empty pieces of a body: each is cheap, a million of them keep a core
//! busy for most of a second and all others waiting (CVE-2019-9512, -9513, -9515, -9518). A client may send some, and
//! more for each frame that carries something, whichever way it goes: whoever reads a long answer has to open windows.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a frame that carries something allows of those that do not.
const WORTH: u32 = 10;
/// Frames that carry nothing and may come ahead of those that do. A thousand times less than what is felt.
const MOST_AHEAD: u32 = 10_000;
/// So many a second are always allowed: pings that keep an idle connection alive.
const A_SECOND: u32 = 10;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PADDED: u8 = 8;
/// A frame of at most so many bytes may be all padding.
const MOST_PADDING: usize = 256;

/// The length of what a client says first, before any frame.
const PREFACE: usize = 24;

/// A connection whose frames are counted in passing. Their payload is not looked at.
pub(super) struct Metered<S> {
    stream: S,
    came: Frames,
    went: Frames,
    credit: Credit,
}

impl<S> Metered<S> {
    /// A connection from its first byte.
    pub(super) fn new(stream: S) -> Metered<S> {
        Metered {
            stream,
            came: Frames::after(PREFACE),
            went: Frames::after(0),
            credit: Credit::new(Instant::now()),
        }
    }

    fn wrote(&mut self, bytes: &[u8]) {
        let credit = &mut self.credit;
        self.went.pass(bytes, |frame| {
            if frame.carries() {
                credit.earn();
            }
        });
    }

    fn read(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (credit, mut flooded) = (&mut self.credit, false);
        self.came.pass(bytes, |frame| match frame.carries() {
            true => credit.earn(),
            false => flooded |= !credit.spend(),
        });
        match flooded {
            true => Err(io::Error::other("a flood of frames that carry nothing")),
            false => Ok(()),
        }
    }
}

/// What is left of the frames that carry nothing.
struct Credit {
    left: u32,
    /// When time was last counted. The clock is only asked where nothing is left.
    counted: Instant,
}

impl Credit {
    fn new(now: Instant) -> Credit {
        Credit {
            left: MOST_AHEAD,
            counted: now,
        }
    }

    fn earn(&mut self) {
        self.left = (self.left + WORTH).min(MOST_AHEAD);
    }

    fn spend(&mut self) -> bool {
        if self.left == 0 {
            self.wait(Instant::now());
        }
        let left = self.left.checked_sub(1);
        self.left = left.unwrap_or(0);
        left.is_some()
    }

    /// Adds what has become allowed since time was last counted.
    fn wait(&mut self, now: Instant) {
        let seconds = now.duration_since(self.counted).as_secs();
        self.counted += Duration::from_secs(seconds);
        let more = u32::try_from(seconds).unwrap_or(u32::MAX);
        self.left = more.saturating_mul(A_SECOND).min(MOST_AHEAD);
    }
}

/// The frames of one direction, found in pieces of any size.
struct Frames {
    head: [u8; 9],
    /// Bytes of the head that are there.
    known: usize,
    /// Bytes until the next head.
    skip: usize,
}

/// The head of a frame.
struct Head {
    length: usize,
    kind: u8,
    flags: u8,
}

impl Frames {
    fn after(skip: usize) -> Frames {
        Frames {
            head: [0; 9],
            known: 0,
            skip,
        }
    }

    fn pass(&mut self, mut bytes: &[u8], mut each: impl FnMut(&Head)) {
        loop {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = &bytes[skipped..];
            if bytes.is_empty() {
                return;
            }
            let taken = bytes.len().min(self.head.len() - self.known);
            self.head[self.known..][..taken].copy_from_slice(&bytes[..taken]);
            self.known += taken;
            bytes = &bytes[taken..];
            if self.known == self.head.len() {
                let head = Head::of(self.head);
                (self.known, self.skip) = (0, head.length);
                each(&head);
            }
        }
    }
}

impl Head {
    fn of([a, b, c, kind, flags, ..]: [u8; 9]) -> Head {
        Head {
            length: u32::from_be_bytes([0, a, b, c]) as usize,
            kind,
            flags,
        }
    }

    /// Whether it is part of a request or an answer, and not an empty one.
    fn carries(&self) -> bool {
        match self.kind {
            HEADERS => true,
            DATA if self.flags & PADDED != 0 => self.length > MOST_PADDING,
            DATA => self.length > 0,
            _ => false,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(task, buffer))?;
        Poll::Ready(self.read(&buffer.filled()[before..]))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(task, bytes))?;
        self.wrote(&bytes[..written]);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(task, slices))?;
        let mut left = written;
        for slice in slices {
            let piece = left.min(slice.len());
            self.wrote(&slice[..piece]);
            left -= piece;
        }
        Poll::Ready(Ok(written))
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
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, length: u8) -> Vec<u8> {
        let mut frame = vec![0, 0, length, kind, flags, 0, 0, 0, 1];
        frame.resize(frame.len() + usize::from(length), 0xff);
        frame
    }

    /// Feeds a connection pieces of a size after the preface; whether it took all.
    fn takes(frames: &[u8], size: usize) -> bool {
        let mut stream = Metered::new(());
        let preface = [b'x'; PREFACE];
        let mut pieces = preface.chunks(size).chain(frames.chunks(size));
        pieces.all(|piece| stream.read(piece).is_ok())
    }

    #[test]
    fn frames_that_carry_nothing_run_out() {
        let ping = frame(6, 0, 8);
        let allowed = ping.repeat(MOST_AHEAD as usize);
        for size in [1, 7, 9, 4096] {
            assert!(takes(&allowed, size));
            assert!(!takes(&[&*allowed, &ping].concat(), size));
        }
    }

    #[test]
    fn frames_that_carry_something_allow_more() {
        let pings = frame(6, 0, 8).repeat(WORTH as usize);
        for carries in [frame(HEADERS, 4, 1), frame(DATA, 0, 1)] {
            let served = [carries, pings.clone()].concat();
            assert!(takes(&served.repeat(2 * MOST_AHEAD as usize), 8192));
        }
    }

    #[test]
    fn padding_carries_nothing() {
        let empty = [frame(DATA, 0, 0), frame(DATA, PADDED, 255)].concat();
        assert!(!takes(&empty.repeat(MOST_AHEAD as usize), 8192));
    }

    #[test]
    fn answers_allow_what_opens_their_windows() {
        let mut stream = Metered::new(());
        assert!(stream.read(&[b'x'; PREFACE]).is_ok());
        for _ in 0..MOST_AHEAD {
            stream.wrote(&frame(DATA, 0, 100));
            let windows = frame(8, 0, 4).repeat(2);
            assert!(stream.read(&windows).is_ok());
        }
    }

    #[test]
    fn idle_connections_may_ping() {
        let mut credit = Credit::new(Instant::now());
        while credit.spend() {}
        credit.wait(credit.counted + Duration::from_millis(1500));
        assert_eq!(credit.left, A_SECOND);
        credit.wait(credit.counted + Duration::from_millis(900));
        assert_eq!(credit.left, 0);
    }
}
