//! What one call of a plugin costs, with all limits, statistics and imports on.

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use wasmgate_bench::Calls;

fn calls(criterion: &mut Criterion) {
    for isolation in ["reuse", "request"] {
        for fields in [1, 12] {
            let calls = Calls::start(isolation, fields, 64);
            criterion.bench_function(&format!("{isolation}/{fields} fields"), |bencher| {
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
