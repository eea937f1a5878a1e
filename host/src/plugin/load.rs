//! Loads a plugin: its bytes become a component that is checked, linked for `configure`, and has described itself.

use std::{
    path::Path,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;

use super::{
    Hook,
    cache::{Digest, Work},
    exports::Guests,
    fault, instance,
    script::{self, NotAScript, Script},
    setup::{Ready, Setup},
    snapshot::Impossible,
    state::{Phase, Scope, State},
    ticker::ticking,
    workshop::Workshop,
};
use crate::config::{PluginPolicy, Schema};

mod describe;
mod encode;
mod flatten;
mod merge;
mod surface;
mod typed;

pub(crate) use describe::Description;
pub(crate) use encode::{NotAComponent, made};

use describe::BadDescription;
use surface::{Misfit, Surface};

/// Bytes of what `describe` may return.
const MOST_DESCRIBED: usize = 256 << 10;

/// A plugin's file.
pub(crate) enum File {
    Wasm(Bytes),
    Script(Bytes),
}

/// A plugin that is ready for `configure`.
pub(crate) struct Plugin {
    pub(crate) name: Arc<str>,
    /// Of the file.
    pub(crate) digest: Digest,
    /// Of what is compiled: all scripts are one component.
    pub(crate) made_of: Digest,
    /// Bytes of the file.
    pub(crate) size: usize,
    /// The component, made of the file where that is a core module.
    pub(crate) component: Bytes,
    pub(crate) script: Option<Arc<Script>>,
    pub(crate) description: Description,
    /// What one entry has to look like, where the plugin says so.
    pub(crate) schema: Option<Schema>,
    pub(crate) hooks: Vec<Hook>,
    /// Whether a snapshot can be taken of an instance of `setup`.
    pub(crate) snapshots: Result<(), Impossible>,
    pub(crate) setup: Setup,
    /// Whether it imports anything that makes a call wait.
    pub(crate) waits: bool,
    /// Whether the file is a core module.
    pub(crate) module: bool,
    /// What compiling it for `configure` cost.
    pub(crate) work: Work,
    /// Bytes of linear memory that every instance begins with.
    pub(crate) memory: usize,
    /// The interfaces that it imports.
    pub(crate) imports: Vec<String>,
}

/// Why a file is not a plugin that can be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error(transparent)]
    NotAComponent(#[from] NotAComponent),
    #[error(transparent)]
    NotAScript(#[from] NotAScript),
    /// In the words of its engine.
    #[error("{0}")]
    Script(String),
    #[error(transparent)]
    Misfit(#[from] Misfit),
    #[error("imports what this gateway does not offer: {0}")]
    Import(String),
    #[error("does not fit the contract: {0}")]
    Contract(String),
    #[error("`describe` failed: {0}")]
    DescribeFailed(super::Fault),
    #[error(transparent)]
    BadDescription(#[from] BadDescription),
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    #[error(transparent)]
    Panicked(#[from] super::compiler::Panicked),
}

/// What the operator's settings keep a plugin from.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotPermitted {
    #[error(
        "needs the capability `{capability}`, which it was not granted: see `plugins.settings.{plugin}.grant.{capability}`"
    )]
    Capability {
        plugin: Arc<str>,
        capability: &'static str,
    },
    #[error(
        "begins with {needed} bytes of memory and may have {limit}: see `plugins.settings.{plugin}.limits.memory`"
    )]
    Memory {
        plugin: Arc<str>,
        needed: usize,
        limit: usize,
    },
    #[error(
        "may not be given {limit} bytes of memory: `plugins.settings.{plugin}.limits.memory` ends at {most}"
    )]
    TooMuchMemory {
        plugin: Arc<str>,
        limit: usize,
        most: usize,
    },
}

/// Loads a plugin from a file's bytes.
pub(crate) async fn load(
    name: &Arc<str>,
    file: File,
    policy: &PluginPolicy,
    workshop: &Arc<Workshop>,
) -> Result<Plugin, LoadError> {
    let (digest, size) = (Digest::of(file.bytes()), file.bytes().len());
    let (bytes, script) = file.split(name)?;
    let made_of = match script {
        Some(_) => Digest::of(&bytes),
        None => digest,
    };
    let made = {
        let workshop = workshop.clone();
        let compiler = workshop.compiler.clone();
        compiler
            .run(move || Made::of(&bytes, &made_of, &workshop))
            .await??
    };
    made.surface.warn(name);
    let memory = made.ready.memory();
    permit_memory(name, memory, policy)?;
    let description = describe(&made, scope(name, &script, policy, workshop)).await?;
    let schema = description.schema()?;
    let hooks = match script {
        Some(_) => description.hooks(),
        None => made.surface.hooks(),
    };
    let plugin = Plugin {
        name: name.clone(),
        digest,
        made_of,
        size,
        script,
        schema,
        snapshots: made.ready.snapshots.clone(),
        work: made.ready.work,
        setup: Setup::new(made.component.clone(), made_of, made.ready),
        component: made.component,
        hooks,
        waits: made.surface.waits(),
        imports: made.surface.imports,
        module: made.module,
        memory,
        description,
    };
    plugin.compare_hooks();
    plugin.permit(policy)?;
    Ok(plugin)
}

