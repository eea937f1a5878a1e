//! Whole configurations: bad ones with the report that each gets, good ones, and the schema.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::*;

/// Where a file of the repository is.
fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Holds a generated text against its file, or writes the file where `UPDATE` is set.
fn expect(path: &Path, text: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, text).unwrap();
    }
    let written = fs::read_to_string(path).unwrap_or_default();
    let shown = path.display();
    assert_eq!(
        written, text,
        "{shown} is stale: run the tests once with UPDATE=1"
    );
}

/// What `check` would print; nothing for a configuration without mistakes.
fn report(path: &Path) -> String {
    let environment = |name: &str| match name {
        "SET" => Some("value-of-SET".to_owned()),
        // Where the peers of `examples/orders` are.
        "ISSUER" | "SHOP" => Some("http://127.0.0.1:1".to_owned()),
        _ => None,
    };
    let problems = load(path, &environment).err();
    let directory = format!("{}/", path.parent().unwrap().display());
    problems.map_or_else(String::new, |problems| {
        problems.to_string().replace(&directory, "")
    })
}

fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = fs::read_dir(root("tests/cases/config"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    cases
}

#[test]
fn every_mistake_is_reported_as_expected() {
    for case in cases() {
        expect(
            &case.join("expected.txt"),
            &report(&case.join("wasmgate.yaml")),
        );
    }
}

#[test]
fn published_schema_is_the_one_that_holds() {
    expect(&root("wasmgate.schema.json"), &format!("{:#}\n", schema()));
}

#[test]
fn reference_is_the_schema_told() {
    let path = root("docs/configuration.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(reference::BEGIN).unwrap();
    let (_, after) = rest.split_once(reference::END).unwrap();
    let told = reference::of(&schema());
    let page = format!(
        "{before}{}\n\n{told}\n{}{after}",
        reference::BEGIN,
        reference::END
    );
    expect(&path, &page);
}

#[test]
fn examples_have_no_mistakes() {
    let mut examples = Vec::new();
    for entry in fs::read_dir(root("examples")).into_iter().flatten() {
        let path = entry.unwrap().path().join("wasmgate.yaml");
        examples.extend(path.exists().then_some(path));
    }
    for example in examples {
        assert_eq!(report(&example), "", "{}", example.display());
    }
}
