//! What a component imports and exports by name, and whether that is this gateway's contract.

use wasmparser::{Parser, Payload};

use super::NotAComponent;
use crate::plugin::Hook;

/// The contract's package.
pub(super) const PACKAGE: &str = "wasmgate:plugin/";
/// Versions within which plugins and gateways understand each other.
const TRACK: &str = "0.1.";
const VERSION: &str = "0.1.0";

/// The names at a component's outside.
#[derive(Debug, Default)]
pub(crate) struct Surface {
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
}

/// Why a component is not a plugin for this gateway.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Misfit {
    #[error(
        "plugin speaks wasmgate:plugin@{0}, this gateway {VERSION}: build it with an SDK of this gateway's version"
    )]
    WrongVersion(String),
    #[error("does not export `wasmgate:plugin/setup`: it is no plugin")]
    NoSetup,
    #[error("exports no hook; a plugin exports at least one of {}", hooks())]
    NoHook,
}

impl Surface {
    pub(crate) fn read(component: &[u8]) -> Result<Surface, NotAComponent> {
        let invalid =
            |error: wasmparser::BinaryReaderError| NotAComponent::Invalid(error.to_string());
        let mut surface = Surface::default();
        let mut depth = 0;
        for payload in Parser::new(0).parse_all(component) {
            match payload.map_err(invalid)? {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::ComponentImportSection(section) if depth == 1 => {
                    for import in section {
                        let import = import.map_err(invalid)?;
                        surface.imports.push(import.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 1 => {
                    for export in section {
                        let export = export.map_err(invalid)?;
                        surface.exports.push(export.name.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(surface)
    }

    /// Whether this is a plugin of our contract at all.
    pub(crate) fn check(&self) -> Result<(), Misfit> {
        let names = self.exports.iter().chain(&self.imports);
        for (_, version) in names.filter_map(|name| ours(name)) {
            if !version.starts_with(TRACK) {
                return Err(Misfit::WrongVersion(version.to_owned()));
            }
        }
        if !self.exported().any(|name| name == "setup") {
            return Err(Misfit::NoSetup);
        }
        match self.hooks().is_empty() {
            true => Err(Misfit::NoHook),
            false => Ok(()),
        }
    }

    /// The hooks that are exported.
    pub(crate) fn hooks(&self) -> Vec<Hook> {
        let exported = |hook: &Hook| self.exported().any(|name| name == hook.name());
        Hook::ALL.into_iter().filter(exported).collect()
    }

    /// Whether a call can wait for something outside of the gateway's own work.
    pub(crate) fn waits(&self) -> bool {
        self.imports.iter().any(|import| {
            import.starts_with("wasmgate:plugin/http@")
                || import.starts_with("wasi:io/")
                || import.starts_with("wasi:http/")
        })
    }

    /// Says what of the plugin will never be called.
    pub(crate) fn warn(&self, plugin: &str) {
        let known = |name: &str| {
            matches!(name, "setup" | "types" | "packed")
                || Hook::ALL.iter().any(|hook| hook.name() == name)
        };
        for name in self.exported().filter(|name| !known(name)) {
            tracing::warn!(
                plugin,
                export = name,
                "exports what this gateway does not know: it was made for a later one"
            );
        }
    }

    fn exported(&self) -> impl Iterator<Item = &str> {
        let names = self.exports.iter().filter_map(|name| ours(name));
        names.map(|(interface, _)| interface)
    }
}

/// The interface and version of a name of the contract.
fn ours(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_prefix(PACKAGE)?;
    Some(rest.split_once('@').unwrap_or((rest, "(none)")))
}

fn hooks() -> String {
    let names: Vec<_> = Hook::ALL.iter().map(|hook| hook.name()).collect();
    format!("`{}`", names.join("`, `"))
}
