//! The two engines: `request` serves out of a pool, `setup` runs `describe` and `configure`, where code has to be there
//! soon rather than to be fast. What belongs to one never meets a store of the other.

use std::sync::Arc;

use wasmtime::{
    CacheStore, Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel,
    PoolingAllocationConfig, RegallocAlgorithm, WasmBacktraceDetails, WasmFeatures,
    component::{Component, InstancePre, Linker},
};

use super::{imports, state::State, ticker};

/// Linear memory that any plugin may be granted at most: every slot of the pool is reserved for as much.
pub(crate) const MOST_MEMORY: usize = 1 << 30;
/// Bytes up to which a snapshot's memory is one image, zeros between included.
pub(crate) const LARGEST_IMAGE: u64 = 128 << 20;
/// Core instances of one component, and tables; and its memories.
const MOST_PARTS: u32 = 16;
const MOST_MEMORIES: u32 = 4;
/// Where the address space is short, the pool shrinks down to this, and no further.
const LEAST_POOL: u32 = 8;

/// Both engines, with everything linked that a plugin may import.
pub(crate) struct Engines {
    pub(crate) request: Machine,
    pub(crate) setup: Machine,
    /// Calls that the pool has room for at once.
    pub(crate) pool: usize,
}

/// An engine, how to compile for it, and what its components may import.
pub(crate) struct Machine {
    pub(crate) engine: Engine,
    compiling: Config,
    linker: Linker<State>,
}

impl Engines {
    /// Starts both engines and what counts their time. `functions` keeps the code of single functions.
    pub(crate) fn start(pool: usize, functions: Arc<dyn CacheStore>) -> wasmtime::Result<Engines> {
        let wanted = u32::try_from(pool).unwrap_or(u32::MAX).max(1);
        let compiling = request(functions)?;
        let (pooled, slots) = pooled(wanted, compiling.clone())?;
        let request = Machine::new(pooled, compiling)?;
        let setup = Machine::new(Engine::new(&setup())?, setup())?;
        ticker::tend([request.engine.weak(), setup.engine.weak()])?;
        Ok(Engines {
            request,
            setup,
            pool: slots as usize,
        })
    }
}

impl Machine {
    /// `compiling` gives the same code and needs no pool.
    pub(crate) fn new(engine: Engine, compiling: Config) -> wasmtime::Result<Machine> {
        let mut linker = Linker::new(&engine);
        imports::add_to_linker(&mut linker)?;
        Ok(Machine {
            engine,
            compiling,
            linker,
        })
    }

    /// A component's code, to be loaded into this engine.
    ///
    /// Another engine compiles it: Cranelift 0.135 does not clear the exception tables of what it compiled before
    /// (`DataFlowGraph::clear`), and they are part of what functions are kept by, which would then depend on history.
    pub(crate) fn compile(&self, component: &[u8]) -> wasmtime::Result<Vec<u8>> {
        Engine::new(&self.compiling)?.precompile_component(component)
    }

    /// Finds every import of a component; the error names one that is not there.
    pub(crate) fn link(&self, component: &Component) -> wasmtime::Result<InstancePre<State>> {
        self.linker.instantiate_pre(component)
    }
}

/// An engine whose pool has room for so many calls, or for fewer where the address space does not suffice.
fn pooled(wanted: u32, mut config: Config) -> wasmtime::Result<(Engine, u32)> {
    let mut calls = wanted;
    loop {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(slots(calls)));
        match Engine::new(&config) {
            Ok(engine) => {
                if calls < wanted {
                    tracing::warn!(
                        pool = calls,
                        wanted,
                        "too little address space for the pool: it is smaller; see `ulimit -v`"
                    );
                }
                return Ok((engine, calls));
            }
            Err(error) if calls <= LEAST_POOL => return Err(error),
            Err(_) => calls = (calls / 2).max(LEAST_POOL),
        }
    }
}

/// Slots for so many calls at once. A component of one module is three to five core instances; there is room for one of the
/// largest beside.
fn slots(calls: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls)
        .total_core_instances(calls.saturating_mul(5).saturating_add(MOST_PARTS))
        .total_memories(calls.saturating_mul(2).saturating_add(MOST_MEMORIES))
        .total_tables(calls.saturating_mul(3).saturating_add(MOST_PARTS))
        .total_stacks(calls)
        .max_core_instances_per_component(MOST_PARTS)
        .max_memories_per_component(MOST_MEMORIES)
        .max_tables_per_component(MOST_PARTS)
        .max_tables_per_module(4)
        .max_component_instance_size(4 << 20)
        .max_core_instance_size(4 << 20)
        .max_memory_size(MOST_MEMORY)
        // The runtimes of JavaScript and Python have tables of tens of thousands.
        .table_elements(100_000)
        // Wiping what a small plugin touches is cheaper than giving it back to the kernel and faulting it in again.
        .linear_memory_keep_resident(512 << 10)
        .table_keep_resident(64 << 10)
        .async_stack_keep_resident(8 << 10)
        .max_unused_warm_slots(64)
        // A slot is there for the next call at once. In a batch it would wait for others, though what a call leaves is
        // mostly wiped and nothing is given back; the next plugin would take a slot that holds another's image.
        .decommit_batch_size(1)
        .pagemap_scan(pagemap_scan());
    pool
}

/// Wiping only the pages that were written misses those that were swapped out (wasmtime #14357), which the next guest
/// could then read. So this is for machines without swap.
fn pagemap_scan() -> Enabled {
    match swap_is_impossible() {
        true => Enabled::Auto,
        false => Enabled::No,
    }
}

fn swap_is_impossible() -> bool {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let Some(swaps) = read("/proc/swaps") else {
        return false;
    };
    let none_now = swaps.lines().count() <= 1;
    let group = read("/proc/self/cgroup").unwrap_or_default();
    let group = group.lines().find_map(|line| line.strip_prefix("0::"));
    let limit = group.and_then(|path| read(&format!("/sys/fs/cgroup{path}/memory.swap.max")));
    none_now && limit.is_none_or(|limit| limit.trim() == "0")
}

/// Code for requests: compiled well, and its functions kept.
fn request(functions: Arc<dyn CacheStore>) -> wasmtime::Result<Config> {
    let mut config = common();
    config
        .cranelift_opt_level(OptLevel::Speed)
        .enable_incremental_compilation(functions)?;
    Ok(config)
}

/// Code for `configure`: compiled quickly, instances allocated one by one.
fn setup() -> Config {
    let mut config = common();
    config
        .cranelift_opt_level(OptLevel::None)
        .cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass)
        // The snapshot's reader sees every memory of a component at once.
        .wasm_multi_memory(true);
    config
}

/// What both engines have in common: deadlines, and nothing on that plugins do not need.
fn common() -> Config {
    let mut config = Config::new();
    let unneeded = WasmFeatures::MEMORY64
        | WasmFeatures::MULTI_MEMORY
        | WasmFeatures::RELAXED_SIMD
        | WasmFeatures::CUSTOM_PAGE_SIZES
        | WasmFeatures::STACK_SWITCHING
        | WasmFeatures::WIDE_ARITHMETIC;
    config
        .wasm_features(unneeded, false)
        .concurrency_support(false)
        .epoch_interruption(true)
        .memory_init_cow(true)
        .memory_guaranteed_dense_image_size(LARGEST_IMAGE)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        // An attacker chooses how often a plugin traps: a trap must not cost much.
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(8))
        .parallel_compilation(true);
    config
}
