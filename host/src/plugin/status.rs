//! What operators see of a plugin: the answer of `/plugins`, and what the metrics are written from.

use std::{path::PathBuf, time::SystemTime};

use serde::{Serialize, Serializer};

use super::{
    Hook, HookStats, cache::Work, directory, group::Group, store::Known, workshop::Workshop,
};
use crate::config::{Isolation, Problem};

/// One plugin that is loaded or wanted.
#[derive(Debug, Serialize)]
pub struct PluginStatus {
    pub name: String,
    #[serde(flatten)]
    pub state: PluginState,
    pub source: Source,
    /// As the plugin describes itself; empty where it could not.
    pub version: String,
    pub summary: String,
    pub hooks: Vec<Hook>,
    pub sha256: String,
    /// Bytes of the file.
    pub size: usize,
    /// `request`, or `reuse`.
    pub isolation: &'static str,
    pub images: Vec<ImageStatus>,
    #[serde(serialize_with = "seconds")]
    pub loaded_at: Option<SystemTime>,
    /// Code that was compiled for it since the start, and how long that took; a warm cache leaves both at 0.
    pub compiles: u64,
    pub compile_seconds: f64,
    pub swaps: u64,
    pub failed_swaps: u64,
    /// Calls that run now, and those that wait for their turn.
    pub running: usize,
    pub waiting: usize,
    pub breaker_open: bool,
    pub calls: Vec<HookStats>,
}

/// How a plugin is.
#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum PluginState {
    Ready,
    /// It never worked: its attachments fail.
    Broken {
        reason: String,
    },
    /// A newer file was bad: what was loaded before runs on.
    SwapFailed {
        reason: String,
    },
    /// Its file is gone: what was loaded runs on.
    Deleted,
}

/// Where a plugin comes from.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    BuiltIn,
    File(PathBuf),
    /// There is no file of its name, and nothing built in.
    Missing,
}

/// A plugin with one API's configurations.
#[derive(Debug, Serialize)]
pub struct ImageStatus {
    /// The API that asked first; others with the same configurations share the image.
    pub api: String,
    pub ready: bool,
    /// Why the last attempt to make an image failed, where it did. What was there before serves on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// The mistakes in its configurations that it failed for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<ProblemStatus>,
    /// Configurations in it.
    pub entries: usize,
    /// Whether a pristine instance begins with what `configure` left; where not, why.
    pub snapshot: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_snapshot: Option<String>,
    /// Bytes of linear memory that an instance begins with.
    pub memory: usize,
    /// Bytes of tables that all instances share.
    pub table_bytes: usize,
    /// Seconds that a pristine instance costs, where they are made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pristine_seconds: Option<f64>,
    /// Seconds after which `configure` runs again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_seconds: Option<u64>,
    pub refreshes: u64,
    pub failures: u64,
}

/// A mistake in a plugin's configuration.
#[derive(Clone, Debug, Serialize)]
pub struct ProblemStatus {
    /// File, line and column: `wasmgate.yaml:7:17`.
    pub at: String,
    /// JSON Pointer in that file.
    pub entry: String,
    /// What is wrong, and what to do.
    pub problem: String,
}

/// The engine's own figures.
#[derive(Debug, Serialize)]
pub struct EngineStatus {
    /// Components and single functions that were compiled; with a warm cache, none.
    pub compiles: u64,
    pub functions: u64,
    /// Instances that may be there at once, and those that are.
    pub pool: usize,
    pub instances: usize,
}

impl PluginStatus {
    /// Why calls of it fail, where they all do.
    pub fn broken(&self) -> Option<&str> {
        match &self.state {
            PluginState::Broken { reason } => Some(reason),
            _ => None,
        }
    }
}

impl ProblemStatus {
    pub(crate) fn of(problem: &Problem) -> ProblemStatus {
        let place = problem.place.as_ref();
        ProblemStatus {
            at: place.map_or_else(String::new, ToString::to_string),
            entry: place.map_or_else(String::new, |place| place.pointer.clone()),
            problem: problem.sentence(),
        }
    }
}

impl PluginStatus {
    /// The status of a plugin with its groups.
    pub(super) fn of(name: &str, known: &Known, groups: &[&Group]) -> PluginStatus {
        let account = &known.account;
        let plugin = known.plugin.as_ref();
        let description = plugin.map(|plugin| &plugin.description);
        let work = groups.iter().map(|group| group.work());
        let work = work.fold(known.work, Work::and);
        let reuses = groups
            .iter()
            .any(|group| group.isolation() != Some(Isolation::Request));
        PluginStatus {
            name: name.to_owned(),
            state: state(known, groups),
            source: match known.source.as_ref().map(directory::Source::path) {
                Some(Some(path)) => Source::File(path.to_owned()),
                Some(None) => Source::BuiltIn,
                None => Source::Missing,
            },
            version: description.map_or_else(String::new, |about| about.version.clone()),
            summary: description.map_or_else(String::new, |about| about.summary.clone()),
            hooks: plugin.map_or_else(Vec::new, |plugin| plugin.hooks.clone()),
            sha256: plugin.map_or_else(String::new, |plugin| plugin.digest.to_string()),
            size: plugin.map_or(0, |plugin| plugin.size),
            isolation: match reuses {
                true => "reuse",
                false => "request",
            },
            images: groups.iter().map(|group| group.status()).collect(),
            loaded_at: known.loaded,
            compiles: work.compiles,
            compile_seconds: work.time.as_secs_f64(),
            swaps: known.swaps,
            failed_swaps: known.failures,
            running: account.gate.inside(),
            waiting: account.gate.waiting(),
            breaker_open: account.breaker.is_open(),
            calls: account.stats.read(),
        }
    }
}

fn state(known: &Known, groups: &[&Group]) -> PluginState {
    let slots = groups.iter().filter_map(|group| group.slot());
    let broken = slots
        .filter(|slot| slot.image().is_none())
        .map(|slot| slot.reason())
        .next();
    match (&known.failed, broken) {
        (_, Some(reason)) => PluginState::Broken { reason },
        (Some(reason), None) if known.plugin.is_none() => PluginState::Broken {
            reason: reason.clone(),
        },
        (Some(reason), None) => PluginState::SwapFailed {
            reason: reason.clone(),
        },
        (None, None) if known.deleted => PluginState::Deleted,
        (None, None) => PluginState::Ready,
    }
}

impl EngineStatus {
    pub(super) fn of(workshop: &Workshop) -> EngineStatus {
        EngineStatus {
            compiles: workshop.cache.compiled(),
            functions: workshop.cache.functions_compiled(),
            pool: workshop.pool.size(),
            instances: workshop.pool.taken(),
        }
    }
}

/// Seconds since 1970.
fn seconds<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    let since = time.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    since.map(|since| since.as_secs()).serialize(serializer)
}
