//! Calls a plugin so many times and says what a call took: `count-calls SUBJECT ISOLATION COUNT`, where the subject is
//! `fields=N` or `keys=N`.
//!
//! `make bench-calls` runs it for the table in `tests/bench/RESULTS.md`; under callgrind and strace with two counts,
//! where the difference is what calls cost, without the start. The pool is small: valgrind maps no more than 64 GiB.

use wasmgate_bench::{Calls, processor};

/// Rounds that are timed; the median counts.
const ROUNDS: u32 = 15;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [subject, isolation, count] = &*arguments else {
        anyhow::bail!("usage: count-calls fields=N|keys=N ISOLATION COUNT");
    };
    let count: u32 = count.parse()?;
    let before = resident()?;
    let calls = Calls::start(subject.parse()?, isolation, 2);
    calls.run(100);
    println!("resident {}", resident()? - before);
    let (faults_before, mut times) = (faults()?, Vec::new());
    for _ in 0..ROUNDS {
        let begun = processor();
        calls.run(u64::from(count / ROUNDS));
        times.push((processor() - begun) / (count / ROUNDS).max(1));
    }
    times.sort();
    println!("page-faults {}", faults()? - faults_before);
    println!("nanoseconds {}", times[times.len() / 2].as_nanos());
    Ok(())
}

/// Minor page faults of this process so far (proc(5): the tenth field of `stat`, the eighth after the name).
fn faults() -> anyhow::Result<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit_once(')').map(|(_, rest)| rest);
    let field = after_name.and_then(|rest| rest.split_whitespace().nth(7));
    Ok(field.unwrap_or_default().parse()?)
}

/// Kilobytes of memory that nobody else uses.
fn resident() -> anyhow::Result<i64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.unwrap_or_default().parse()?)
}
