//! Runs `configure` with all entries of a group, and makes the image that requests are served from.
//!
//! instance → `configure` → its answer, read strictly → snapshot → code → image. Whatever fails leaves what serves now as
//! it is.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use bytes::Bytes;
use wasmtime::{
    Store,
    component::{Component, Instance},
};

use super::{
    Fault,
    cache::{Code, Digest, Keep, Work},
    call::Account,
    exports::Guests,
    fault,
    image::Image,
    imports::{Vault, VaultBuilder},
    instance,
    load::{LoadError, NotPermitted, Plugin},
    setup::Ready,
    snapshot::{self, Impossible},
    state::{Phase, Scope, State},
    ticker::ticking,
    workshop::Workshop,
};
use crate::config::PluginPolicy;

mod answer;
mod build;
pub(crate) mod entry;

pub(crate) use answer::Mistake;
pub(crate) use build::Report;

use answer::{Answer, BadAnswer};
use build::Draft;

/// Time that `configure` may take in all, waiting for the network included.
const WALL: Duration = Duration::from_secs(30);
/// Bytes that `configure` may hand over at once: its answer, or a portion of a table.
const MOST_HANDED_OVER: usize = 64 << 20;

/// What a group of attachments gives to its plugin.
#[derive(Clone, Debug)]
pub(crate) struct Entries {
    /// Each a JSON text.
    pub(crate) texts: Vec<String>,
    /// The files that they name, by number.
    pub(crate) assets: Vec<Bytes>,
    /// Whether they hold what must not lie on a disk.
    pub(crate) secret: bool,
}

/// An image, and what is known of how it came to be.
pub(crate) struct Configured {
    pub(crate) image: Arc<Image>,
    /// After which time `configure` wants to run again.
    pub(crate) refresh: Option<Duration>,
    /// What the code was made from, so that the same need not be compiled twice.
    pub(crate) code: Digest,
    pub(crate) report: Report,
}

