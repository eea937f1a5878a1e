//! Switches a plugin off for a while when nearly all its calls fail, and on again by itself.
//!
//! What a client sends can make a call fail, so failures alone must not switch a plugin off for everybody. Each success
//! pays for nine failures, up to a hundred successes ahead: the breaker opens where ten failures are not paid for, which
//! takes nine failed calls of ten for long, or the first ten of a plugin that never worked. What was paid ahead ends with
//! time: ten failures without a success open it once they have lasted for the window.
//!
//! Open, it lets some calls through after each pause, so that one client's bad request does not take the place of all
//! others; the first that succeeds closes it. While all is well a call costs two loads of a line that nobody writes.

use std::{
    sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

/// Failures that open it.
const FAILURES: u32 = 10;
/// Failures that one success pays for.
const PAID: u32 = 9;
/// What successes can pay ahead: a hundred of them.
const AHEAD: u32 = 100 * PAID;
const OPENS_AT: u32 = AHEAD + FAILURES;
/// How long failures without any success have to last to open it, whatever was paid ahead.
const WINDOW: Duration = Duration::from_secs(10);
/// Calls let through after each pause.
const PROBES: u32 = 10;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// One plugin's breaker.
#[derive(Debug)]
pub(crate) struct Breaker {
    made: Instant,
    /// Failures, less those that successes paid for; from 0, all paid ahead, to `OPENS_AT`.
    score: AtomicU32,
    /// Failures since the last success.
    row: AtomicU32,
    /// Milliseconds after `made` at which they began.
    row_began: AtomicU64,
    /// Milliseconds after `made` at which the next calls are let through; 0 while closed.
    reopens: AtomicU64,
    /// Calls that may still be let through before that.
    probes: AtomicU32,
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
            score: AtomicU32::new(AHEAD),
            row: AtomicU32::new(0),
            row_began: AtomicU64::new(0),
            reopens: AtomicU64::new(0),
            probes: AtomicU32::new(0),
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

    /// Forgets how calls went: other code serves.
    pub(crate) fn reset(&self) {
        self.row.store(0, Relaxed);
        self.score.store(AHEAD, Relaxed);
        self.reopens.store(0, Relaxed);
    }

    pub(crate) fn is_open(&self) -> bool {
        self.reopens.load(Relaxed) != 0
    }

    /// Lets some calls through when the pause is over; the others wait for what becomes of them, or for another pause.
    fn probe(&self, now: Duration) -> Result<(), Open> {
        let due = self.reopens.load(Relaxed);
        if due == 0 || self.resume(due, milliseconds(now)) {
            return Ok(());
        }
        let take = |probes: u32| probes.checked_sub(1);
        match self.probes.fetch_update(Relaxed, Relaxed, take) {
            Ok(_) => Ok(()),
            Err(_) => Err(Open {
                failures: self.row.load(Relaxed),
            }),
        }
    }

    /// Whether the pause is over and this call is the first to see it. The next one is twice as long.
    fn resume(&self, due: u64, now: u64) -> bool {
        if now < due {
            return false;
        }
        let pause = (self.pause.load(Relaxed) * 2).min(milliseconds(LONGEST_PAUSE));
        let claimed = self
            .reopens
            .compare_exchange(due, now + pause, Relaxed, Relaxed)
            .is_ok();
        if claimed {
            self.pause.store(pause, Relaxed);
            self.probes.store(PROBES - 1, Relaxed);
        }
        claimed
    }

    fn fail(&self, now: Duration) -> bool {
        let now = milliseconds(now);
        let row = self.row.fetch_add(1, Relaxed).saturating_add(1);
        if row == 1 {
            self.row_began.store(now, Relaxed);
        }
        let add = |score: u32| Some((score + 1).min(OPENS_AT));
        let before = self
            .score
            .fetch_update(Relaxed, Relaxed, add)
            .unwrap_or_else(|score| score);
        let lasted = now.saturating_sub(self.row_began.load(Relaxed));
        let unpaid = before + 1 >= OPENS_AT;
        let only = row >= FAILURES && lasted >= milliseconds(WINDOW);
        (unpaid || only) && self.open(now)
    }

    /// Begins the first pause, unless one runs: calls let through that fail leave it as it is.
    fn open(&self, now: u64) -> bool {
        let pause = milliseconds(FIRST_PAUSE);
        let opened = self
            .reopens
            .compare_exchange(0, now + pause, Relaxed, Relaxed)
            .is_ok();
        if opened {
            self.pause.store(pause, Relaxed);
            self.probes.store(0, Relaxed);
        }
        opened
    }

    /// Pays for failures; where the breaker is open, this call was let through, and closes it.
    fn recover(&self) -> bool {
        self.row.store(0, Relaxed);
        if self.is_open() {
            self.score.store(AHEAD - PAID, Relaxed);
            return self.reopens.swap(0, Relaxed) != 0;
        }
        let pay = |score: u32| Some(score.saturating_sub(PAID));
        let _before = self.score.fetch_update(Relaxed, Relaxed, pay);
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

    /// Whether so many failures to each success open it, after some calls that went well.
    fn opens_at(failures: u32) -> bool {
        let breaker = Breaker::new();
        assert!(!(0..100).any(|_| breaker.succeeded()));
        (0..10_000).any(|call| match call % (failures + 1) {
            0 => breaker.succeeded(),
            _ => breaker.fail(Duration::ZERO),
        })
    }

    #[test]
    fn only_more_than_nine_failures_of_ten_calls_open_it() {
        assert!(!opens_at(1));
        assert!(!opens_at(9));
        assert!(opens_at(11));
    }

    #[test]
    fn a_burst_of_failures_between_successes_leaves_it_closed() {
        let breaker = Breaker::new();
        assert!(!(0..100).any(|_| breaker.succeeded()));
        assert!(!(0..900).any(|_| breaker.fail(Duration::ZERO)));
        assert_eq!(breaker.check(), Ok(()));
        assert!((0..10).any(|_| breaker.fail(Duration::ZERO)));
    }

    #[test]
    fn failing_for_the_window_opens_it_whatever_went_well_before() {
        let breaker = Breaker::new();
        assert!(!(0..100).any(|_| breaker.succeeded()));
        let failing = (0..=10).map(|second| breaker.fail(Duration::from_secs(second)));
        assert_eq!(failing.filter(|opened| *opened).count(), 1);
        assert!(breaker.check().is_err());
    }

    #[test]
    fn some_calls_are_let_through_after_the_pause() {
        let breaker = opened();
        let early = FIRST_PAUSE - Duration::from_millis(1);
        assert!(breaker.probe(early).is_err());
        for _ in 0..PROBES {
            assert!(breaker.probe(FIRST_PAUSE).is_ok());
        }
        assert!(breaker.probe(FIRST_PAUSE).is_err());
    }

    #[test]
    fn the_first_success_of_these_closes_it() {
        let breaker = opened();
        assert!(breaker.probe(FIRST_PAUSE).is_ok());
        assert!(breaker.probe(FIRST_PAUSE).is_ok());
        assert!(!breaker.fail(FIRST_PAUSE));
        assert!(breaker.succeeded());
        assert_eq!(breaker.check(), Ok(()));
        assert!(!breaker.fail(FIRST_PAUSE));
    }

    #[test]
    fn the_next_pause_is_twice_as_long_however_many_of_them_fail() {
        let breaker = opened();
        for _ in 0..PROBES {
            assert!(breaker.probe(FIRST_PAUSE).is_ok());
            breaker.fail(FIRST_PAUSE);
        }
        assert!(breaker.probe(FIRST_PAUSE * 2).is_err());
        assert!(breaker.probe(FIRST_PAUSE * 3).is_ok());
    }

    #[test]
    fn calls_let_through_that_never_end_do_not_block_the_next() {
        let breaker = opened();
        assert!((0..PROBES).all(|_| breaker.probe(FIRST_PAUSE).is_ok()));
        assert!(breaker.probe(FIRST_PAUSE * 3).is_ok());
    }

    #[test]
    fn other_code_begins_anew() {
        let breaker = opened();
        breaker.reset();
        assert_eq!(breaker.check(), Ok(()));
        assert!((0..10).any(|_| breaker.fail(Duration::ZERO)));
    }

    #[test]
    fn it_is_tried_again_within_the_longest_pause() {
        let breaker = opened();
        let mut now = FIRST_PAUSE;
        for _ in 0..10 {
            assert!((0..PROBES).all(|_| breaker.probe(now).is_ok()));
            assert!(breaker.probe(now).is_err());
            now += LONGEST_PAUSE;
        }
    }
}
