//! Guests: plugins that misbehave, built by `make guests`. And the plugins that are built in.

use std::path::{Path, PathBuf};

/// The bytes of `target/guests/NAME.wasm`.
pub fn guest(name: &str) -> Vec<u8> {
    let path = target().join("guests").join(format!("{name}.wasm"));
    std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}: run `make guests`", path.display()))
}

/// The bytes of a built-in plugin as it was built last, so that its tests need no new gateway.
pub fn plugin(name: &str) -> Vec<u8> {
    let file = format!("{}.wasm", name.replace('-', "_"));
    let path = target()
        .join("plugins/wasm32-unknown-unknown/plugin")
        .join(file);
    std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}: run `make build`", path.display()))
}

/// Where gateways keep the code of built-in plugins from one test to the next.
pub(crate) fn cache() -> PathBuf {
    target().join("test-cache")
}

/// The configurations that a built-in plugin's README shows, in order.
pub fn examples(plugin: &str) -> Vec<String> {
    let readme = format!("../plugins/{plugin}/README.md");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(readme);
    let text = std::fs::read_to_string(&path).unwrap();
    let blocks = text.split("```yaml\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap_or_default().to_owned())
        .collect()
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

/// The binary that is tested: built by the same command, with the same profile as the test, or the one that `WASMGATE_BINARY`
/// names.
pub fn binary() -> PathBuf {
    let other = std::env::var_os("WASMGATE_BINARY").map(PathBuf::from);
    let path = other.unwrap_or_else(|| profile().join("wasmgate"));
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

/// The folder of a real peer, such as `oidc`: what `make peers` installed from `tests/peers`.
pub fn peer(name: &str) -> PathBuf {
    let path = target().join("peers").join(name);
    assert!(path.exists(), "{}: run `make peers`", path.display());
    path
}

/// The build directory.
pub fn target() -> PathBuf {
    profile().parent().map(Path::to_owned).unwrap()
}
