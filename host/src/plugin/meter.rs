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

use super::limits::TICK;

thread_local! {
    /// Since when this thread works for the guest that it polls; none where nobody measures.
    static SINCE: Cell<Option<Mark>> = const { Cell::new(None) };
}

#[derive(Clone, Copy)]
enum Mark {
    /// The beginning of a call, most of which end before the first tick: this clock costs no system call.
    Wall(Instant),
    /// What the thread's own clock said.
    Thread(Duration),
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
        let mark = match self.0.take() {
            Some(begun) => Mark::Wall(begun),
            None => Mark::Thread(thread_time()),
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
    let now = thread_time();
    SINCE.set(Some(Mark::Thread(now)));
    match since {
        Mark::Wall(begun) => begun.elapsed(),
        Mark::Thread(then) => now.saturating_sub(then),
    }
}

/// Processor time of this thread.
pub(super) fn thread_time() -> Duration {
    ThreadTime::now().as_duration()
}
