//! Nothing is left out: every file here is part of the crate, and every guest has a test.

use std::{fs, path::Path, path::PathBuf};

#[test]
fn every_file_is_a_module() {
    let listed = include_str!("main.rs");
    let missing: Vec<_> = files("tests/gateway")
        .filter_map(|file| Some(format!("mod {};", file.file_stem()?.to_str()?)))
        .filter(|line| line != "mod main;" && !listed.contains(line))
        .collect();
    assert!(missing.is_empty(), "main.rs lacks {missing:?}");
}

#[test]
fn every_guest_has_a_test() {
    let own = Path::new(file!()).file_name();
    let tests: String = files("tests")
        .chain(files("tests/gateway"))
        .filter(|file| file.file_name() != own)
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    // What the benchmark runs.
    let measured = "reads_headers";
    let without: Vec<_> = wasmgate_tests::guests()
        .into_iter()
        .filter(|guest| guest != measured && !tests.contains(guest))
        .collect();
    assert!(without.is_empty(), "guests without a test: {without:?}");
}

/// Rust files of a folder of this package.
fn files(folder: &str) -> impl Iterator<Item = PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = fs::read_dir(folder).unwrap();
    let files = files.map(|file| file.unwrap().path());
    files.filter(|file| file.extension().is_some_and(|ending| ending == "rs"))
}
