//! `tests/cases/conformance`: a guest of each language keeps what the contract promises.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use wasmgate_tests::{Directory, Upstream, binary, guest, project};

/// What a language cannot do, by the case's name. The README of its SDK says so.
const EXCEPTIONS: &[(&str, &str)] = &[];

#[tokio::test]
async fn rust() {
    conforms("rust", "wasm", &guest("conforms")).await;
}

#[tokio::test]
async fn c() {
    conforms("c", "wasm", &built("c")).await;
}

#[tokio::test]
async fn zig() {
    conforms("zig", "wasm", &built("zig")).await;
}

#[tokio::test]
async fn javascript() {
    conforms("javascript", "wasm", &built("javascript")).await;
}

/// The same JavaScript as a file of its own.
#[tokio::test]
async fn script() {
    let script = fs::read(tests().join("conformance/javascript/plugin.js"));
    conforms("script", "js", &script.unwrap()).await;
}

#[tokio::test]
async fn go() {
    conforms("go", "wasm", &built("go")).await;
}

#[tokio::test]
async fn python() {
    conforms("python", "wasm", &built("python")).await;
}

fn built(language: &str) -> Vec<u8> {
    fs::read(project::build(&tests().join("conformance").join(language))).unwrap()
}

/// Fails exactly where it is an exception.
async fn conforms(language: &str, ending: &str, plugin: &[u8]) {
    let upstream = Upstream::start().await;
    let folder = Directory::new();
    let file = format!("conforms.{ending}");
    folder.write(&file, plugin);
    let url = upstream.url();
    let ran = tokio::task::spawn_blocking(move || run(folder.path(), &file, &url));
    let ran = ran.await.unwrap();
    let told = String::from_utf8(ran.stdout).unwrap();
    assert!(
        told.ends_with(" failed\n"),
        "{told}{:?}",
        String::from_utf8(ran.stderr)
    );
    let failed = told.lines().filter_map(|line| line.strip_prefix("FAIL "));
    let exceptions = EXCEPTIONS.iter().filter(|(of, _)| *of == language);
    let exceptions = exceptions.map(|(_, case)| *case);
    assert!(failed.eq(exceptions), "{told}");
}

fn run(folder: &Path, file: &str, upstream: &str) -> Output {
    Command::new(binary())
        .args(["plugin", "test", file])
        .arg(tests().join("cases/conformance/cases.yaml"))
        .current_dir(folder)
        .env("UPSTREAM", upstream)
        .output()
        .unwrap()
}

fn tests() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
