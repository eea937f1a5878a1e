//! Measures the processor time of a guest: what passes between two ticks while its thread works for it.
//!
//! A tick alone says too little. The epoch is looked at by the guest's own code only, so one long call into the host, or
//! one large copy, would cost no more than a loop of a millisecond. The thread's own clock says what it took, and leaves
//! out what other threads and other guests had in between.

use std::{
    cell::Cell,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use cpu_time::ThreadTime;

use super::ticker::{self, TICK};

thread_local! {
    /// Since when this thread works for the guest that it polls; none where nobody measures.
    static SINCE: Cell<Option<Mark>> = const { Cell::new(None) };
    /// When this thread's clock was last read for a call that began, and what it said.
    static READ: Cell<Option<(Instant, Duration)>> = const { Cell::new(None) };
}

#[derive(Clone, Copy)]
struct Mark {
    /// Where the thread's clock was read before the call began: no more than this passed since.
    begun: Option<Instant>,
    /// What the thread's clock said.
    thread: Duration,
}

impl Mark {
    fn now() -> Mark {
        Mark {
            begun: None,
            thread: thread_time(),
        }
    }

    /// For a call that begins, most of which end before the first tick. Its clock costs a system call: once a tick is
    /// enough, and makes a call that follows another pay for at most a tick that was not its own.
    fn beginning(begun: Instant) -> Mark {
        let read = READ.get();
        let read = read.filter(|(at, _)| begun.saturating_duration_since(*at) < TICK);
        let (_, thread) = read.unwrap_or_else(|| (begun, thread_time()));
        READ.set(read.or(Some((begun, thread))));
        Mark {
            begun: Some(begun),
            thread,
        }
    }
}

/// Polls a guest's call such that ticks know how long it ran.
pub(super) struct Meter(Option<Instant>);

impl Meter {
    /// For a call that begins, or began just now.
    pub(super) fn new(begun: Instant) -> Meter {
        Meter(Some(begun))
    }

    pub(super) fn poll<F: Future>(
        &mut self,
        call: Pin<&mut F>,
        context: &mut Context<'_>,
    ) -> Poll<F::Output> {
        ticker::polled();
        let mark = match self.0.take() {
            Some(begun) => Mark::beginning(begun),
            None => Mark::now(),
        };
        let _measured = Measured(SINCE.replace(Some(mark)));
        call.poll(context)
    }
}

/// Ends the measurement, a panic included.
struct Measured(Option<Mark>);

impl Drop for Measured {
    fn drop(&mut self) {
        SINCE.set(self.0);
    }
}

/// Time that the running guest took since the last call of this.
pub(super) fn spent() -> Duration {
    let Some(since) = SINCE.get() else {
        return TICK;
    };
    let now = Mark::now();
    SINCE.set(Some(now));
    let worked = now.thread.saturating_sub(since.thread);
    // A thread that had to wait for a processor did not work.
    since
        .begun
        .map_or(worked, |begun| worked.min(begun.elapsed()))
}

/// Processor time of this thread.
pub(super) fn thread_time() -> Duration {
    ThreadTime::now().as_duration()
}
