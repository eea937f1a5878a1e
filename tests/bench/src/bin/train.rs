//! Sends a gateway the load of each row of `make bench`, for `make release`: what runs then is what its code is laid out by.

use std::time::Duration;

use wasmgate_bench::compare::{Product, Side, contender::World, open_files, rows};

/// How long each load lasts.
const TIME: Duration = Duration::from_millis(700);

fn main() -> anyhow::Result<()> {
    open_files()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let world = World::start().await;
        let mut done = Vec::new();
        for row in rows::rows() {
            let load = format!("{:?} {:?}", row.ours, row.load);
            if row.ours.product != Product::Wasmgate || done.contains(&load) {
                continue;
            }
            println!("{}", row.name);
            let mut side = Side::start(&row.ours, row.load, &world).await;
            side.processor(TIME).await;
            side.end();
            done.push(load);
        }
    });
    Ok(())
}
