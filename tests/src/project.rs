//! Builds plugins' projects by `wasmgate plugin build`, whatever their language.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::guest::{binary, peer, target};

/// Runs a command line to its end, `wasmgate` as below.
pub fn succeeds(line: &[&str], folder: &Path) {
    let (program, arguments) = line.split_first().unwrap();
    let done = match *program {
        "wasmgate" => wasmgate(folder, arguments),
        program => run(Command::new(program), folder, arguments),
    };
    assert!(
        done.status.success(),
        "{line:?} in {}:\n{}{}",
        folder.display(),
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
}

/// Runs `wasmgate` in a folder, with the compilers that `make peers` installed and caches that last.
pub fn wasmgate(folder: &Path, arguments: &[&str]) -> Output {
    run(Command::new(binary()), folder, arguments)
}

fn run(mut command: Command, folder: &Path, arguments: &[&str]) -> Output {
    let command = command.args(arguments).current_dir(folder).envs(tools());
    command.output().unwrap()
}

/// Builds the project in a folder; the plugin's file.
pub fn build(project: &Path) -> PathBuf {
    let kept = target().join("languages");
    let name = project.to_string_lossy().replace(['/', '.'], "-");
    let file = kept.join(format!("{name}.wasm"));
    let to = file.to_str().unwrap();
    let built = wasmgate(project, &["plugin", "build", "--to", to]);
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{}: {said}", project.display());
    file
}

/// Where compilers are found and keep what they make; without the network.
pub fn tools() -> Vec<(&'static str, OsString)> {
    let there = std::env::var_os("PATH").unwrap_or_default();
    let folders = [
        "languages/bin",
        "javascript/node_modules/.bin",
        "python/bin",
    ]
    .map(peer);
    let folders = folders.into_iter().chain(std::env::split_paths(&there));
    let cache = |name: &str| target().join("caches").join(name).into_os_string();
    vec![
        ("PATH", std::env::join_paths(folders).unwrap()),
        (
            "CARGO_TARGET_DIR",
            target().join("projects").into_os_string(),
        ),
        ("CARGO_NET_OFFLINE", "true".into()),
        ("GOCACHE", cache("go")),
        ("GOFLAGS", "-mod=mod".into()),
        ("GOPROXY", "off".into()),
        ("ZIG_GLOBAL_CACHE_DIR", cache("zig")),
        ("ZIG_LOCAL_CACHE_DIR", cache("zig")),
    ]
}
