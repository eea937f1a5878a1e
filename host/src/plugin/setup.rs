//! The code that `describe` and `configure` run in: instrumented, so that snapshots can be taken, and larger than what
//! serves requests. Once plugins are deployed only a refresh needs it, so where the disk keeps it memory need not.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use wasmtime::component::InstancePre;

use super::{
    cache::{Digest, Keep, Work},
    exports::Exports,
    load::{LoadError, NotAComponent},
    snapshot::{self, Impossible},
    state::State,
    workshop::Workshop,
};

const PAGE: u64 = 64 << 10;

/// A plugin's code for `configure`, there or to be loaded again.
pub(crate) struct Setup {
    component: Bytes,
    made_of: Digest,
    ready: Mutex<Option<Arc<Ready>>>,
}

/// The code, linked.
pub(crate) struct Ready {
    pub(crate) pre: InstancePre<State>,
    pub(crate) exports: Exports,
    /// Whether a snapshot can be taken of an instance.
    pub(crate) snapshots: Result<(), Impossible>,
    /// What compiling it cost.
    pub(crate) work: Work,
    on_disk: bool,
}

impl Setup {
    pub(crate) fn new(component: Bytes, made_of: Digest, ready: Arc<Ready>) -> Setup {
        Setup {
            component,
            made_of,
            ready: Mutex::new(Some(ready)),
        }
    }

    /// The code, from the disk where it was put away.
    pub(crate) async fn ready(&self, workshop: &Arc<Workshop>) -> Result<Arc<Ready>, LoadError> {
        if let Some(ready) = &*self.kept() {
            return Ok(ready.clone());
        }
        let (component, made_of) = (self.component.clone(), self.made_of);
        let shop = workshop.clone();
        let load = move || Ready::load(&component, &made_of, &shop);
        let ready = Arc::new(workshop.compiler.run(load).await??);
        *self.kept() = Some(ready.clone());
        Ok(ready)
    }

    /// Gives the memory back, where the disk has the code. Whoever runs in it goes on.
    pub(crate) fn put_away(&self) {
        let mut kept = self.kept();
        if kept.as_ref().is_some_and(|ready| ready.on_disk) {
            *kept = None;
        }
    }

    fn kept(&self) -> MutexGuard<'_, Option<Arc<Ready>>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ready {
    /// Loads or compiles a component, on a thread of the compiler's. `made_of` is what functions are shared by.
    pub(crate) fn load(
        component: &[u8],
        made_of: &Digest,
        workshop: &Workshop,
    ) -> Result<Ready, LoadError> {
        let machine = &workshop.engines.setup;
        let cache = &workshop.cache;
        let instrumented = || snapshot::instrument(component).map(Cow::Owned);
        let (code, snapshots) =
            match cache.made(component, ".instrumented", made_of, machine, instrumented) {
                Ok(code) => (code, Ok(())),
                Err(impossible) => {
                    let code = cache.component(component, made_of, Keep::Whole, machine);
                    (code.map_err(invalid)?, Err(impossible))
                }
            };
        let pre = machine.link(&code.component);
        let pre = pre.map_err(|error| LoadError::Import(format!("{error:#}")))?;
        let exports = Exports::probe(&pre);
        Ok(Ready {
            exports: exports.map_err(|error| LoadError::Contract(format!("{error:#}")))?,
            pre,
            snapshots,
            work: code.work,
            on_disk: code.on_disk,
        })
    }

    /// Bytes of linear memory that an instance begins with.
    pub(crate) fn memory(&self) -> usize {
        let needs = self.pre.component().resources_required();
        let pages = needs.and_then(|needs| needs.max_initial_memory_size);
        usize::try_from(pages.unwrap_or(0).saturating_mul(PAGE)).unwrap_or(usize::MAX)
    }
}

fn invalid(error: wasmtime::Error) -> NotAComponent {
    NotAComponent::Invalid(format!("{error:#}"))
}
