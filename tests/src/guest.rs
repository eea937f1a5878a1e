//! Guests: plugins that misbehave, built by `make guests`.

use std::path::{Path, PathBuf};

/// The bytes of `target/guests/NAME.wasm`.
pub fn guest(name: &str) -> Vec<u8> {
    let path = target().join("guests").join(format!("{name}.wasm"));
    std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}: run `make guests`", path.display()))
}

/// The names of all guests, for the test that finds guests without a test.
pub fn guests() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests");
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

/// The binary that is tested: built by the same command, with the same profile as the test.
pub fn binary() -> PathBuf {
    let path = profile().join("wasmgate");
    assert!(path.exists(), "{}: run `make build`", path.display());
    path
}

/// `target/release`, where binaries run; tests and benchmarks run in `deps` below it.
fn profile() -> PathBuf {
    let running = std::env::current_exe().unwrap();
    let folder = running.parent().unwrap();
    match folder.ends_with("deps") {
        true => folder.parent().unwrap().to_owned(),
        false => folder.to_owned(),
    }
}

fn target() -> PathBuf {
    profile().parent().map(Path::to_owned).unwrap()
}
