//! Whether a target is well, judged by what happens to requests and by checks. All workers share the judgement.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use crate::config::Health;

/// The condition of one target. A target that is well costs a request two reads of memory that nobody writes.
#[derive(Debug, Default)]
pub(super) struct Condition {
    failures: AtomicU32,
    /// All failures, for the metrics.
    total: AtomicU64,
    /// How often in a row the target has been left out.
    rounds: AtomicU32,
    /// Until when it is left out, in milliseconds of [`now`]; 0 for not at all.
    out: AtomicU64,
    /// What the last check found.
    unwell: AtomicBool,
}

/// The longest pause, as a multiple of the first.
const MOST_ROUNDS: u32 = 10;

impl Condition {
    pub(super) fn is_well(&self) -> bool {
        let out = self.out.load(Relaxed);
        (out == 0 || now() >= out) && !self.unwell.load(Relaxed)
    }

    pub(super) fn total(&self) -> u64 {
        self.total.load(Relaxed)
    }

    pub(super) fn succeeded(&self) {
        if self.failures.load(Relaxed) != 0 {
            self.failures.store(0, Relaxed);
            self.rounds.store(0, Relaxed);
            self.out.store(0, Relaxed);
        }
    }

    /// Leaves the target out after enough failures in a row; after the pause one more failure is enough.
    pub(super) fn failed(&self, health: &Health) {
        self.total.fetch_add(1, Relaxed);
        let failures = self.failures.fetch_add(1, Relaxed).saturating_add(1);
        if health.failures == 0 || failures < health.failures {
            return;
        }
        // What was under way when the target was left out does not prolong the pause.
        if self.out.load(Relaxed) > now() {
            return;
        }
        let rounds = self.rounds.fetch_add(1, Relaxed).min(MOST_ROUNDS);
        let times = (1u32 << rounds).min(MOST_ROUNDS);
        let pause = health.pause.saturating_mul(times).as_millis();
        let pause = u64::try_from(pause).unwrap_or(u64::MAX);
        self.out.store(now().saturating_add(pause), Relaxed);
    }

    /// Takes over what a check found. Gives whether that is news.
    pub(super) fn checked(&self, well: bool) -> bool {
        self.unwell.swap(!well, Relaxed) == well
    }
}

/// Milliseconds, beginning at 1.
fn now() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let since = START.elapsed() + Duration::from_millis(1);
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health(failures: u32, pause: u64) -> Health {
        Health {
            failures,
            pause: Duration::from_millis(pause),
            check: None,
        }
    }

    #[test]
    fn failures_in_a_row_leave_a_target_out() {
        let condition = Condition::default();
        let health = health(3, 60_000);
        for _ in 0..2 {
            condition.failed(&health);
            assert!(condition.is_well());
        }
        condition.failed(&health);
        assert!(!condition.is_well());
        condition.succeeded();
        assert!(condition.is_well());
    }

    #[test]
    fn success_between_failures_keeps_a_target() {
        let condition = Condition::default();
        for _ in 0..10 {
            condition.failed(&health(2, 60_000));
            condition.succeeded();
        }
        assert!(condition.is_well());
    }

    #[test]
    fn pauses_double_up_to_ten_times() {
        let condition = Condition::default();
        let mut pauses = Vec::new();
        for _ in 0..6 {
            condition.failed(&health(1, 1000));
            let out = condition.out.load(Relaxed);
            pauses.push((out - now()).div_ceil(1000));
            condition.out.store(now() - 1, Relaxed);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 10, 10]);
    }

    #[test]
    fn checks_tell_news_once() {
        let condition = Condition::default();
        assert!(!condition.checked(true));
        assert!(condition.checked(false));
        assert!(!condition.is_well());
        assert!(!condition.checked(false));
        assert!(condition.checked(true));
        assert!(condition.is_well());
    }

    #[test]
    fn zero_failures_switch_it_off() {
        let condition = Condition::default();
        condition.failed(&health(0, 60_000));
        assert!(condition.is_well());
    }
}
