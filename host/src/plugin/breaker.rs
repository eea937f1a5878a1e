//! Switches a plugin off for a while when it keeps failing, and on again by itself.
//!
//! Each failure counts two, each success takes one back: ten failures in a row open the breaker, and so does failing
//! more often than one call in three for long. Open, it lets one call through after each pause; the first that succeeds
//! closes it. While all is well a call costs two loads of a line that nobody writes.

use std::{
    sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

const FAILURE: u32 = 2;
const OPENS_AT: u32 = 20;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// One plugin's breaker.
#[derive(Debug)]
pub(crate) struct Breaker {
    made: Instant,
    score: AtomicU32,
    /// Failures since the last success.
    row: AtomicU32,
    /// Milliseconds after `made` at which the next call is let through; 0 while closed.
    reopens: AtomicU64,
    /// Milliseconds of the pause that runs.
    pause: AtomicU64,
}

/// The breaker is open: no call is made.
#[derive(Debug, PartialEq)]
pub(crate) struct Open {
    pub(crate) failures: u32,
}

impl Breaker {
    pub(crate) fn new() -> Breaker {
        Breaker {
            made: Instant::now(),
            score: AtomicU32::new(0),
            row: AtomicU32::new(0),
            reopens: AtomicU64::new(0),
            pause: AtomicU64::new(0),
        }
    }

    /// Whether a call may be made now.
    pub(crate) fn check(&self) -> Result<(), Open> {
        match self.reopens.load(Relaxed) {
            0 => Ok(()),
            _ => self.probe(self.made.elapsed()),
        }
    }

    /// A call went well. Whether this closed the breaker.
    pub(crate) fn succeeded(&self) -> bool {
        self.score.load(Relaxed) != 0 && self.recover()
    }

    /// A call failed. Whether this opened the breaker.
    pub(crate) fn failed(&self) -> bool {
        self.fail(self.made.elapsed())
    }

    pub(crate) fn is_open(&self) -> bool {
        self.reopens.load(Relaxed) != 0
    }

    /// Lets one call through when the pause is over; the others wait for what becomes of it, or for another pause.
    fn probe(&self, now: Duration) -> Result<(), Open> {
        let due = self.reopens.load(Relaxed);
        let now = milliseconds(now);
        if due == 0 {
            return Ok(());
        }
        let next = now + self.pause.load(Relaxed).max(1);
        let first = now >= due
            && self
                .reopens
                .compare_exchange(due, next, Relaxed, Relaxed)
                .is_ok();
        match first {
            true => Ok(()),
            false => Err(Open {
                failures: self.row.load(Relaxed),
            }),
        }
    }

    fn fail(&self, now: Duration) -> bool {
        self.row.fetch_add(1, Relaxed);
        let add = |score: u32| Some(score.saturating_add(FAILURE).min(OPENS_AT));
        let before = self
            .score
            .fetch_update(Relaxed, Relaxed, add)
            .unwrap_or_else(|score| score);
        if before + FAILURE < OPENS_AT {
            return false;
        }
        self.open(now)
    }

    /// Begins a pause, twice as long as the last.
    fn open(&self, now: Duration) -> bool {
        let pause = match self.pause.load(Relaxed) {
            0 => milliseconds(FIRST_PAUSE),
            last => (last * 2).min(milliseconds(LONGEST_PAUSE)),
        };
        self.pause.store(pause, Relaxed);
        self.reopens.swap(milliseconds(now) + pause, Relaxed) == 0
    }

    /// Takes back a failure; where the breaker is open, this was the call let through, and closes it.
    fn recover(&self) -> bool {
        self.row.store(0, Relaxed);
        if self.is_open() {
            self.score.store(0, Relaxed);
            self.pause.store(0, Relaxed);
            return self.reopens.swap(0, Relaxed) != 0;
        }
        let take = |score: u32| score.checked_sub(1);
        let _already_none = self.score.fetch_update(Relaxed, Relaxed, take);
        false
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> Breaker {
        let breaker = Breaker::new();
        for _ in 0..9 {
            assert!(!breaker.fail(Duration::ZERO));
        }
        assert!(breaker.fail(Duration::ZERO));
        breaker
    }

    #[test]
    fn ten_failures_in_a_row_open_it() {
        let breaker = opened();
        assert_eq!(breaker.check(), Err(Open { failures: 10 }));
    }

    #[test]
    fn a_failure_now_and_then_leaves_it_closed() {
        let breaker = Breaker::new();
        for call in 0..10_000 {
            match call % 4 {
                0 => assert!(!breaker.fail(Duration::ZERO)),
                _ => assert!(!breaker.succeeded()),
            }
        }
        assert_eq!(breaker.check(), Ok(()));
    }

    #[test]
    fn failing_every_second_time_opens_it() {
        let breaker = Breaker::new();
        let opened = (0..100).any(|_| {
            breaker.succeeded();
            breaker.fail(Duration::ZERO)
        });
        assert!(opened);
    }

    #[test]
    fn one_call_is_let_through_after_the_pause() {
        let breaker = opened();
        assert!(
            breaker
                .probe(FIRST_PAUSE - Duration::from_millis(1))
                .is_err()
        );
        assert!(breaker.probe(FIRST_PAUSE).is_ok());
        assert!(breaker.probe(FIRST_PAUSE).is_err());
    }

    #[test]
    fn success_of_that_call_closes_it() {
        let breaker = opened();
        assert!(breaker.probe(FIRST_PAUSE).is_ok());
        assert!(breaker.succeeded());
        assert_eq!(breaker.check(), Ok(()));
        assert!(!breaker.fail(FIRST_PAUSE));
    }

    #[test]
    fn its_failure_doubles_the_pause() {
        let breaker = opened();
        assert!(breaker.probe(FIRST_PAUSE).is_ok());
        breaker.fail(FIRST_PAUSE);
        assert!(breaker.probe(FIRST_PAUSE * 2).is_err());
        assert!(breaker.probe(FIRST_PAUSE * 3).is_ok());
    }

    #[test]
    fn a_call_let_through_that_never_ends_does_not_block_the_next() {
        let breaker = opened();
        assert!(breaker.probe(FIRST_PAUSE).is_ok());
        assert!(breaker.probe(FIRST_PAUSE * 2).is_ok());
    }
}
