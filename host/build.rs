//! Builds the plugins that travel in the binary, and gathers the SDK for `wasmgate plugin new`.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo talks to build scripts through the environment"
)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

const TARGET: &str = "wasm32-unknown-unknown";
/// What tools leave in the folder of an SDK.
const MADE: [&str; 4] = ["target", "node_modules", "__pycache__", "build"];

fn main() {
    let out = PathBuf::from(variable("OUT_DIR"));
    let manifest = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let root = manifest.parent().expect("the host stands in the workspace");
    for watched in ["Cargo.toml", ".cargo/config.toml"] {
        println!("cargo::rerun-if-changed={}", root.join(watched).display());
    }
    let list = plugins(root, &out) + &sdks(root);
    fs::write(out.join("builtin.rs"), list).expect("OUT_DIR can be written");
}

/// Builds all of `plugins/` and lists them as `PLUGINS`.
fn plugins(root: &Path, out: &Path) -> String {
    let names = folders(&root.join("plugins"));
    // Beside the outer build: its target directory is locked while this runs.
    let target = out.ancestors().nth(4).unwrap_or(out).join("plugins");
    require_target();
    build(root, &target, &names);

    let kept = names.iter().map(|name| {
        watch(&root.join("plugins").join(name));
        let built = target
            .join(TARGET)
            .join("plugin")
            .join(name.replace('-', "_") + ".wasm");
        let kept = out.join(name.clone() + ".wasm");
        fs::copy(&built, &kept)
            .unwrap_or_else(|e| fail(&format!("plugin `{name}` was not built: {e}")));
        (PathBuf::from(name), kept)
    });
    list(
        "The built-in plugins: name and bytes.",
        "PLUGINS",
        &kept.collect::<Vec<_>>(),
    )
}

fn require_target() {
    let rustc = env::var_os("RUSTC").unwrap_or("rustc".into());
    let found = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output();
    let there =
        found.is_ok_and(|found| Path::new(String::from_utf8_lossy(&found.stdout).trim()).is_dir());
    if !there {
        fail(&format!(
            "the plugins need the Rust target {TARGET}: run `rustup target add {TARGET}` (`make setup` does)"
        ));
    }
}

fn build(root: &Path, target: &Path, names: &[String]) {
    let mut cargo = Command::new(variable("CARGO"));
    cargo.current_dir(root).args([
        "build",
        "--quiet",
        "--locked",
        "--profile",
        "plugin",
        "--target",
        TARGET,
    ]);
    cargo.arg("--target-dir").arg(target);
    cargo.args(names.iter().flat_map(|name| ["-p", name]));
    // What the outer build says about itself: flags for its own target, clippy in the place of the compiler.
    for theirs in [
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTFLAGS",
        "RUSTC_WORKSPACE_WRAPPER",
        "CARGO_BUILD_TARGET",
        "TARGET",
    ] {
        cargo.env_remove(theirs);
    }
    match cargo.status() {
        Ok(status) if status.success() => {}
        _ => fail("the built-in plugins do not build: see above"),
    }
}

/// Lists what every language's projects are made of, `sdk/LANGUAGE`, as `SDKS`, and the cases that all begin with as
/// `CASES`.
fn sdks(root: &Path) -> String {
    for folder in ["sdk", "wit"] {
        println!("cargo::rerun-if-changed={}", root.join(folder).display());
    }
    let mut listed = String::new();
    for folder in entries(&root.join("sdk")) {
        let language = folder.file_name().unwrap_or_default().to_string_lossy();
        if folder.is_dir() && language != "cases" {
            listed += &sdk(&folder, &language);
        }
    }
    let mut cases = Vec::new();
    walk(&root.join("sdk/cases"), Path::new(""), &mut cases);
    let cases = list("The cases of a new project, by hook.", "CASES", &cases);
    format!("/// The SDKs, by language.\npub(crate) const SDKS: &[Sdk] = &[\n{listed}];\n{cases}")
}

/// One item of `SDKS`: an SDK's own files, for the Rust one with the contract inside, and its `template/`.
fn sdk(folder: &Path, language: &str) -> String {
    let mut files = Vec::new();
    walk(folder, Path::new(""), &mut files);
    let (template, files): (Vec<_>, Vec<_>) = files
        .into_iter()
        .filter(|(path, _)| {
            !path.starts_with("tests") && !path.iter().skip(1).any(|part| part == "template")
        })
        .partition(|(path, _)| path.starts_with("template"));
    let template = template
        .into_iter()
        .filter_map(|(path, file)| Some((path.strip_prefix("template").ok()?.to_owned(), file)));
    let template: Vec<_> = template.collect();
    format!(
        "    Sdk {{\n    language: {language:?},\n    files: &[\n{}],\n    template: &[\n{}],\n    }},\n",
        embedded(&files),
        embedded(&template)
    )
}

/// The source of a constant that holds files.
fn list(what: &str, name: &str, files: &[(PathBuf, PathBuf)]) -> String {
    format!(
        "/// {what}\npub(crate) const {name}: Files = &[\n{}];\n",
        embedded(files)
    )
}

fn embedded(files: &[(PathBuf, PathBuf)]) -> String {
    files
        .iter()
        .map(|(path, file)| format!("    ({path:?}, include_bytes!({file:?})),\n"))
        .collect()
}

fn walk(folder: &Path, path: &Path, files: &mut Vec<(PathBuf, PathBuf)>) {
    for entry in entries(folder) {
        let path = path.join(entry.file_name().unwrap_or_default());
        if MADE.iter().any(|made| path.ends_with(made)) {
            continue;
        }
        if entry.is_dir() {
            walk(&entry, &path, files);
        } else {
            files.push((path, entry));
        }
    }
}

/// Builds again when the code of a crate changes; its README does not count.
fn watch(folder: &Path) {
    for entry in entries(folder) {
        let code = entry
            .extension()
            .is_some_and(|ending| ending == "rs" || ending == "toml" || ending == "wit");
        // A folder is watched as a whole: a new file counts.
        if code || entry.is_dir() {
            println!("cargo::rerun-if-changed={}", entry.display());
        }
    }
}

fn folders(folder: &Path) -> Vec<String> {
    let all = entries(folder)
        .into_iter()
        .filter(|entry| entry.join("Cargo.toml").is_file());
    all.filter_map(|entry| Some(entry.file_name()?.to_str()?.to_owned()))
        .collect()
}

/// What a folder holds, in order, so that builds repeat.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(folder)
        .unwrap_or_else(|e| fail(&format!("cannot read {}: {e}", folder.display())));
    let mut entries: Vec<PathBuf> = read.filter_map(|entry| Some(entry.ok()?.path())).collect();
    entries.sort();
    entries
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| fail(&format!("cargo sets {name}")))
}

fn fail(message: &str) -> ! {
    println!("cargo::error={message}");
    std::process::exit(1)
}
