//! Counters that many requests change at once.

use std::time::Duration;

use wasmgate_sdk::{Error, kv};

use crate::config::Algorithm;

/// How often another request may come between before this one is refused: each time one of them has gone on.
const TRIES: usize = 32;

/// What a limit is, in requests and milliseconds.
#[derive(Debug)]
pub(crate) struct Limit {
    pub(crate) algorithm: Algorithm,
    pub(crate) limit: u64,
    pub(crate) per: u64,
    pub(crate) burst: u64,
}

/// What came of counting a request.
#[derive(Debug, PartialEq)]
pub(crate) struct Counted {
    /// How many more may come at once; none where this one was too many.
    pub(crate) remaining: Option<u64>,
    /// Milliseconds until all may come again or, for one that was too many, until it may.
    pub(crate) wait: u64,
}

impl Limit {
    /// Counts a request that comes at a time, in milliseconds since 1970.
    pub(crate) fn count(&self, counter: &str, now: u64) -> Result<Counted, Error> {
        match self.algorithm {
            Algorithm::TokenBucket => self.take(counter, now),
            Algorithm::FixedWindow => self.enter(counter, now),
        }
    }

    fn enter(&self, counter: &str, now: u64) -> Result<Counted, Error> {
        let window = (now / self.per).to_string();
        let wait = self.per - now % self.per;
        let name = [counter, "/", &window].concat();
        let count = kv::increment(&name, 1, Some(Duration::from_millis(wait)))?;
        Ok(Counted {
            remaining: self.limit.checked_sub(count.unsigned_abs()),
            wait,
        })
    }

    /// The bucket is one number: the time at which it is full again, as the generic cell rate algorithm has it. Times
    /// are in parts of a millisecond of which `limit` make one, so that a token is `per` of them and nothing is rounded.
    fn take(&self, counter: &str, now: u64) -> Result<Counted, Error> {
        let Limit {
            limit, per, burst, ..
        } = self;
        let now = now * limit;
        for _ in 0..TRIES {
            let found = kv::get(counter)?;
            let full = found.as_deref().and_then(read).unwrap_or(now).max(now) + per;
            let missing = full - now;
            let Some(left) = (burst * per).checked_sub(missing) else {
                return Ok(too_many((missing - burst * per).div_ceil(*limit)));
            };
            let wait = missing.div_ceil(*limit);
            // A bucket that is full needs no counter.
            let end = Duration::from_millis(wait);
            if kv::compare_and_swap(counter, found.as_deref(), full.to_le_bytes(), Some(end))? {
                return Ok(Counted {
                    remaining: Some(left / per),
                    wait,
                });
            }
        }
        Ok(too_many(per.div_ceil(*limit)))
    }
}

fn too_many(wait: u64) -> Counted {
    Counted {
        remaining: None,
        wait,
    }
}

fn read(value: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(value.try_into().ok()?))
}
