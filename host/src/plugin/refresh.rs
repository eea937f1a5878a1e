//! When `configure` runs again: after the time that it named, or because a hook called itself stale.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{Notify, watch};

/// Between two refreshes of one group that calls ask for. Whoever sends tokens signed with keys that nobody knows must
/// not make us fetch keys for each.
const LEAST_PAUSE: Duration = Duration::from_secs(5);
/// How long a call waits for a refresh.
const PATIENCE: Duration = Duration::from_secs(10);
/// After the first failure; doubled with each that follows.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
const LONGEST_BACKOFF: Duration = Duration::from_secs(300);

/// Where calls ask for a refresh, and wait for it together.
#[derive(Debug)]
pub(crate) struct Wish {
    state: Mutex<Asked>,
    /// Rung when there is something to refresh.
    bell: Arc<Notify>,
    /// How many refreshes have ended, well or not.
    ended: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Asked {
    open: bool,
    ended: Option<Instant>,
}

impl Wish {
    pub(super) fn new(bell: Arc<Notify>) -> Wish {
        Wish {
            state: Mutex::default(),
            bell,
            ended: watch::Sender::new(0),
        }
    }

    /// Asks for a refresh. False where there has been one only just now.
    pub(super) fn make(&self) -> bool {
        let mut state = self.state();
        if state.open {
            return true;
        }
        if state
            .ended
            .is_some_and(|ended| ended.elapsed() < LEAST_PAUSE)
        {
            return false;
        }
        state.open = true;
        self.bell.notify_one();
        true
    }

    /// The end of the refresh that runs, or of the next one. Begins to listen when it is called.
    pub(super) fn fulfilled(&self) -> impl Future<Output = ()> + use<> {
        let mut ended = self.ended.subscribe();
        async move {
            // Whether it has come in time shows in the image.
            let _in_time = tokio::time::timeout(PATIENCE, ended.changed()).await;
        }
    }

    /// Whether somebody waits for a refresh.
    pub(super) fn is_open(&self) -> bool {
        self.state().open
    }

    /// A refresh has ended, well or not.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.open = false;
        state.ended = Some(Instant::now());
        drop(state);
        self.ended.send_modify(|count| *count += 1);
    }

    fn state(&self) -> MutexGuard<'_, Asked> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When the next refresh is due.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schedule {
    every: Option<Duration>,
    due: Option<Instant>,
    failures: u32,
}

impl Schedule {
    /// After a `configure` that went well, and named a time or none.
    pub(super) fn after_success(every: Option<Duration>, now: Instant) -> Schedule {
        Schedule {
            every,
            // A little early, and not all at the same time.
            due: every.map(|every| now + every.mul_f64(0.9 + 0.1 * fastrand::f64())),
            failures: 0,
        }
    }

    /// After one that failed: again soon, then less and less often.
    pub(super) fn after_failure(&self, now: Instant) -> Schedule {
        let longest = self
            .every
            .map_or(LONGEST_BACKOFF, |every| every.min(LONGEST_BACKOFF));
        let doubled = FIRST_BACKOFF.saturating_mul(1 << self.failures.min(16));
        let pause = doubled.min(longest.max(FIRST_BACKOFF));
        Schedule {
            every: self.every,
            due: Some(now + pause.mul_f64(0.5 + 0.5 * fastrand::f64())),
            failures: self.failures.saturating_add(1),
        }
    }

    pub(super) fn every(&self) -> Option<Duration> {
        self.every
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn success_sets_the_time_that_was_named() {
        let now = Instant::now();
        let every = Duration::from_secs(100);
        let due = Schedule::after_success(Some(every), now).due().unwrap() - now;
        assert!(due >= every.mul_f64(0.9) && due <= every);
        assert_eq!(Schedule::after_success(None, now).due(), None);
    }

    #[test]
    fn failures_are_followed_by_longer_and_longer_pauses() {
        let now = Instant::now();
        let mut schedule = Schedule::after_success(Some(Duration::from_secs(3_600)), now);
        for failure in 0..20 {
            schedule = schedule.after_failure(now);
            let pause = schedule.due().unwrap() - now;
            let longest = Duration::from_secs(1 << failure.min(16)).min(LONGEST_BACKOFF);
            assert!(pause >= longest / 2 && pause <= longest, "{pause:?}");
        }
    }

    #[tokio::test]
    async fn one_refresh_serves_all_who_wait() {
        let bell = Arc::new(Notify::new());
        let wish = Wish::new(bell.clone());
        let first = wish.fulfilled();
        let second = wish.fulfilled();
        assert!(wish.make() && wish.make());
        bell.notified().await;
        assert!(wish.is_open());
        wish.end();
        first.await;
        second.await;
        assert!(!wish.is_open());
    }

    #[test]
    fn wishes_right_after_a_refresh_are_declined() {
        let wish = Wish::new(Arc::default());
        assert!(wish.make());
        wish.end();
        assert!(!wish.make());
    }
}
