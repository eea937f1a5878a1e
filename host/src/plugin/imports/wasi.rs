//! WASI 0.2 for plugins whose language brings it along: clocks and randomness, output that goes to the log, and for the
//! rest empty stand-ins without files, environment, arguments or sockets. wasi:http goes out where it is granted.

use std::{
    sync::{Arc, LazyLock},
    time::Instant,
};

use wasmtime::component::{Linker, ResourceTable};
use wasmtime_wasi::{HostMonotonicClock, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::{State, Used};
use crate::{context::Context, plugin::state::Scope};

mod outgoing;
mod output;

pub(super) use outgoing::error;

use outgoing::Outgoing;
use output::Output;

/// Resources that an instance may hold at once.
const RESOURCES: usize = 1024;
/// Random bytes that a guest gets at once.
const RANDOM: u64 = 64 * 1024;

pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)
}

/// The WASI context of one instance, made when the guest first touches it.
pub(crate) struct Wasi {
    ctx: WasiCtx,
    http: WasiHttpCtx,
    table: ResourceTable,
    output: Output,
    outgoing: Outgoing,
    /// The request of the call that uses it.
    context: Option<Arc<Context>>,
}

impl Wasi {
    pub(crate) fn new(scope: &Arc<Scope>, context: Option<&Arc<Context>>) -> Wasi {
        let output = Output::new(scope, context.cloned());
        let ctx = WasiCtx::builder()
            .stdout(output.stdout())
            .stderr(output.stderr())
            .monotonic_clock(Monotonic)
            .max_random_size(RANDOM)
            .allow_tcp(false)
            .allow_udp(false)
            .build();
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES);
        Wasi {
            ctx,
            http: WasiHttpCtx::new(),
            table,
            output,
            outgoing: Outgoing::default(),
            context: context.cloned(),
        }
    }

    /// Whether the guest holds none of its resources.
    pub(crate) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Turns to the call that runs. A reused instance comes here with another request each time.
    pub(crate) fn attend(&mut self, context: Option<&Arc<Context>>) {
        let same = match (&self.context, context) {
            (Some(old), Some(new)) => Arc::ptr_eq(old, new),
            (None, None) => true,
            _ => false,
        };
        if !same {
            self.context = context.cloned();
            self.output.begin(context.cloned());
            self.outgoing.begin();
        }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let wasi = self.wasi();
        WasiCtxView {
            ctx: &mut wasi.ctx,
            table: &mut wasi.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        self.note(Used {
            network: true,
            ..Used::default()
        });
        // The hooks cannot see the store: they get what may be spent, and tell what was.
        let spent = self.wasi().outgoing.spent();
        self.budget.fetches = self.budget.fetches.saturating_sub(spent);
        let (permit, left) = (self.reach(), self.budget.fetches);
        let wasi = self.wasi();
        wasi.outgoing.allow(permit, left);
        WasiHttpCtxView {
            hooks: &mut wasi.outgoing,
            table: &mut wasi.table,
            ctx: &mut wasi.http,
        }
    }
}

/// One clock for the process: a snapshot that remembers a time must never see it run backwards.
struct Monotonic;

impl HostMonotonicClock for Monotonic {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
        BEGIN.elapsed().as_nanos() as u64
    }
}

#[cfg(test)]
mod tests;