/// What an instance has that is only asked to describe itself.
fn scope(
    name: &Arc<str>,
    script: &Option<Arc<Script>>,
    policy: &PluginPolicy,
    workshop: &Workshop,
) -> Arc<Scope> {
    Arc::new(Scope {
        plugin: name.clone(),
        script: script.clone(),
        policy: policy.clone(),
        services: workshop.services.clone(),
        kv: OnceLock::new(),
        vault: None,
    })
}

/// WebAssembly, and the script that is to run in it.
type Parts = (Bytes, Option<Arc<Script>>);

impl File {
    /// A file with these bytes, which its name says the kind of.
    pub(crate) fn of(path: &Path, bytes: Vec<u8>) -> File {
        match script::is_script(path) {
            true => File::Script(bytes.into()),
            false => File::Wasm(bytes.into()),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            File::Wasm(bytes) | File::Script(bytes) => bytes,
        }
    }

    fn split(self, name: &str) -> Result<Parts, LoadError> {
        match self {
            File::Wasm(bytes) => Ok((bytes, None)),
            File::Script(bytes) => {
                let script = Script::read(name, bytes.into())?;
                Ok((
                    Bytes::from_static(script::engine()?),
                    Some(Arc::new(script)),
                ))
            }
        }
    }
}

impl Plugin {
    /// Whether the operator's settings let it run.
    pub(crate) fn permit(&self, policy: &PluginPolicy) -> Result<(), NotPermitted> {
        permit_memory(&self.name, self.memory, policy)?;
        let missing = self
            .description
            .capabilities
            .iter()
            .find(|capability| !capability.granted(&policy.grants));
        match missing {
            Some(capability) => Err(NotPermitted::Capability {
                plugin: self.name.clone(),
                capability: capability.name(),
            }),
            None => Ok(()),
        }
    }

    /// Says where the plugin describes itself as something else than it is.
    fn compare_hooks(&self) {
        let said = &self.description.hooks;
        let exported = |name: &String| self.hooks.iter().any(|hook| hook.name() == name);
        if said.len() != self.hooks.len() || !said.iter().all(exported) {
            let exported: Vec<_> = self.hooks.iter().map(|hook| hook.name()).collect();
            tracing::warn!(
                plugin = &*self.name,
                said = said.join(","),
                exported = exported.join(","),
                "describes other hooks than it exports: the exports count"
            );
        }
    }
}

fn permit_memory(
    plugin: &Arc<str>,
    needed: usize,
    policy: &PluginPolicy,
) -> Result<(), NotPermitted> {
    let plugin = plugin.clone();
    let limit = policy.limits.memory;
    let most = super::engine::MOST_MEMORY;
    if limit > most {
        return Err(NotPermitted::TooMuchMemory {
            plugin,
            limit,
            most,
        });
    }
    match needed > limit {
        true => Err(NotPermitted::Memory {
            plugin,
            needed,
            limit,
        }),
        false => Ok(()),
    }
}

/// What a thread of the compiler's makes of a file.
struct Made {
    component: Bytes,
    surface: Surface,
    ready: Arc<Ready>,
    module: bool,
}

impl Made {
    fn of(bytes: &[u8], digest: &Digest, workshop: &Workshop) -> Result<Made, LoadError> {
        let component = encode::component(bytes)?;
        let surface = Surface::read(&component)?;
        surface.check()?;
        let ready = Ready::load(&component, digest, workshop)?;
        Ok(Made {
            surface,
            ready: Arc::new(ready),
            module: encode::is_module(bytes),
            // As large as it is: it stays.
            component: component.into_boxed_slice().into(),
        })
    }
}

/// Asks the plugin what it is, in an instance that is thrown away.
async fn describe(made: &Made, scope: Arc<Scope>) -> Result<Description, LoadError> {
    let cpu = scope.policy.limits.configure;
    let Ready { pre, exports, .. } = &*made.ready;
    let mut store = instance::store(pre.engine(), State::new(scope, Phase::Describing));
    store.data_mut().clock.wind(cpu, None);
    store.set_hostcall_fuel(MOST_DESCRIBED);
    let told = async {
        let instance = pre.instantiate_async(&mut store).await?;
        exports.check(&mut store, &instance)?;
        let guest = Guests::new(instance).setup(exports, &mut store)?;
        guest.call_describe(&mut store).await
    };
    match ticking(told).await {
        Ok(text) => Ok(Description::parse(&text)?),
        Err(error) => Err(undescribed(&error, store.data())),
    }
}

/// Why there is no description. What an engine says last is what is wrong with its script.
fn undescribed(error: &wasmtime::Error, state: &State) -> LoadError {
    let words = String::from_utf8_lossy(&state.last_words);
    match (&state.scope.script, fault::classify(error, state)) {
        (Some(_), super::Fault::Trapped(_)) if !words.is_empty() => {
            LoadError::Script(words.trim_end_matches('\0').to_owned())
        }
        (_, fault) => LoadError::DescribeFailed(fault),
    }
}
