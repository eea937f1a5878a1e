//! Cases as data: one folder each below `tests/cases`; adding a case is adding a folder.

use std::path::{Path, PathBuf};

/// Runs `check` on every folder of `tests/cases/NAME`, and reports all that fail.
pub fn run(name: &str, check: impl Fn(&Case) -> Result<(), String>) {
    let cases = all(name);
    assert!(!cases.is_empty(), "no cases in tests/cases/{name}");
    let failed: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            check(case)
                .err()
                .map(|error| format!("{}: {error}", case.name))
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

/// One folder.
#[derive(Debug)]
pub struct Case {
    pub name: String,
    pub folder: PathBuf,
}

impl Case {
    pub fn text(&self, file: &str) -> String {
        let path = self.folder.join(file);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Compares with a file, or writes it where `UPDATE` is set.
    pub fn expect(&self, file: &str, actual: &str) -> Result<(), String> {
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(self.folder.join(file), actual).map_err(|error| error.to_string())?;
        }
        let expected = self.text(file);
        if expected == actual {
            return Ok(());
        }
        Err(format!("expected ({file}):\n{expected}\ngot:\n{actual}"))
    }
}

/// The cases of a place, by name.
pub fn all(name: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("cases")
        .join(name);
    let mut cases: Vec<Case> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .filter_map(|entry| {
            let entry = entry.ok().filter(|entry| entry.path().is_dir())?;
            Some(Case {
                name: entry.file_name().to_string_lossy().into_owned(),
                folder: entry.path(),
            })
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}
