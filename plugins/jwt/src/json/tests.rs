#![expect(clippy::unwrap_used, reason = "tests")]

use std::{fs, path::Path};

use super::*;

/// The JSON parsing test suite: `y_` has to be read, `n_` must not, `i_` is up to us.
#[test]
fn suite_is_read_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/json-parsing");
    let mut counts = [0; 3];
    for file in fs::read_dir(folder.join("test_parsing")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_read = read(&fs::read(&path).unwrap()).is_some();
        match name.as_bytes()[0] {
            b'y' => {
                counts[0] += 1;
                // RFC 8259 leaves it to readers; we refuse what could be read in two ways.
                assert_eq!(is_read, !name.contains("duplicated_key"), "{name}");
            }
            b'n' => {
                counts[1] += 1;
                assert!(!is_read, "{name}");
            }
            _ => counts[2] += 1,
        }
    }
    assert_eq!(counts, [95, 188, 35]);
}
