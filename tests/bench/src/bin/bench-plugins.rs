//! What each built-in plugin costs, a row each; or those that are named. `make bench-plugins` runs it.

use std::time::{Duration, Instant};

use wasmgate_bench::{Calls, builtin, processor};
use wasmgate_tests::Directory;

/// Rounds that are timed; the quickest counts, since what else the machine does only adds.
const ROUNDS: u32 = 15;
/// Calls of a round.
const CALLS: u32 = 1_000;

fn main() {
    println!("| plugin | size | load, cold | load, warm | pristine call | reused call | memory |");
    println!("|---|---|---|---|---|---|---|");
    let named: Vec<_> = std::env::args().skip(1).collect();
    let wanted = |name: &&str| named.is_empty() || named.iter().any(|one| one == name);
    for name in builtin::NAMES.into_iter().filter(wanted) {
        println!("{}", row(name));
    }
}

fn row(name: &str) -> String {
    let directory = Directory::new();
    let cache = directory.path().join("cache");
    let start = |isolation| {
        let call = builtin::call(name, &directory);
        let begun = Instant::now();
        let calls = Calls::of(call, &directory, isolation, 4, &cache.to_string_lossy());
        (calls, begun.elapsed())
    };
    let (_, cold) = start("request");
    let (calls, warm) = start("request");
    let pristine = time(&calls);
    let status = calls.status();
    let (calls, _) = start("reuse");
    let reused = time(&calls);
    format!(
        "| `{name}` | {} KiB | {} ms | {} ms | {} µs | {} µs | {} |",
        status.size.div_ceil(1024),
        cold.as_millis(),
        warm.as_millis(),
        micros(pristine),
        micros(reused),
        memory(&calls)
    )
}

/// Processor time of one call.
fn time(calls: &Calls) -> Duration {
    calls.run(100);
    let round = || {
        let begun = processor();
        calls.run(u64::from(CALLS));
        (processor() - begun) / CALLS
    };
    (0..ROUNDS).map(|_| round()).min().unwrap_or_default()
}

fn micros(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e6)
}

/// What an instance begins with, and what it has grown to.
fn memory(calls: &Calls) -> String {
    let status = calls.status();
    let (begin, peak) = (status.images[0].memory, status.calls[0].memory_peak);
    match peak > begin {
        true => format!("{} KiB, grows to {} KiB", begin >> 10, peak >> 10),
        false => format!("{} KiB", begin >> 10),
    }
}
