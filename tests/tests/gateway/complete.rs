//! Every guest has a test, or is what the benchmark runs.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{fs, path::Path};

#[test]
fn every_guest_has_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let own = Path::new(file!()).file_name();
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let tests: String = files
        .filter(|file| file.extension().is_some_and(|ending| ending == "rs"))
        .filter(|file| file.file_name() != own)
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    let without: Vec<_> = wasmgate_tests::guests()
        .into_iter()
        .filter(|guest| guest != "reads_headers" && !tests.contains(guest))
        .collect();
    assert!(without.is_empty(), "guests without a test: {without:?}");
}
