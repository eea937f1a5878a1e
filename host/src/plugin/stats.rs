//! Counts of a plugin's calls: how many, how they ended, how long they took.
//!
//! Each thread counts in a line of its own, and sums are made when somebody reads. So a call costs three additions to
//! memory that no other core touches.

use std::{
    cell::Cell,
    collections::BTreeMap,
    sync::{
        OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use super::{Fault, Hook};

/// Lines to count in. Threads beyond that share.
const SHARDS: usize = 16;
/// Upper bounds of time: 512 ns, doubled up to 4.4 s; the last has none.
const BUCKETS: usize = 25;
const FIRST_BOUND_BITS: u32 = 9;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The hook gave its result.
    Done,
    /// The hook said no.
    Refused,
    /// The hook wants `configure` to run again.
    Stale,
    /// Nobody waited for the result any more.
    Cancelled,
    Broken,
    Trapped,
    CpuExceeded,
    TimedOut,
    MemoryExceeded,
    ReturnedTooMuch,
    Busy,
    BreakerOpen,
    Contract,
    Reported,
}

impl Outcome {
    const ALL: [Outcome; 14] = [
        Outcome::Done,
        Outcome::Refused,
        Outcome::Stale,
        Outcome::Cancelled,
        Outcome::Broken,
        Outcome::Trapped,
        Outcome::CpuExceeded,
        Outcome::TimedOut,
        Outcome::MemoryExceeded,
        Outcome::ReturnedTooMuch,
        Outcome::Busy,
        Outcome::BreakerOpen,
        Outcome::Contract,
        Outcome::Reported,
    ];

    /// The label in metrics and status.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Refused => "refused",
            Outcome::Stale => "stale",
            Outcome::Cancelled => "cancelled",
            Outcome::Broken => "broken",
            Outcome::Trapped => "trapped",
            Outcome::CpuExceeded => "cpu_exceeded",
            Outcome::TimedOut => "timed_out",
            Outcome::MemoryExceeded => "memory_exceeded",
            Outcome::ReturnedTooMuch => "returned_too_much",
            Outcome::Busy => "busy",
            Outcome::BreakerOpen => "breaker_open",
            Outcome::Contract => "contract",
            Outcome::Reported => "reported",
        }
    }
}

impl From<&Fault> for Outcome {
    fn from(fault: &Fault) -> Outcome {
        match fault {
            Fault::Broken(_) => Outcome::Broken,
            Fault::Trapped(_) => Outcome::Trapped,
            Fault::CpuExceeded(_) => Outcome::CpuExceeded,
            Fault::TimedOut(_) => Outcome::TimedOut,
            Fault::MemoryExceeded(_) => Outcome::MemoryExceeded,
            Fault::ReturnedTooMuch(_) => Outcome::ReturnedTooMuch,
            Fault::Busy(_) => Outcome::Busy,
            Fault::BreakerOpen(_) => Outcome::BreakerOpen,
            Fault::Contract(_) => Outcome::Contract,
            Fault::Reported(_) => Outcome::Reported,
        }
    }
}

/// The counts of one plugin, through all its images.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    hooks: [OnceLock<Box<[Shard]>>; Hook::ALL.len()],
}

/// One thread's counts for one hook, on cache lines of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard {
    outcomes: [AtomicU64; Outcome::ALL.len()],
    buckets: [AtomicU64; BUCKETS],
    nanoseconds: AtomicU64,
    /// Bytes of linear memory, the most that one call had.
    memory: AtomicUsize,
}

/// The counts of one hook, summed.
#[derive(Clone, Debug, serde::Serialize)]
pub struct HookStats {
    pub hook: Hook,
    pub calls: u64,
    /// Calls by how they ended; those that never happened are left out.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// Seconds of all calls together.
    pub seconds: f64,
    /// Calls that took at most so many seconds, each with those before it; the last bound is infinite.
    #[serde(skip)]
    pub buckets: Vec<(f64, u64)>,
    /// Bytes of linear memory, the most that one call had.
    pub memory_peak: usize,
}

impl Stats {
    /// Counts a call that has ended. `memory` is 0 where no instance was made.
    pub(crate) fn record(&self, hook: Hook, outcome: Outcome, time: Duration, memory: usize) {
        let shards = self.hooks[hook as usize].get_or_init(shards);
        let shard = &shards[SHARD.get() % shards.len()];
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        shard.outcomes[outcome as usize].fetch_add(1, Relaxed);
        shard.buckets[bucket(nanoseconds)].fetch_add(1, Relaxed);
        shard.nanoseconds.fetch_add(nanoseconds, Relaxed);
        if shard.memory.load(Relaxed) < memory {
            shard.memory.fetch_max(memory, Relaxed);
        }
    }

