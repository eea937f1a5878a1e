//! Counts a call and tells the breaker.

use std::time::Instant;

use super::{Account, End};
use crate::plugin::{Hook, stats::Outcome};

/// Counts one call, even one that is dropped halfway because its client has gone.
pub(super) struct Tally<'a> {
    account: &'a Account,
    hook: Hook,
    pub(super) begun: Instant,
    outcome: Outcome,
    /// Bytes of linear memory that the instance had in the end.
    pub(super) memory: usize,
}

impl Tally<'_> {
    pub(super) fn begin(account: &Account, hook: Hook) -> Tally<'_> {
        Tally {
            account,
            hook,
            begun: Instant::now(),
            outcome: Outcome::Cancelled,
            memory: 0,
        }
    }

    pub(super) fn end<R>(mut self, result: &Result<R, End>) {
        self.outcome = match result {
            Ok(_) => Outcome::Done,
            Err(End::Refused(_)) => Outcome::Refused,
            Err(End::Stale(_)) => Outcome::Stale,
            Err(End::Failed(fault)) => Outcome::from(fault),
        };
    }

    /// Tells the breaker. What the plugin had no part in does not count.
    fn judge(&self) {
        let breaker = &self.account.breaker;
        match self.outcome {
            Outcome::Done | Outcome::Refused | Outcome::Stale | Outcome::Reported => {
                if breaker.succeeded() {
                    tracing::info!(plugin = &*self.account.plugin, "works again: switched on");
                }
            }
            Outcome::Cancelled | Outcome::Broken | Outcome::Busy | Outcome::BreakerOpen => {}
            Outcome::Trapped
            | Outcome::CpuExceeded
            | Outcome::TimedOut
            | Outcome::MemoryExceeded
            | Outcome::ReturnedTooMuch
            | Outcome::Contract => {
                if breaker.failed() {
                    tracing::warn!(
                        plugin = &*self.account.plugin,
                        "keeps failing: switched off for a while"
                    );
                }
            }
        }
    }
}

impl Drop for Tally<'_> {
    fn drop(&mut self) {
        self.judge();
        let stats = &self.account.stats;
        stats.record(self.hook, self.outcome, self.begun.elapsed(), self.memory);
    }
}
