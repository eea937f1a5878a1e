//! What is measured of wasmgate alone: its calls beside a request through nginx, start, memory, swaps.

use std::time::Duration;

use tokio::runtime::Runtime;
use wasmgate_tests::guest;

use super::{
    contender::{Contender, Product, Work, World},
    load::{Clients, Load},
    measure::{Outcome, Rounds, Side, median},
    process::Process,
};
use crate::{Calls, Subject, processor};

/// A figure that is no ratio.
#[derive(Clone, Debug)]
pub struct Figure {
    pub name: &'static str,
    pub value: f64,
    pub unit: &'static str,
    pub at_most: f64,
}

const LOAD: Load = Load::of(32);
/// Calls of a round.
const CALLS: u32 = 5_000;

/// One call of a small plugin, as part of what nginx needs to proxy one request.
pub fn calls(
    isolation: &str,
    at_most: f64,
    rounds: Rounds,
    runtime: &Runtime,
    world: &World,
) -> Outcome {
    let calls = Calls::start(Subject::Fields(1), isolation, 64);
    calls.run(1_000);
    let nginx = Contender::new(Product::Nginx);
    let mut nginx = runtime.block_on(Side::start(&nginx, LOAD, world));
    let pairs = (0..rounds.count).map(|_| {
        let begun = processor();
        calls.run(u64::from(CALLS));
        let call = (processor() - begun).as_secs_f64() * 1e6 / f64::from(CALLS);
        (call, runtime.block_on(nginx.processor(rounds.time)))
    });
    let name = format!("one call ({isolation}), a request through nginx");
    Outcome::of(name, pairs.collect(), Some(at_most))
}

/// From the start of the process to its first answer, with five built-in plugins whose code is on disk.
pub async fn start(count: usize, world: &World) -> Figure {
    let five = Contender::new(Product::Wasmgate)
        .doing(Work::Builtin)
        .pristine();
    drop(five.start(world).await);
    let mut times = Vec::new();
    for _ in 0..count {
        let gateway = five.start(world).await;
        times.push(gateway.first.as_secs_f64() * 1e3);
    }
    Figure {
        name: "start to first answer, five built-in plugins, code on disk",
        value: median(times.into_iter()),
        unit: "ms",
        at_most: 100.0,
    }
}

/// What it holds when nobody asks, with five built-in plugins.
pub async fn memory(world: &World) -> Figure {
    let five = Contender::new(Product::Wasmgate)
        .doing(Work::Builtin)
        .pristine();
    // What compiling has left in memory is not what a start with code on disk has.
    drop(five.start(world).await);
    let gateway = five.start(world).await;
    Clients::connect(&gateway, &five, LOAD, world)
        .await
        .ask_once()
        .await;
    Figure {
        name: "memory, idle, five built-in plugins",
        value: gateway.process.memory() as f64 / f64::from(1 << 20),
        unit: "MiB",
        at_most: 40.0,
    }
}

/// A plugin is replaced every second, or as soon as the last one serves, while requests keep coming. One that fails ends
/// the measurement, so none have.
pub async fn swaps(seconds: u64, world: &World) -> Figure {
    let chain = Contender::new(Product::Wasmgate)
        .doing(Work::Chain(1))
        .without_log();
    let gateway = chain.start(world).await;
    let mut clients = Clients::connect(&gateway, &chain, LOAD, world).await;
    let asked = tokio::spawn(async move { clients.ask_for(Duration::from_secs(seconds)).await });
    let mut every = tokio::time::interval(Duration::from_secs(1));
    let mut written = 0;
    while !asked.is_finished() {
        every.tick().await;
        if swapped(&gateway.process) == usize::from(written) {
            written += 1;
            let directory = gateway.process.directory();
            directory.write("plugins/reads-headers.wasm", another(written));
        }
    }
    let (count, swaps) = (asked.await.unwrap(), swapped(&gateway.process));
    assert!(swaps > 1, "nothing was swapped");
    println!("{count} requests, {swaps} swaps in {seconds} s");
    Figure {
        name: "failed requests, a plugin swapped every second under full load",
        value: 0.0,
        unit: "",
        at_most: 0.0,
    }
}

fn swapped(process: &Process) -> usize {
    let said = process.said();
    let lines = said.lines();
    lines
        .filter(|line| line.contains(r#""message":"swapped""#))
        .count()
}

/// The same plugin in another file: a section that nobody reads.
fn another(number: u8) -> Vec<u8> {
    let mut wasm = guest("reads_headers");
    wasm.extend([0, 3, 1, b'n', number]);
    wasm
}