    /// The sums, of the hooks that were ever called.
    pub(crate) fn read(&self) -> Vec<HookStats> {
        let called = |&hook: &Hook| Some(sum(hook, self.hooks[hook as usize].get()?));
        Hook::ALL.iter().filter_map(called).collect()
    }
}

fn sum(hook: Hook, shards: &[Shard]) -> HookStats {
    let total = |of: &dyn Fn(&Shard) -> &AtomicU64| -> u64 {
        shards.iter().map(|shard| of(shard).load(Relaxed)).sum()
    };
    let outcomes: BTreeMap<_, _> = Outcome::ALL
        .into_iter()
        .map(|outcome| {
            let count = total(&|shard| &shard.outcomes[outcome as usize]);
            (outcome.label(), count)
        })
        .filter(|(_, count)| *count > 0)
        .collect();
    let mut below = 0;
    let buckets = (0..BUCKETS).map(|place| {
        below += total(&|shard| &shard.buckets[place]);
        (bound(place), below)
    });
    HookStats {
        hook,
        buckets: buckets.collect(),
        calls: outcomes.values().sum(),
        outcomes,
        seconds: total(&|shard| &shard.nanoseconds) as f64 / 1e9,
        memory_peak: shards
            .iter()
            .map(|shard| shard.memory.load(Relaxed))
            .max()
            .unwrap_or(0),
    }
}

fn shards() -> Box<[Shard]> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    (0..threads.min(SHARDS)).map(|_| Shard::default()).collect()
}

/// The bucket of a time: how often the first bound has to be doubled to reach it.
fn bucket(nanoseconds: u64) -> usize {
    let over = nanoseconds.saturating_sub(1) >> FIRST_BOUND_BITS;
    ((u64::BITS - over.leading_zeros()) as usize).min(BUCKETS - 1)
}

/// The upper bound of a bucket, in seconds.
fn bound(place: usize) -> f64 {
    if place == BUCKETS - 1 {
        return f64::INFINITY;
    }
    (1u64 << (FIRST_BOUND_BITS as usize + place)) as f64 / 1e9
}

thread_local! {
    /// Which shard this thread counts in.
    static SHARD: Cell<usize> = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        Cell::new(NEXT.fetch_add(1, Relaxed))
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_all_threads_are_summed() {
        let stats = Stats::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..1_000 {
                        let time = Duration::from_micros(3);
                        stats.record(Hook::Authorizer, Outcome::Done, time, 65_536);
                    }
                });
            }
        });
        let read = stats.read();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].calls, 4_000);
        assert_eq!(read[0].outcomes["done"], 4_000);
        assert_eq!(read[0].memory_peak, 65_536);
        assert!((read[0].seconds - 0.012).abs() < 1e-9);
    }

    #[test]
    fn every_time_has_its_bucket() {
        assert_eq!(bucket(0), 0);
        assert_eq!(bucket(512), 0);
        assert_eq!(bucket(513), 1);
        assert_eq!(bucket(1_024), 1);
        assert_eq!(bucket(1_025), 2);
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
        for place in 0..BUCKETS - 1 {
            let nanoseconds = (bound(place) * 1e9) as u64;
            assert_eq!(bucket(nanoseconds), place);
            assert_eq!(bucket(nanoseconds + 1), place + 1);
        }
    }

    #[test]
    fn buckets_count_those_below_too() {
        let stats = Stats::default();
        stats.record(Hook::Mapper, Outcome::Done, Duration::from_nanos(600), 0);
        stats.record(Hook::Mapper, Outcome::Trapped, Duration::from_secs(60), 0);
        let read = stats.read();
        assert_eq!(read[0].buckets[0].1, 0);
        assert_eq!(read[0].buckets[1].1, 1);
        assert_eq!(read[0].buckets[BUCKETS - 1], (f64::INFINITY, 2));
    }

    #[test]
    fn labels_follow_the_order_of_outcomes() {
        for (place, outcome) in Outcome::ALL.into_iter().enumerate() {
            assert_eq!(outcome as usize, place);
        }
    }
}
