//! The official test suite of JSON Schema, through the models of a configuration.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{config::Draft, models::Models};

const SUITE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/vectors/json-schema"
);

/// All documents to which the suite refers, by their URIs.
fn remotes() -> BTreeMap<String, Value> {
    let root = Path::new(SUITE).join("remotes");
    let files = json_files(&root, true).into_iter();
    files
        .map(|file| {
            let path = file.strip_prefix(&root).unwrap().to_str().unwrap();
            let uri = format!("http://localhost:1234/{path}");
            (
                uri,
                serde_json::from_slice(&fs::read(&file).unwrap()).unwrap(),
            )
        })
        .collect()
}

fn json_files(folder: &Path, deep: bool) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut files = Vec::new();
    for entry in entries.map(|entry| entry.unwrap().path()) {
        if entry.is_dir() && deep {
            files.extend(json_files(&entry, true));
        } else if entry.extension().is_some_and(|ending| ending == "json") {
            files.push(entry);
        }
    }
    files.sort();
    files
}

/// Runs the cases of files; gives how many there were, and those that came out wrong.
fn run(draft: Draft, formats: Option<bool>, files: &[PathBuf]) -> (usize, Vec<String>) {
    let models = Models::read(draft, formats, remotes()).unwrap();
    let (mut count, mut wrong) = (0, Vec::new());
    for file in files {
        let groups: Vec<Value> = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        for group in groups {
            let schema = models.schema("", group["schema"].clone());
            for case in group["tests"].as_array().unwrap() {
                count += 1;
                let expected = case["valid"] == json!(true);
                let found = schema
                    .as_ref()
                    .map(|(_, validator)| validator.is_valid(&case["data"]));
                if found != Ok(expected) {
                    let problem = schema
                        .as_ref()
                        .err()
                        .map(ToString::to_string)
                        .unwrap_or_default();
                    let name = file.file_name().unwrap().to_str().unwrap();
                    wrong.push(format!(
                        "{name}: {}: {} {problem}",
                        group["description"], case["description"]
                    ));
                }
            }
        }
    }
    (count, wrong)
}

fn required(draft: Draft, folder: &str, at_least: usize) {
    let folder = Path::new(SUITE).join("tests").join(folder);
    let (count, wrong) = run(draft, None, &json_files(&folder, false));
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count >= at_least, "only {count} cases were found");
}

#[test]
fn draft_4_is_whole() {
    required(Draft::Draft4, "draft4", 600);
}

#[test]
fn draft_6_is_whole() {
    required(Draft::Draft6, "draft6", 600);
}

#[test]
fn draft_7_is_whole() {
    required(Draft::Draft7, "draft7", 600);
}

#[test]
fn draft_2020_12_is_whole() {
    required(Draft::Draft202012, "draft2020-12", 600);
}

/// How many of the optional cases of a file come out otherwise, of each draft that has it: 4, 6, 7 and 2020-12.
const OTHERWISE: &[(&str, [usize; 4], &str)] = &[
    (
        "format/ecmascript-regex.json",
        [0, 0, 0, 1],
        "the format `regex` is what the regex crate reads, and it knows `\\a`",
    ),
    (
        "format/idn-email.json",
        [0, 0, 2, 2],
        "internationalized names are not checked: their tables (IDNA) are left out",
    ),
    ("format/idn-hostname.json", [0, 0, 34, 34], "likewise"),
];

#[test]
fn optional_cases_are_as_listed() {
    let drafts = [
        (Draft::Draft4, "draft4"),
        (Draft::Draft6, "draft6"),
        (Draft::Draft7, "draft7"),
        (Draft::Draft202012, "draft2020-12"),
    ];
    let mut found = BTreeMap::<String, [usize; 4]>::new();
    for (at, (draft, name)) in drafts.into_iter().enumerate() {
        let folder = Path::new(SUITE).join("tests").join(name).join("optional");
        for file in json_files(&folder, true) {
            // Formats are asserted where the suite asks for that.
            let formats = file.parent().unwrap().ends_with("format").then_some(true);
            let (_, wrong) = run(draft, formats, std::slice::from_ref(&file));
            let name = file.strip_prefix(&folder).unwrap().to_str().unwrap();
            if !wrong.is_empty() {
                found.entry(name.to_owned()).or_default()[at] = wrong.len();
            }
        }
    }
    let listed = OTHERWISE
        .iter()
        .map(|(name, counts, _)| ((*name).to_owned(), *counts));
    assert_eq!(found, listed.collect());
}
