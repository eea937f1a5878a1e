//! Looks into a plugin file without a gateway: what it is, what it needs.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::Hook;

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
pub struct NotAPlugin(pub(super) String);

/// Looks into a plugin. It is compiled and asked to describe itself, nothing more.
pub fn inspect(_bytes: &[u8]) -> Result<Inspection, NotAPlugin> {
    unimplemented!("[loading]")
}

impl fmt::Display for Inspection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hooks: Vec<_> = self.hooks.iter().map(|hook| hook.name()).collect();
        let kind = if self.module {
            "core module"
        } else {
            "component"
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
