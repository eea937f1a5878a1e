//! What a guest may use up, counted while it runs.

use std::time::{Duration, Instant};

use wasmtime::{ResourceLimiter, UpdateDeadline};

use super::{
    meter,
    ticker::{self, TICK},
};
use crate::config::PluginLimits;

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

/// Processor time that is left to a call, and the moment at which it has to end.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    granted: Duration,
    left: Duration,
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
        self.left = cpu;
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

    /// A tick has passed, or many during one call into the host: charges them, and lets others run or ends the guest.
    pub(crate) fn tick(&mut self) -> UpdateDeadline {
        self.left = self.left.saturating_sub(meter::spent());
        if self.granted.saturating_sub(self.left) >= TICK {
            ticker::long();
        }
        if self.left.is_zero() {
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
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use super::*;
    use crate::plugin::meter::Meter;

    const CPU: Duration = Duration::from_millis(20);

    /// What one long call into the host takes of this thread.
    fn work(time: Duration) {
        let begun = meter::thread_time();
        while meter::thread_time() - begun < time {
            std::hint::spin_loop();
        }
    }

    /// Runs for a guest whose `poll`s work so long and then meet a tick.
    fn run(clock: &mut Clock, polls: &[Duration], between: Duration) -> Option<Stop> {
        let mut polls = polls.iter();
        let mut guest = pin!(std::future::poll_fn(|_| match polls.next() {
            None => Poll::Ready(()),
            Some(time) => {
                work(*time);
                clock.tick();
                Poll::Pending
            }
        }));
        let mut meter = Meter::new(Instant::now());
        let mut context = Context::from_waker(Waker::noop());
        while meter.poll(guest.as_mut(), &mut context).is_pending() {
            work(between);
        }
        clock.stopped()
    }

    fn wound() -> Clock {
        let mut clock = Clock::default();
        clock.wind(CPU, None);
        clock
    }

    #[test]
    fn one_long_call_into_the_host_costs_what_it_took() {
        let long = CPU + TICK;
        assert_eq!(run(&mut wound(), &[long], Duration::ZERO), Some(Stop::Cpu));
        let later = [Duration::ZERO, long];
        assert_eq!(run(&mut wound(), &later, Duration::ZERO), Some(Stop::Cpu));
    }

    #[test]
    fn long_calls_add_up() {
        let calls = [CPU / 4; 5];
        assert_eq!(run(&mut wound(), &calls, Duration::ZERO), Some(Stop::Cpu));
    }

    #[test]
    fn what_others_do_in_between_costs_nothing() {
        let mut clock = wound();
        assert_eq!(run(&mut clock, &[Duration::ZERO; 4], CPU), None);
        assert!(clock.left > CPU / 2, "{:?}", clock.left);
    }

    #[test]
    fn waiting_for_a_processor_costs_nothing() {
        let mut clock = wound();
        let mut guest = pin!(std::future::poll_fn(|_| {
            // Another thread works, and this one cannot.
            std::thread::scope(|scope| {
                scope.spawn(|| work(2 * CPU));
            });
            clock.tick();
            Poll::Ready(())
        }));
        let mut context = Context::from_waker(Waker::noop());
        let mut meter = Meter::new(Instant::now());
        assert!(meter.poll(guest.as_mut(), &mut context).is_ready());
        assert_eq!(clock.stopped(), None);
    }

    #[test]
    fn what_ran_before_the_call_costs_no_more_than_a_tick() {
        run(&mut wound(), &[], Duration::ZERO);
        work(CPU);
        let mut clock = wound();
        assert_eq!(run(&mut clock, &[Duration::ZERO], Duration::ZERO), None);
        assert!(clock.left > CPU / 2, "{:?}", clock.left);
    }

    #[test]
    fn without_a_meter_each_tick_costs_one() {
        let mut clock = wound();
        let ticks = (1..).find(|_| matches!(clock.tick(), UpdateDeadline::Interrupt));
        assert_eq!(ticks, Some(20));
    }
}
