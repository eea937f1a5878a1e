//! Looks into a plugin file without a gateway: what it is, what it needs.

use std::{fmt, path::Path, sync::Arc};

use serde::Serialize;
use serde_json::Value;

use super::{
    Hook,
    load::{self, File, Plugin},
    workshop::Workshop,
};
use crate::config::{Grants, PluginPolicy, PluginSettings};

/// What a plugin file is and needs.
#[derive(Debug, Serialize)]
pub struct Inspection {
    pub name: String,
    pub version: String,
    pub summary: String,
    pub hooks: Vec<Hook>,
    /// Interfaces that it imports, by their full names.
    pub imports: Vec<String>,
    /// What it cannot work without, which an operator has to grant.
    pub capabilities: Vec<String>,
    /// Bytes of the file.
    pub size: usize,
    /// Whether the file is a core module, which is made into a component when it is loaded.
    pub module: bool,
    /// Whether the file is a script, which the gateway's engine runs.
    pub script: bool,
    /// Bytes of linear memory that an instance begins with.
    pub memory: usize,
    /// Why no snapshot can be taken of it, where that is so.
    pub no_snapshot: Option<String>,
    /// The JSON Schema of its configuration.
    pub configuration: Value,
}

/// Why a file is no plugin.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotAPlugin(String);

/// Looks into a plugin, with everything granted. It is compiled and asked to describe itself, nothing more. Blocks; not
/// for use within a runtime.
pub fn inspect(path: &Path, bytes: Vec<u8>) -> Result<Inspection, NotAPlugin> {
    let settings = PluginSettings {
        pool: 1,
        default: everything(),
        ..PluginSettings::default()
    };
    let failed = |error: &dyn fmt::Display| NotAPlugin(error.to_string());
    let workshop = Workshop::open(&settings).map_err(|error| failed(&error))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| failed(&error))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let file = File::of(path, bytes);
    let name: Arc<str> = name.as_ref().into();
    let loading = load::load(&name, file, &settings.default, &workshop);
    let plugin = runtime.block_on(loading).map_err(|error| failed(&error))?;
    Ok(Inspection::of(plugin))
}

/// A policy that keeps no plugin from being looked at.
fn everything() -> PluginPolicy {
    let mut policy = PluginPolicy {
        grants: Grants {
            http: vec!["https://example.com".to_owned()],
            kv: true,
            secrets: vec!["any".to_owned()],
        },
        ..PluginPolicy::default()
    };
    policy.limits.memory = super::engine::MOST_MEMORY;
    policy
}

impl Inspection {
    fn of(plugin: Plugin) -> Inspection {
        let about = plugin.description;
        let capabilities = about.capabilities.iter();
        Inspection {
            name: about.name,
            version: about.version,
            summary: about.summary,
            hooks: plugin.hooks,
            imports: plugin.imports,
            capabilities: capabilities.map(|one| one.name().to_owned()).collect(),
            size: plugin.size,
            module: plugin.module && plugin.script.is_none(),
            script: plugin.script.is_some(),
            memory: plugin.memory,
            no_snapshot: plugin.snapshots.err().map(|why| why.to_string()),
            configuration: about.configuration.unwrap_or_default(),
        }
    }
}

impl fmt::Display for Inspection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hooks: Vec<_> = self.hooks.iter().map(|hook| hook.name()).collect();
        let kind = match (self.script, self.module) {
            (true, _) => "script",
            (_, true) => "core module",
            _ => "component",
        };
        let none = |list: String| match list.as_str() {
            "" => "none".to_owned(),
            _ => list,
        };
        let snapshot = match &self.no_snapshot {
            None => "possible",
            Some(reason) => reason,
        };
        for (name, value) in [
            ("plugin", format!("{} {}", self.name, self.version)),
            ("summary", self.summary.clone()),
            ("hooks", hooks.join(", ")),
            ("capabilities", none(self.capabilities.join(", "))),
            ("imports", none(self.imports.join(", "))),
            ("file", format!("{kind}, {} KiB", self.size.div_ceil(1024))),
            ("memory", format!("{} KiB", self.memory.div_ceil(1024))),
            ("snapshot", snapshot.to_owned()),
        ] {
            writeln!(out, "{name:13} {value}")?;
        }
        writeln!(out, "configuration {:#}", self.configuration)
    }
}
