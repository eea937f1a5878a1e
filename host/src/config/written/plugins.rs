//! Plugins as written: where they are, what they may do.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Duration, Size};

/// Where plugins are and what they may do.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::config) enum Plugins {
    /// The plugin directory.
    Directory(String),
    Settings(Box<PluginSettings>),
}

/// All settings of plugins.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct PluginSettings {
    /// Directory of `.wasm` files and scripts (`.js`), watched. A file takes precedence over the built-in plugin of its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = "./plugins")]
    pub(in crate::config) directory: Option<String>,
    /// Directory of compiled code, which nobody else may write to; `off` for none. Where it is missing:
    /// `$CACHE_DIRECTORY`, `$XDG_CACHE_HOME/wasmgate`, `$HOME/.cache/wasmgate`, the first that is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::config) cache: Option<String>,
    /// Guest calls at once, over all plugins.
    #[schemars(range(min = 1, max = 10000), extend("default" = 256))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::config) pool: Option<u16>,
    /// What holds for every plugin; its own settings go before.
    pub(in crate::config) default: PluginPolicy,
    /// Settings of single plugins, by name.
    pub(in crate::config) settings: BTreeMap<String, PluginPolicy>,
}

/// What a plugin may do. What is missing is as in `plugins.default`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct PluginPolicy {
    /// `request`: a pristine instance for every call. `reuse`: an instance serves many calls, and what it keeps in
    /// memory stays for the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "request"))]
    pub(in crate::config) isolation: Option<Isolation>,
    /// Capabilities; none where nothing is granted.
    pub(in crate::config) grant: Grant,
    /// What a call may use. Exceeding one ends that call only.
    pub(in crate::config) limits: PluginLimits,
}

/// How calls are kept apart.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::config) enum Isolation {
    Name(IsolationName),
    Reuse(Reuse),
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(in crate::config) enum IsolationName {
    Request,
    Reuse,
}

/// An instance serves many calls.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Reuse {
    /// How it ends.
    pub(in crate::config) reuse: ReuseCalls,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(in crate::config) struct ReuseCalls {
    /// Calls after which an instance is thrown away.
    #[schemars(range(min = 1), extend("default" = 1000))]
    pub(in crate::config) calls: u32,
}

/// Capabilities of a plugin.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct Grant {
    /// Origins that it may fetch from: `https://idp.example.com`, `https://*.example.com`, `http://10.0.0.0/8`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::config) http: Option<Vec<String>>,
    /// Whether it may keep values from one call to the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = false))]
    pub(in crate::config) kv: Option<bool>,
    /// Names of secrets that it may read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::config) secrets: Option<Vec<String>>,
}

/// What a call of a plugin may use.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct PluginLimits {
    /// Linear memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "64MiB"))]
    pub(in crate::config) memory: Option<Size>,
    /// Time on the processor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "50ms"))]
    pub(in crate::config) cpu: Option<Duration>,
    /// Time in all, waiting for the host included.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "5s"))]
    pub(in crate::config) wall: Option<Duration>,
    /// Time on the processor for `configure`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "5s"))]
    pub(in crate::config) configure: Option<Duration>,
    /// Calls at once; more wait up to `wall` and are then refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10000), extend("default" = 64))]
    pub(in crate::config) concurrent: Option<u16>,
    /// What a call may return or pass to an import.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "11MiB"))]
    pub(in crate::config) returned: Option<Size>,
    /// Lines that a call may log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = 64))]
    pub(in crate::config) log_lines: Option<u32>,
    /// Size of all that a call logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "16KiB"))]
    pub(in crate::config) log_size: Option<Size>,
    /// Outbound requests of a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = 8))]
    pub(in crate::config) fetches: Option<u32>,
    /// Size of one fetched body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "1MiB"))]
    pub(in crate::config) fetch_size: Option<Size>,
}
