//! What one call of a plugin costs, with all limits, statistics and imports on.

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use wasmgate_bench::{Calls, Subject};

fn calls(criterion: &mut Criterion) {
    let subjects = [
        ("1 field", Subject::Fields(1)),
        ("12 fields", Subject::Fields(12)),
        ("10 keys", Subject::Keys(10)),
        ("1000000 keys", Subject::Keys(1_000_000)),
        ("10 claims, RS256", Subject::Claims(10)),
    ];
    for isolation in ["reuse", "request"] {
        for (name, subject) in subjects {
            let calls = Calls::start(subject, isolation, 64);
            criterion.bench_function(&format!("{isolation}/{name}"), |bencher| {
                bencher.iter_custom(|count| time(|| calls.run(count)));
            });
        }
    }
}

fn time(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

criterion_group!(benches, calls);
criterion_main!(benches);
