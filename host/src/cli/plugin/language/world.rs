//! The contract as files, for tools that make a component of it and of a script.

use std::{collections::BTreeSet, path::PathBuf};

use super::Project;
use crate::{
    builtin::WIT,
    cli::{CommandError, plugin::write as write_file},
    plugin::Hook,
};

/// The world that `write` writes.
pub(super) const NAME: &str = "plugin";

/// Writes the contract and a world with these hooks; the folder that tools are given.
pub(super) fn write(project: &Project, hooks: &[String]) -> Result<PathBuf, CommandError> {
    let folder = project.made().join("wit");
    for (name, text) in WIT {
        let file = folder.join("deps/wasmgate-plugin").join(name);
        write_file(&file, text.as_bytes())?;
    }
    let exports = hooks.iter().map(String::as_str).chain(["setup"]);
    let exports: BTreeSet<_> = exports.collect();
    let exports: String = exports
        .iter()
        .map(|name| format!("  export wasmgate:plugin/{name}@0.1.0;\n"))
        .collect();
    let world = format!(
        "package wasmgate:project;\n\nworld {NAME} {{\n  include wasmgate:plugin/imports@0.1.0;\n{exports}}}\n"
    );
    write_file(&folder.join("world.wit"), world.as_bytes())?;
    Ok(folder)
}

/// Whether these are hooks, and one at least.
pub(super) fn check(hooks: &[String], example: &str) -> Result<(), CommandError> {
    let known = Hook::ALL.map(Hook::name);
    if let Some(unknown) = hooks.iter().find(|hook| !known.contains(&hook.as_str())) {
        return Err(CommandError::Failed(format!(
            "the project exports `{unknown}`, which is no hook; there are {}",
            known.join(", ")
        )));
    }
    match hooks.is_empty() {
        true => Err(CommandError::Failed(format!(
            "the project exports no hook: {example} would be one"
        ))),
        false => Ok(()),
    }
}
