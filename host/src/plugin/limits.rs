//! What a guest may use up, counted while it runs.

use std::time::{Duration, Instant};

use wasmtime::{ResourceLimiter, UpdateDeadline};

use crate::config::PluginLimits;

/// How often the engine's epoch advances, and with it how fine processor time is counted.
pub(crate) const TICK: Duration = Duration::from_millis(1);

/// What one call may still write and fetch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) log_lines: u32,
    pub(crate) log_bytes: usize,
    pub(crate) fetches: u32,
}

impl Budget {
    pub(crate) fn new(limits: &PluginLimits) -> Budget {
        Budget {
            log_lines: limits.log_lines,
            log_bytes: limits.log_bytes,
            fetches: limits.fetches,
        }
    }
}

/// Processor time of a call, in ticks of the epoch during which the guest ran, and the moment at which it has to end.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    granted: Duration,
    left: u32,
    end: Option<Instant>,
    stopped: Option<Stop>,
}

/// Why the clock ended a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Cpu,
    Wall,
}

impl Clock {
    /// Grants processor time to the call that begins, and wall time up to `end`.
    pub(crate) fn wind(&mut self, cpu: Duration, end: Option<Instant>) {
        // The first tick may come at once: one more makes sure that the guest gets what it was promised.
        self.left = ticks(cpu).saturating_add(1);
        self.granted = cpu;
        self.end = end;
        self.stopped = None;
    }

    /// The processor time of the call that runs.
    pub(crate) fn granted(&self) -> Duration {
        self.granted
    }

    /// Why the guest was interrupted, where it was.
    pub(crate) fn stopped(&self) -> Option<Stop> {
        self.stopped
    }

    /// When the call that runs has to end, waiting included.
    pub(crate) fn end(&self) -> Option<Instant> {
        self.end
    }

    /// One tick has passed while the guest ran: lets others run, or ends it.
    pub(crate) fn tick(&mut self) -> UpdateDeadline {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            self.stopped = Some(Stop::Cpu);
        } else if self.end.is_some_and(|end| Instant::now() >= end) {
            self.stopped = Some(Stop::Wall);
        }
        match self.stopped {
            Some(_) => UpdateDeadline::Interrupt,
            // Not wasmtime's own yield: that wakes itself, and a current-thread runtime then looks at its sockets
            // only every 61 turns, which stalls everyone else for tens of milliseconds.
            None => UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())),
        }
    }
}

/// How many ticks a time lasts. Begun ones count.
fn ticks(time: Duration) -> u32 {
    const A_TICK: u32 = TICK.subsec_nanos();
    let seconds = u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
    seconds
        .saturating_mul(1_000_000_000 / A_TICK)
        .saturating_add(time.subsec_nanos().div_ceil(A_TICK))
}

/// The linear memories and tables of an instance, bounded.
#[derive(Debug)]
pub(crate) struct Memory {
    limit: usize,
    used: usize,
    exceeded: bool,
}

impl Memory {
    /// Elements of one table. A language's runtime needs some ten thousand.
    const TABLE_ELEMENTS: usize = 100_000;

    pub(crate) fn new(limit: usize) -> Memory {
        Memory {
            limit,
            used: 0,
            exceeded: false,
        }
    }

    /// Bytes of all linear memories. They only ever grow, so this is the peak too.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// Whether the guest asked for more than it may have.
    pub(crate) fn exceeded(&self) -> bool {
        self.exceeded
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let used = self.used + desired.saturating_sub(current);
        if used > self.limit {
            // A trap rather than a failed `memory.grow`: most guests would only abort, and never say why.
            self.exceeded = true;
            wasmtime::bail!("memory limit of {} bytes exceeded", self.limit);
        }
        self.used = used;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= Self::TABLE_ELEMENTS)
    }

    // Core instances: a component of one module has three to five.
    fn instances(&self) -> usize {
        16
    }

    fn tables(&self) -> usize {
        16
    }

    fn memories(&self) -> usize {
        4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begun_ticks_count() {
        assert_eq!(ticks(Duration::ZERO), 0);
        assert_eq!(ticks(Duration::from_nanos(1)), 1);
        assert_eq!(ticks(Duration::from_millis(20)), 20);
        assert_eq!(ticks(Duration::from_micros(20_001)), 21);
        assert_eq!(ticks(Duration::from_millis(2_500)), 2_500);
        assert_eq!(ticks(Duration::MAX), u32::MAX);
    }
}
