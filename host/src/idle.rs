//! Waits that may not take too long, at the price of a timer only where there is a wait at all.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

/// How long nothing has moved, and how long that may be.
#[derive(Debug)]
pub(crate) struct Idle {
    limit: Duration,
    /// Since when something has been waited for.
    since: Option<Instant>,
    /// Kept between waits and set again only when it rings, so that a long stream costs no timer a piece.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Idle {
    pub(crate) fn new(limit: Duration) -> Idle {
        Idle {
            limit,
            since: None,
            timer: None,
        }
    }

    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// Takes note that something moved: the next wait begins anew.
    pub(crate) fn moved(&mut self) {
        self.since = None;
    }

    /// Begins to wait, or goes on; ready when that takes too long.
    pub(crate) fn poll(&mut self, task: &mut Context<'_>) -> Poll<()> {
        let end = *self.since.get_or_insert_with(Instant::now) + self.limit;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(end)));
        loop {
            ready!(timer.as_mut().poll(task));
            if timer.deadline() >= end {
                return Poll::Ready(());
            }
            timer.as_mut().reset(end);
        }
    }
}
