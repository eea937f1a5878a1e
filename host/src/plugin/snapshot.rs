//! Takes a snapshot: a component whose memory is what `configure` left, so that every instance begins there.

use wasmparser::{BinaryReaderError, Operator, Parser, Payload};
use wasmtime::{
    Store,
    component::{ComponentNamedList, Instance, Lift, WasmList},
};
use wasmtime_wizer::{ComponentInstanceState, Wizer};

use super::{cache::Keep, compiler::Panicked, limits::Memory, state::State};

mod lean;

pub(crate) use lean::lean;

/// Memory that reading takes on top of what the plugin has: the reader grows each memory by a page, twice.
const READERS_MEMORY: usize = 1 << 20;

/// Why there can be no snapshot.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Impossible(String);

impl From<wasmtime::Error> for Impossible {
    fn from(error: wasmtime::Error) -> Impossible {
        Impossible(format!("{error:#}"))
    }
}

impl From<Panicked> for Impossible {
    fn from(panicked: Panicked) -> Impossible {
        Impossible(panicked.to_string())
    }
}

/// The component with exports through which its memory and globals can be read. Long work.
pub(crate) fn instrument(component: &[u8]) -> Result<Vec<u8>, Impossible> {
    let instrumented = wizer().instrument_component(component);
    let (_, instrumented) = instrumented?;
    Ok(instrumented)
}

/// The component with the memory and globals of an instance of its instrumented self. Long work, and it may panic: the
/// reader's library does on what it did not foresee.
pub(crate) fn take(
    component: &[u8],
    store: &mut Store<State>,
    instance: Instance,
) -> Result<Vec<u8>, Impossible> {
    let wizer = wizer();
    // Instrumenting is quick beside compiling what comes of it, and its notes borrow from the component.
    let (notes, _) = wizer.instrument_component(component)?;
    let limit = store.data().scope.policy.limits.memory;
    let state = store.data_mut();
    state.memory = Memory::new(limit.saturating_add(READERS_MEMORY));
    store.set_hostcall_fuel(usize::MAX);
    let mut reader = Reader {
        store,
        instance,
        failure: None,
    };
    let taken = ready(wizer.snapshot_component(&notes, &mut reader));
    match reader.failure {
        Some(error) => Err(error.into()),
        None => Ok(taken?),
    }
}

/// What may be kept of a private snapshot: a global, which is part of the code, could hold a secret as memory can.
pub(crate) fn keep(component: &[u8], snapshot: &[u8]) -> Keep {
    match (globals(component), globals(snapshot)) {
        (Ok(before), Ok(after)) if before == after => Keep::Code,
        _ => Keep::Functions,
    }
}

/// How the globals of all modules begin.
fn globals(component: &[u8]) -> Result<Vec<Operator<'_>>, BinaryReaderError> {
    let mut globals = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        let Payload::GlobalSection(section) = payload? else {
            continue;
        };
        for global in section {
            let operators = global?.init_expr.get_operators_reader();
            globals.extend(operators.into_iter().collect::<Result<Vec<_>, _>>()?);
        }
    }
    Ok(globals)
}

fn wizer() -> Wizer {
    let mut wizer = Wizer::new();
    // Taking `configure` out would leave a component that is not valid (wasmtime #13186). Nobody calls it again.
    wizer.keep_init_func(true);
    wizer
}

/// Drives a future that has nothing to wait for but the turns of the guest's clock.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// Reads the state of an instance. A failure is kept, and what was read is then worth nothing.
struct Reader<'a> {
    store: &'a mut Store<State>,
    instance: Instance,
    failure: Option<wasmtime::Error>,
}

impl Reader<'_> {
    async fn read<T: Lift + Send + Sync + 'static>(
        &mut self,
        name: &str,
        function: &str,
    ) -> Option<T>
    where
        (T,): ComponentNamedList,
    {
        match self.call(name, function).await {
            Ok(value) => Some(value),
            Err(error) => {
                self.failure.get_or_insert(error);
                None
            }
        }
    }

    async fn call<T: Lift + Send + Sync + 'static>(
        &mut self,
        name: &str,
        function: &str,
    ) -> wasmtime::Result<T>
    where
        (T,): ComponentNamedList,
    {
        let missing = || wasmtime::format_err!("no export `{name}`.`{function}`");
        let Reader {
            store, instance, ..
        } = self;
        let (_, outer) = instance
            .get_export(&mut **store, None, name)
            .ok_or_else(missing)?;
        let (_, inner) = instance
            .get_export(&mut **store, Some(&outer), function)
            .ok_or_else(missing)?;
        let function = instance.get_typed_func::<(), (T,)>(&mut **store, inner)?;
        let (value,) = function.call_async(&mut **store, ()).await?;
        Ok(value)
    }
}

impl ComponentInstanceState for Reader<'_> {
    async fn call_func_ret_list_u8(
        &mut self,
        instance: &str,
        func: &str,
        contents: impl FnOnce(&[u8]) + Send,
    ) {
        match self.read::<WasmList<u8>>(instance, func).await {
            Some(list) => contents(list.as_le_slice(&*self.store)),
            None => contents(&[]),
        }
    }

    async fn call_func_ret_s32(&mut self, instance: &str, func: &str) -> i32 {
        self.read(instance, func).await.unwrap_or_default()
    }

    async fn call_func_ret_s64(&mut self, instance: &str, func: &str) -> i64 {
        self.read(instance, func).await.unwrap_or_default()
    }

    async fn call_func_ret_f32(&mut self, instance: &str, func: &str) -> u32 {
        let value: f32 = self.read(instance, func).await.unwrap_or_default();
        value.to_bits()
    }

    async fn call_func_ret_f64(&mut self, instance: &str, func: &str) -> u64 {
        let value: f64 = self.read(instance, func).await.unwrap_or_default();
        value.to_bits()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_global_that_changed_is_not_kept() {
        let component = |value: &str| {
            let module = format!(
                "(core module (global (mut i32) (i32.const 7)) (global i64 (i64.const {value})))"
            );
            wat::parse_str(format!("(component (core module) {module})")).unwrap()
        };
        let before = component("1");
        assert_eq!(keep(&before, &component("1")), Keep::Code);
        assert_eq!(keep(&before, &component("2")), Keep::Functions);
        assert_eq!(keep(&before, b"no component"), Keep::Functions);
    }
}
