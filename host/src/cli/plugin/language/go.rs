//! Go: the project's package `main`, as a library for WASI preview 1, which stand-ins take the place of.

use std::path::PathBuf;

use super::{Language, Project};
use crate::cli::{
    CommandError,
    plugin::tool::{self, Tool},
};

pub(super) const GO: Language = Language {
    name: "go",
    sdk: "go",
    marker: "go.mod",
    files: &[
        ("main.go", "HOOK/main.go"),
        ("main_test.go", "HOOK/main_test.go"),
        ("go.mod", "go.mod.txt"),
        (".gitignore", "gitignore"),
        ("README.md", "README.md"),
    ],
    first: "go test",
    build,
    taken: &["wasmgate", "main", "test", "std", "cmd"],
};

const TOOL: Tool = Tool {
    name: "go",
    ways: &[&["go"], &["/usr/local/go/bin/go"]],
    probe: &["version"],
    hint: "install Go 1.24 or later from https://go.dev/dl",
};

fn build(project: &Project) -> Result<PathBuf, CommandError> {
    let made = project.make("core.wasm")?;
    let mut go = TOOL.find(&project.folder)?;
    go.envs([("GOOS", "wasip1"), ("GOARCH", "wasm"), ("CGO_ENABLED", "0")]);
    go.args([
        "build",
        "-buildmode=c-shared",
        "-trimpath",
        "-ldflags=-s -w",
    ]);
    go.arg("-o").arg(&made).arg(".");
    tool::run(go)?;
    Ok(made)
}
