//! C: all `*.c` of a project and the SDK's, by the C compiler that comes with Zig.

use std::path::{Path, PathBuf};

use super::{Language, Project, failed, zig::ZIG};
use crate::cli::{CommandError, plugin::tool};

pub(super) const C: Language = Language {
    name: "c",
    sdk: "c",
    marker: "*.c",
    files: &[
        ("NAME.c", "HOOK.c"),
        ("compile_flags.txt", "compile_flags.txt"),
        (".gitignore", "gitignore"),
        ("README.md", "README.md"),
    ],
    first: "wasmgate plugin build",
    build,
    taken: &["wasmgate", "wasmgate-host"],
};

/// How C becomes a plugin: without a C library, which a plugin has no use for, and with a small stack, since a large
/// one costs each request.
pub(super) const FLAGS: &[&str] = &[
    "-std=c17",
    "-Os",
    "-Wall",
    "-Wextra",
    "-ffreestanding",
    "-mbulk-memory",
    "-fvisibility=hidden",
];

/// The SDK's own.
pub(super) const SOURCES: [&str; 3] = ["wasmgate.c", "wasmgate_host.c", "wasmgate_json.c"];

const LINK: &[&str] = &[
    "-target",
    "wasm32-freestanding",
    "-nostdlib",
    "-Wl,--no-entry",
    "-Wl,--strip-debug",
    "-Wl,-z,stack-size=65536",
];

fn build(project: &Project) -> Result<PathBuf, CommandError> {
    let sdk = project.sdk()?;
    let made = project.make("core.wasm")?;
    let mut zig = ZIG.find(&project.folder)?;
    zig.arg("cc").args(LINK).args(FLAGS);
    zig.args(own_flags(&project.folder)?);
    zig.arg("-I").arg(&sdk).args(project.sources("c")?);
    zig.args(SOURCES.map(|file| sdk.join(file)));
    zig.arg("-o").arg(&made);
    tool::run(zig)?;
    Ok(made)
}

/// The flags that a project writes down for its editor, one a line.
fn own_flags(folder: &Path) -> Result<Vec<String>, CommandError> {
    let file = folder.join("compile_flags.txt");
    match std::fs::read_to_string(&file) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(failed(&file, &error)),
    }
}