/// Why there is no image.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unconfigured {
    #[error("refuses its configuration")]
    Refused(Vec<Mistake>),
    #[error("`configure` failed: {0}")]
    Failed(Fault),
    #[error("`configure` took longer than {WALL:?}")]
    TimedOut,
    #[error(
        "`configure` leaves a resource of the host open, such as a stream; nothing but memory lasts, so it has to close all"
    )]
    KeepsResources,
    #[error(transparent)]
    BadAnswer(#[from] BadAnswer),
    #[error("a grant is not valid: {0}")]
    Grant(#[from] super::imports::InvalidGrant),
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    #[error("leaves {needed} bytes of memory and may have {limit}")]
    Memory { needed: usize, limit: usize },
    #[error("cannot be compiled: {0}")]
    Compile(String),
    #[error(transparent)]
    NotLoaded(#[from] LoadError),
    #[error(transparent)]
    Panicked(#[from] super::compiler::Panicked),
}

/// Configures a plugin. `before` is the image that would be replaced: the same code is not compiled again.
pub(crate) async fn configure(
    plugin: &Arc<Plugin>,
    entries: &Entries,
    policy: &PluginPolicy,
    account: &Arc<Account>,
    before: Option<(Digest, Component)>,
    workshop: &Arc<Workshop>,
) -> Result<Configured, Unconfigured> {
    plugin.permit(policy)?;
    let left = run(plugin, entries, policy, workshop).await?;
    let (wasm, no_snapshot) = match left.snapshot {
        Ok(wasm) => (Bytes::from(wasm), None),
        Err(impossible) => (plugin.component.clone(), Some(impossible)),
    };
    let keep = match no_snapshot {
        Some(_) => Keep::Whole,
        None if entries.secret || left.vault.used().any() => {
            snapshot::keep(&plugin.component, &wasm)
        }
        None => Keep::Code,
    };
    let code = Digest::of(&wasm);
    let (component, work) = match before {
        Some((same, component)) if same == code => (component, Work::default()),
        _ => {
            let made = compile(wasm, plugin, keep, no_snapshot.is_none(), workshop).await?;
            (made.component, made.work)
        }
    };
    let draft = Draft {
        plugin,
        policy,
        account,
        workshop,
        interests: left.answer.interests,
        vault: left.vault,
        no_snapshot: no_snapshot.map(|impossible| impossible.to_string()),
    };
    let (image, report) = draft.image(&component, &entries.texts, work).await?;
    Ok(Configured {
        image,
        refresh: left.answer.refresh,
        code,
        report,
    })
}

/// What `configure` left behind.
struct Left {
    answer: Answer,
    vault: Vault,
    snapshot: Result<Vec<u8>, Impossible>,
}

async fn run(
    plugin: &Arc<Plugin>,
    entries: &Entries,
    policy: &PluginPolicy,
    workshop: &Arc<Workshop>,
) -> Result<Left, Unconfigured> {
    let services = &workshop.services;
    let assets = entries.assets.clone();
    let builder = VaultBuilder::new(&plugin.name, policy, services, assets)?;
    let scope = Arc::new(Scope {
        plugin: plugin.name.clone(),
        script: plugin.script.clone(),
        policy: policy.clone(),
        services: services.clone(),
        kv: OnceLock::new(),
        vault: None,
    });
    let setup = plugin.setup.ready(workshop).await?;
    let mut store = store(&setup, scope, builder, entries.texts.len());
    let (instance, answer) = call(&setup, &entries.texts, &mut store).await?;
    let answer = match answer {
        Ok(text) => Answer::parse(&text, entries.texts.len(), &plugin.hooks)?,
        Err(text) => {
            let mistakes = answer::mistakes(&text, entries.texts.len())?;
            return Err(Unconfigured::Refused(mistakes));
        }
    };
    if store.data().holds_resources() {
        return Err(Unconfigured::KeepsResources);
    }
    let phase = std::mem::replace(&mut store.data_mut().phase, Phase::Serving);
    let vault = match phase {
        Phase::Configuring(builder) => builder.finish(),
        Phase::Describing | Phase::Serving => None,
    };
    let vault = vault.expect("the phase was set above, and only `configure` ran");
    let snapshot = take_snapshot(plugin, store, instance, workshop).await;
    Ok(Left {
        answer,
        vault,
        snapshot,
    })
}

fn store(setup: &Ready, scope: Arc<Scope>, builder: VaultBuilder, entries: usize) -> Store<State> {
    let cpu = scope.policy.limits.configure;
    let phase = Phase::Configuring(Box::new(builder));
    let mut store = instance::store(setup.pre.engine(), State::new(scope, phase));
    let state = store.data_mut();
    state.clock.wind(cpu, Some(Instant::now() + WALL));
    // Every entry may fetch and say as much as a call may.
    let times = u32::try_from(entries.max(1)).unwrap_or(u32::MAX);
    let budget = &mut state.budget;
    budget.fetches = budget.fetches.saturating_mul(times);
    budget.log_lines = budget.log_lines.saturating_mul(times);
    budget.log_bytes = budget.log_bytes.saturating_mul(entries.max(1));
    store.set_hostcall_fuel(MOST_HANDED_OVER);
    store
}

/// Calls `configure` in a fresh instance, and gives that and what the plugin said.
async fn call(
    setup: &Ready,
    entries: &[String],
    store: &mut Store<State>,
) -> Result<(Instance, Result<String, String>), Unconfigured> {
    let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
    let called = async {
        let instance = setup.pre.instantiate_async(&mut *store).await?;
        let guest = Guests::new(instance).setup(&setup.exports, store)?;
        let answer = guest.call_configure(&mut *store, &entries).await?;
        wasmtime::Result::Ok((instance, answer))
    };
    match tokio::time::timeout(WALL, ticking(called)).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(Unconfigured::Failed(fault::classify(&error, store.data()))),
        Err(_elapsed) => Err(Unconfigured::TimedOut),
    }
}

async fn take_snapshot(
    plugin: &Arc<Plugin>,
    mut store: Store<State>,
    instance: Instance,
    workshop: &Workshop,
) -> Result<Vec<u8>, Impossible> {
    plugin.snapshots.clone()?;
    let plugin = plugin.clone();
    let taken = workshop
        .compiler
        .run(move || snapshot::take(&plugin.component, &mut store, instance));
    taken.await.unwrap_or_else(|panicked| Err(panicked.into()))
}

async fn compile(
    wasm: Bytes,
    plugin: &Arc<Plugin>,
    keep: Keep,
    lean: bool,
    workshop: &Arc<Workshop>,
) -> Result<Code, Unconfigured> {
    let (plugin, shop) = (plugin.clone(), workshop.clone());
    let compiled = workshop.compiler.run(move || {
        let machine = &shop.engines.request;
        let code = |wasm: &[u8]| shop.cache.component(wasm, &plugin.made_of, keep, machine);
        let lean = match lean {
            true => snapshot::lean(&wasm).ok(),
            false => None,
        };
        // What was left out may be needed after all by a component that no known tool made.
        let code = match lean.and_then(|lean| code(&lean).ok()) {
            Some(code) => code,
            None => code(&wasm)?,
        };
        code.component.initialize_copy_on_write_image()?;
        wasmtime::Result::Ok(code)
    });
    let failed = |error: wasmtime::Error| Unconfigured::Compile(format!("{error:#}"));
    compiled.await?.map_err(failed)
}
