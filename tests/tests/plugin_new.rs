//! `wasmgate plugin new`: projects that build and pass their own tests, outside of this tree.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use wasmgate_tests::{Directory, binary};

#[test]
fn authorizer_passes_its_own_tests() {
    new_project_passes("authorizer");
}

#[test]
fn request_filter_passes_its_own_tests() {
    new_project_passes("request-filter");
}

#[test]
fn response_filter_passes_its_own_tests() {
    new_project_passes("response-filter");
}

#[test]
fn validator_passes_its_own_tests() {
    new_project_passes("validator");
}

#[test]
fn mapper_passes_its_own_tests() {
    new_project_passes("mapper");
}

#[test]
fn function_passes_its_own_tests() {
    new_project_passes("function");
}

#[test]
fn observer_passes_its_own_tests() {
    new_project_passes("observer");
}

#[test]
fn bad_name_is_refused() {
    let folder = Directory::new();
    let made = wasmgate(folder.path(), &["plugin", "new", "Not_A_Name"]);
    assert_eq!(made.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&made.stderr).contains("`Not_A_Name`"));
    let made = wasmgate(folder.path(), &["plugin", "new", "test"]);
    assert!(String::from_utf8_lossy(&made.stderr).contains("has that name"));
}

/// WebAssembly as text shows what a plugin is by one example.
#[test]
fn hook_without_a_template_is_refused() {
    let folder = Directory::new();
    let new = [
        "plugin", "new", "guard", "--lang", "wat", "--hook", "function",
    ];
    let made = wasmgate(folder.path(), &new);
    assert_eq!(made.status.code(), Some(1));
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(
        said.contains("no template for hook `function` in `wat`"),
        "{said}"
    );
    assert!(said.contains("`--hook authorizer` has one"), "{said}");
    assert!(!folder.path().join("guard").exists());
}

#[test]
fn folder_with_files_is_left_alone() {
    let folder = Directory::new();
    std::fs::write(folder.path().join("mine"), "kept").unwrap();
    let made = wasmgate(folder.path(), &["plugin", "new", "guard", "--to", "."]);
    assert_eq!(made.status.code(), Some(1));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

fn new_project_passes(hook: &str) {
    let name = format!("new-{hook}");
    let folder = outside();
    let project = folder.join(&name);
    _ = std::fs::remove_dir_all(&project);
    let made = wasmgate(&folder, &["plugin", "new", &name, "--hook", hook]);
    assert!(made.status.success(), "{made:?}");
    if hook != "authorizer" {
        share_sdk(&project);
    }

    cargo(&project, &["test", "--quiet"]);
    cargo(
        &project,
        &["build", "--quiet", "--release", "--target", WASM],
    );
    let built = target()
        .join(WASM)
        .join("release")
        .join(name.replace('-', "_") + ".wasm");
    let tested = wasmgate(
        &project,
        &["plugin", "test", built.to_str().unwrap(), "cases.yaml"],
    );
    assert!(
        tested.status.success(),
        "{}",
        String::from_utf8_lossy(&tested.stdout)
    );
}

/// All projects have the same SDK beside them. All but one take it from one place here, so that it is built once for them.
fn share_sdk(project: &Path) {
    static SDK: OnceLock<PathBuf> = OnceLock::new();
    let sdk = SDK.get_or_init(|| {
        let folder = outside().join("shared");
        _ = std::fs::remove_dir_all(&folder);
        let made = wasmgate(&outside(), &["plugin", "new", "shared"]);
        assert!(made.status.success(), "{made:?}");
        folder.join("wasmgate-sdk")
    });
    let manifest = project.join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let shared = format!("path = {:?}", sdk.to_str().unwrap());
    let text = text.replace("path = \"wasmgate-sdk\"", &shared);
    assert!(text.contains(&shared));
    std::fs::write(&manifest, text).unwrap();
}

fn wasmgate(folder: &Path, arguments: &[&str]) -> std::process::Output {
    Command::new(binary())
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

/// Without the network: what the SDK needs, this workspace has fetched.
fn cargo(project: &Path, arguments: &[&str]) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(arguments)
        .arg("--offline")
        .current_dir(project)
        .env("CARGO_TARGET_DIR", target());
    let done = cargo.output().unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// A folder outside of this tree, the same in each run: cargo keeps what it built by the path of the source.
fn outside() -> PathBuf {
    let tree = env!("CARGO_MANIFEST_DIR").replace('/', "-");
    let folder = std::env::temp_dir().join(format!("wasmgate-projects{tree}"));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// One for all projects, kept between runs.
fn target() -> PathBuf {
    binary().ancestors().nth(2).unwrap().join("projects")
}

const WASM: &str = "wasm32-unknown-unknown";
