//! Page faults of the worker's thread, by the kernel's count: valgrind's memory is not what a gateway has.

use wasmgate_tests::{Gateway, Upstream};

use crate::paths::{self, Client, Path};

/// Requests before a path is counted: more than its pages take to be there.
const WARM: usize = 100;
/// Calls at once, as gateways have it unless they are told otherwise.
const POOL: usize = 256;
/// Requests that are counted.
const COUNTED: u32 = 300;

/// Page faults of one request of each path.
pub(crate) async fn of(paths: &[Path], upstream: &Upstream) -> Vec<f64> {
    let gateway = paths::setup(paths, POOL).start().await;
    let mut client = Client::of(&gateway).await;
    let mut faults = Vec::new();
    for path in paths {
        client.ask(path, WARM).await;
        let before = so_far(&gateway);
        client.ask(path, COUNTED as usize).await;
        faults.push(f64::from(so_far(&gateway) - before) / f64::from(COUNTED));
        upstream.take();
    }
    faults
}

/// Those that needed no disk (proc(5): the tenth field of `stat`, the eighth after the name).
fn so_far(gateway: &Gateway) -> u32 {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", gateway.process_id())).unwrap();
    let worker = tasks.map(|task| task.unwrap().path()).find(|task| {
        std::fs::read_to_string(task.join("comm")).is_ok_and(|name| name.starts_with("worker-"))
    });
    let stat = std::fs::read_to_string(worker.unwrap().join("stat")).unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    after_name
        .split_whitespace()
        .nth(7)
        .unwrap()
        .parse()
        .unwrap()
}
