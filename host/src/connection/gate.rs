//! What the two sides of an HTTP/1 connection, reading and answering, tell each other.

use std::{
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use super::refused::Refused;

/// Both sides are on one thread; hyper wants what a stream holds to be fit for any. Requests are counted from 1.
#[derive(Debug)]
pub(crate) struct Gate {
    /// The number of the request that stands for a refused one.
    refused: OnceLock<(u64, Refused)>,
    /// The last request that has the head of its answer.
    answered: AtomicU64,
    /// The last request whose answer has ended.
    ended: AtomicU64,
    /// The request that asks for another protocol, while the reading side waits for its answer; 0 for none.
    asking: AtomicU64,
    switched: AtomicBool,
    broken: AtomicBool,
    /// Whether nothing has been asked for a while.
    resting: AtomicBool,
    began: Instant,
    /// When the last answer ended, in nanoseconds from the beginning.
    touched: AtomicU64,
}

/// An answer's body that tells its gate when it has ended.
pub(crate) struct Ending<B> {
    body: B,
    number: u64,
    gate: Arc<Gate>,
}

impl Gate {
    pub(super) fn new() -> Arc<Gate> {
        Arc::new(Gate {
            refused: OnceLock::new(),
            answered: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            asking: AtomicU64::new(0),
            switched: AtomicBool::new(false),
            broken: AtomicBool::new(false),
            resting: AtomicBool::new(false),
            began: Instant::now(),
            touched: AtomicU64::new(0),
        })
    }

    /// Lets the request with this number stand for a refused one; gives whether none did before.
    pub(super) fn refuse(&self, number: u64, refused: Refused) -> bool {
        self.refused.set((number, refused)).is_ok()
    }

    /// Why the request with this number is refused.
    pub(super) fn refused(&self, number: u64) -> Option<Refused> {
        let (at, refused) = self.refused.get()?;
        (*at == number).then_some(*refused)
    }

    pub(super) fn set_broken(&self) {
        self.broken.store(true, Relaxed);
    }

    /// Whether a body was wrong, so that nothing more can be read.
    pub(super) fn broken(&self) -> bool {
        self.broken.load(Relaxed)
    }

    /// Takes note that the request with this number has its answer.
    pub(super) fn answer(&self, number: u64, switched: bool) {
        if switched {
            self.switched.store(true, Relaxed);
        }
        self.answered.store(number, Relaxed);
    }

    /// Whether the protocol changes with the answer to the request with this number. None, and the reading side
    /// waits, until that is known.
    pub(super) fn decided(&self, number: u64) -> Option<bool> {
        let there = self.answered.load(Relaxed) >= number;
        self.asking.store(if there { 0 } else { number }, Relaxed);
        there.then(|| self.switched.load(Relaxed))
    }

    /// Whether the reading side waits for an answer that is there now. Said once: hyper may have stopped to read.
    pub(super) fn has_news(&self) -> bool {
        let asking = self.asking.load(Relaxed);
        let news = asking != 0 && asking <= self.answered.load(Relaxed);
        if news {
            self.asking.store(0, Relaxed);
        }
        news
    }

    /// Takes note whether the connection is at rest: everything that was asked is answered, and for a while nothing more was.
    pub(super) fn rest(&self, resting: bool) {
        self.resting.store(resting, Relaxed);
    }

    pub(super) fn rests(&self) -> bool {
        self.resting.load(Relaxed)
    }

    /// A body whose end is the end of the answer.
    pub(super) fn ending<B>(self: &Arc<Self>, number: u64, body: B) -> Ending<B> {
        Ending {
            body,
            number,
            gate: Arc::clone(self),
        }
    }

    /// Whether the answer to the request with this number has ended, and with it all before.
    pub(super) fn ended(&self, number: u64) -> bool {
        self.ended.load(Relaxed) >= number
    }

    /// Takes note that the last piece of an answer was sent just now.
    pub(super) fn touch(&self) {
        let since = u64::try_from(self.began.elapsed().as_nanos());
        self.touched.store(since.unwrap_or(u64::MAX), Relaxed);
    }

    /// Since when the connection has been idle, if it is.
    pub(super) fn since(&self) -> Instant {
        self.began + Duration::from_nanos(self.touched.load(Relaxed))
    }
}

impl<B> Drop for Ending<B> {
    fn drop(&mut self) {
        self.gate.touch();
        self.gate.ended.store(self.number, Relaxed);
    }
}

impl<B: Body + Unpin> Body for Ending<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(task)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
