//! Rust: built by cargo.

use std::path::PathBuf;

use serde_json::Value;

use super::{Language, Project};
use crate::cli::{
    CommandError,
    plugin::tool::{self, Tool},
};

pub(super) const RUST: Language = Language {
    name: "rust",
    sdk: "rust",
    marker: "Cargo.toml",
    files: &[
        ("Cargo.toml", "Cargo.toml"),
        (".cargo/config.toml", "config.toml"),
        (".gitignore", "gitignore"),
        ("README.md", "README.md"),
        ("src/lib.rs", "HOOK.rs"),
    ],
    first: "cargo test",
    build,
    taken: &[
        "alloc",
        "core",
        "proc-macro",
        "schemars",
        "serde",
        "serde-json",
        "std",
        "test",
        "wasmgate-sdk",
    ],
};

const TARGET: &str = "wasm32-unknown-unknown";

const CARGO: Tool = Tool {
    name: "cargo",
    ways: &[&["cargo"]],
    probe: &["--version"],
    hint: "install Rust from https://rustup.rs, then `rustup target add wasm32-unknown-unknown`",
};

const RUSTC: Tool = Tool {
    name: "rustc",
    ways: &[&["rustc"]],
    probe: &["--version"],
    hint: CARGO.hint,
};

fn build(project: &Project) -> Result<PathBuf, CommandError> {
    require_target(project)?;
    let mut cargo = CARGO.find(&project.folder)?;
    cargo.args(["build", "--quiet", "--release", "--target", TARGET]);
    tool::run(cargo)?;
    let (folder, package) = metadata(project)?;
    let file = package.replace('-', "_") + ".wasm";
    Ok(folder.join(TARGET).join("release").join(file))
}

fn require_target(project: &Project) -> Result<(), CommandError> {
    let mut rustc = RUSTC.find(&project.folder)?;
    rustc.args(["--print", "target-libdir", "--target", TARGET]);
    match PathBuf::from(tool::run(rustc)?.trim()).is_dir() {
        true => Ok(()),
        false => Err(CommandError::Failed(format!(
            "the Rust target {TARGET} is missing: `rustup target add {TARGET}`"
        ))),
    }
}

/// Where cargo builds, and the name of the package.
fn metadata(project: &Project) -> Result<(PathBuf, String), CommandError> {
    let mut cargo = CARGO.find(&project.folder)?;
    cargo.args(["metadata", "--no-deps", "--format-version", "1"]);
    let said: Value = serde_json::from_str(&tool::run(cargo)?)
        .map_err(|error| CommandError::Failed(format!("what `cargo metadata` says: {error}")))?;
    let manifest = project.folder.join("Cargo.toml");
    let mut packages = said["packages"].as_array().into_iter().flatten();
    let package = packages.find(|package| package["manifest_path"] == *manifest.to_string_lossy());
    let name = package.and_then(|package| package["name"].as_str());
    match (said["target_directory"].as_str(), name) {
        (Some(folder), Some(name)) => Ok((folder.into(), name.to_owned())),
        _ => Err(CommandError::Failed(format!(
            "`{}` is no package: it needs a table `[package]`",
            manifest.display()
        ))),
    }
}
