//! What a plugin costs: its size, loading it, a call of it, the memory of an instance.

use std::time::{Duration, Instant};

use wasmgate_tests::Directory;

use crate::{Call, Calls, processor};

/// Rounds that are timed; the quickest counts, since what else the machine does only adds.
const ROUNDS: u32 = 15;
/// Processor time of a round, about.
const ROUND: Duration = Duration::from_millis(40);
const FEWEST: u32 = 20;

/// What was measured of a plugin. Loading is time on the clock, from the file to the first call; calls are processor time.
#[derive(Debug)]
pub struct Costs {
    pub size: u64,
    pub cold: Duration,
    pub warm: Duration,
    pub pristine: Duration,
    pub reused: Duration,
    /// What an instance begins with, and what it has grown to, in bytes.
    pub memory: (usize, usize),
}

impl Costs {
    /// Measures what is called; `call` writes what it needs to the directory.
    pub fn of(call: impl Fn(&Directory) -> Call) -> Costs {
        let directory = Directory::new();
        let cache = directory.path().join("cache");
        let start = |isolation| {
            let call = call(&directory);
            let begun = Instant::now();
            let calls = Calls::of(call, &directory, isolation, 4, &cache.to_string_lossy());
            (calls, begun.elapsed())
        };
        let (_, cold) = start("request");
        let (calls, warm) = start("request");
        let pristine = time(&calls);
        let (calls, _) = start("reuse");
        let reused = time(&calls);
        let status = calls.status();
        Costs {
            size: status.size as u64,
            cold,
            warm,
            pristine,
            reused,
            memory: (status.images[0].memory, status.calls[0].memory_peak),
        }
    }

    /// As cells of a table, in the order of [`HEAD`].
    pub fn cells(&self) -> String {
        format!(
            "{} KiB | {} ms | {} ms | {} µs | {} µs | {}",
            self.size.div_ceil(1024),
            self.cold.as_millis(),
            self.warm.as_millis(),
            micros(self.pristine),
            micros(self.reused),
            memory(self.memory)
        )
    }
}

/// What the cells say.
pub const HEAD: &str = "size | load, cold | load, warm | pristine call | reused call | memory";

/// Processor time of one call.
fn time(calls: &Calls) -> Duration {
    let begun = processor();
    calls.run(u64::from(FEWEST));
    let one = (processor() - begun) / FEWEST;
    let count = (ROUND.as_nanos() / one.as_nanos().max(1)) as u32;
    let count = count.max(FEWEST);
    let round = || {
        let begun = processor();
        calls.run(u64::from(count));
        (processor() - begun) / count
    };
    (0..ROUNDS).map(|_| round()).min().unwrap_or_default()
}

fn micros(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    match micros {
        ..100.0 => format!("{micros:.1}"),
        _ => format!("{micros:.0}"),
    }
}

fn memory((begin, peak): (usize, usize)) -> String {
    match peak > begin {
        true => format!("{} KiB, grows to {} KiB", begin >> 10, peak >> 10),
        false => format!("{} KiB", begin >> 10),
    }
}
