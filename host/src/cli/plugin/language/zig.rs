//! Zig: the project's `main.zig`, over the SDK for C.

use std::path::PathBuf;

use super::{Language, Project, c};
use crate::cli::{
    CommandError,
    plugin::tool::{self, Tool},
};

pub(super) const ZIG_LANGUAGE: Language = Language {
    name: "zig",
    sdk: "zig",
    marker: "main.zig",
    files: &[
        ("main.zig", "HOOK.zig"),
        (".gitignore", "gitignore"),
        ("README.md", "README.md"),
    ],
    first: "wasmgate plugin build",
    build,
    taken: &[],
};

pub(super) const ZIG: Tool = Tool {
    name: "zig",
    ways: &[
        &["zig"],
        &["python3", "-m", "ziglang"],
        &["python", "-m", "ziglang"],
        &["python-zig"],
    ],
    probe: &["version"],
    hint: "`pip install ziglang`, or https://ziglang.org/download",
};

fn build(project: &Project) -> Result<PathBuf, CommandError> {
    let sdk = project.sdk()?;
    let made = project.make("core.wasm")?;
    let mut zig = ZIG.find(&project.folder)?;
    zig.args(["build-exe", "-target", "wasm32-freestanding"]);
    zig.args(["-OReleaseSmall", "-mcpu=generic+bulk_memory", "-fno-entry"]);
    zig.args(["-rdynamic", "-fstrip", "--stack", "65536", "-cflags"]);
    zig.args(c::FLAGS).arg("--").arg("-I").arg(sdk.join("c"));
    zig.args(c::SOURCES.map(|file| sdk.join("c").join(file)));
    zig.args(["--dep", "wasmgate", "-Mroot=main.zig"]);
    zig.arg(format!("-Mwasmgate={}", sdk.join("wasmgate.zig").display()));
    zig.arg(format!("-femit-bin={}", made.display()));
    tool::run(zig)?;
    Ok(made)
}
