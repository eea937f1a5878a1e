//! Builds plugins' projects by `wasmgate plugin build`, whatever their language.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::guest::{binary, peer, target};

/// Runs a command line to its end, with the compilers that `make peers` installed and caches that last.
pub fn succeeds(line: &[&str], folder: &Path) {
    succeeds_with(line, folder, tools());
}

/// The same with an environment of its own. `wasmgate` is the binary that is tested.
pub fn succeeds_with(
    line: &[&str],
    folder: &Path,
    environment: impl IntoIterator<Item = (&'static str, OsString)>,
) {
    let (program, arguments) = line.split_first().unwrap();
    let mut command = match *program {
        "wasmgate" => Command::new(binary()),
        program => Command::new(program),
    };
    let command = command.args(arguments).current_dir(folder);
    let done = command.envs(environment).output().unwrap();
    assert!(
        done.status.success(),
        "{line:?} in {}:\n{}{}",
        folder.display(),
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
}

/// Runs `wasmgate` in a folder, with those compilers and caches.
pub fn wasmgate(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary());
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
