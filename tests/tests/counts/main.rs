//! A guard against slow decay: what a request and a call take, counted, and held against `tests/cases/counts.txt`.
//!
//! Instructions, allocations and system calls are callgrind's, of the worker's thread alone; page faults are the
//! kernel's. One gateway answers all of it on one connection, one request after the other, so that nothing depends on
//! how fast the machine is. `make counts RENEW=yes` writes what is expected anew.
#![expect(clippy::unwrap_used, reason = "tests")]

mod callgrind;
mod faults;
mod paths;
mod profile;
mod table;

use wasmgate_tests::Upstream;

use callgrind::Callgrind;
use paths::{Client, Path};
use table::{Row, Table};

/// Requests before a path is counted, in which buffers grow and instances are made.
const WARM: usize = 20;
/// Requests that are counted.
const COUNTED: usize = 100;
/// Calls at once: valgrind maps 64 GiB at most.
const SMALL_POOL: usize = 4;

#[tokio::test]
async fn requests_and_calls_take_no_more_than_they_did() {
    let upstream = Upstream::start().await;
    let paths = paths::all(&upstream);
    let mut rows = counted(&paths, &upstream).await;
    let faults = faults::of(&paths, &upstream).await;
    for (row, faults) in rows.iter_mut().zip(faults) {
        row.counts.page_faults = faults;
    }
    let (requests, calls) = rows.split_at_mut(paths::REQUESTS);
    for call in calls {
        call.counts = call.counts - requests[paths::BARE].counts;
    }
    Table::of(rows).hold("counts.txt");
}

/// What one request of each path takes on the worker's thread.
async fn counted(paths: &[Path], upstream: &Upstream) -> Vec<Row> {
    let callgrind = Callgrind::start(paths::setup(paths, SMALL_POOL)).await;
    let mut client = Client::of(&callgrind.gateway).await;
    let mut rows = Vec::new();
    for path in paths {
        client.ask(path, WARM).await;
        let since = callgrind.forget().await;
        client.ask(path, COUNTED).await;
        let counts = callgrind.counts(since, COUNTED, &path.file()).await;
        rows.push(Row::new(path.name, counts));
        upstream.take();
    }
    rows
}
