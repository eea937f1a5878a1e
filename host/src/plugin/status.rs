//! What operators see of a plugin: the answer of `/plugins`, and what the metrics are written from.

use std::{path::PathBuf, time::SystemTime};

use serde::{Serialize, Serializer};

use super::{Hook, HookStats};

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
}

/// A plugin with one API's configurations.
#[derive(Debug, Serialize)]
pub struct ImageStatus {
    pub api: String,
    /// Configurations in it.
    pub entries: usize,
    /// Whether a pristine instance begins with what `configure` left; where not, why.
    pub snapshot: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_snapshot: Option<String>,
    /// Bytes of linear memory that an instance begins with.
    pub memory: usize,
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

/// Seconds since 1970.
fn seconds<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    let since = time.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    since.map(|since| since.as_secs()).serialize(serializer)
}
