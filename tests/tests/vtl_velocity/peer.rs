//! The original, in one run of Java, and the comparison.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use vtl_engine::{Input, Limits, Map, MapRef, Scope, Template};
use wasmgate_tests::peer;

/// A template and what it is rendered with.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) template: String,
    pub(crate) body: String,
}

impl Case {
    pub(crate) fn new(template: &str, body: &str) -> Self {
        Case {
            template: template.to_owned(),
            body: body.to_owned(),
        }
    }

    fn json(&self) -> Value {
        json!({
            "template": self.template,
            "body": self.body,
            "params": {
                "path": { "id": PATH },
                "querystring": { "q": "a b", "page": "2" },
                "header": { "accept": "*/*", "x-a": "it's \"x\"" },
            },
            "context": { "stage": "test", "requestId": "r-1" },
            "stageVariables": { "TableName": "t" },
        })
    }

    fn rendered(&self) -> Result<String, String> {
        let template = Template::parse(&self.template).map_err(|error| error.to_string())?;
        let input = Input::new(&*self.body)
            .path("id", PATH)
            .query("page", "2")
            .query("q", "a b")
            .header("accept", "*/*")
            .header("x-a", "it's \"x\"");
        let map = |pairs: &[(&str, &str)]| -> MapRef {
            let pairs = pairs.iter().map(|(name, value)| (*name, (*value).into()));
            MapRef::new(pairs.collect::<Map>())
        };
        let scope = Scope {
            input: &input,
            variables: vec![
                ("context", map(&[("requestId", "r-1"), ("stage", "test")])),
                ("stageVariables", map(&[("TableName", "t")])),
            ],
        };
        template
            .render(&scope, Limits::default())
            .map_err(|error| error.to_string())
    }
}

const PATH: &str = "7%2F8";

/// Renders all cases by both, and fails with those that differ.
pub(crate) fn compare(cases: &[Case]) {
    let theirs = velocity(cases);
    let mut differences: Vec<String> = cases
        .iter()
        .zip(theirs)
        .filter_map(|(case, theirs)| difference(case, &theirs))
        .collect();
    differences.sort_by_key(String::len);
    let shown: Vec<_> = differences.iter().take(10).map(String::as_str).collect();
    assert!(
        differences.is_empty(),
        "{} of {} differ:\n{}",
        differences.len(),
        cases.len(),
        shown.join("\n")
    );
}

fn difference(case: &Case, theirs: &Value) -> Option<String> {
    let ours = case.rendered();
    let same = match (&ours, theirs["out"].as_str()) {
        // Java shows where an array or object lies in its memory.
        (Ok(ours), Some(theirs)) => *ours == without_addresses(theirs),
        (Err(_), None) => true,
        _ => false,
    };
    (!same).then(|| {
        format!(
            "template {:?}\nbody     {:?}\nours     {ours:?}\nvelocity {theirs}\n",
            case.template, case.body
        )
    })
}

fn without_addresses(text: &str) -> String {
    let mut pieces = text.split("[Ljava.lang.String;@");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out += "[Ljava.lang.String;";
        out += piece.trim_start_matches(|digit: char| digit.is_ascii_hexdigit());
    }
    out
}

/// What Velocity makes of the cases: each an object with `out` or `error`.
fn velocity(cases: &[Case]) -> Vec<Value> {
    let mut java = Command::new("java")
        .args([
            "-XX:TieredStopAtLevel=1",
            "-Dfile.encoding=UTF-8",
            "-Dslf4j.internal.verbosity=ERROR",
            "-cp",
        ])
        .arg(peer("velocity").join("*"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/velocity/src/Peer.java"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = java.stdin.take().unwrap();
    let lines: String = cases
        .iter()
        .map(|case| format!("{}\n", case.json()))
        .collect();
    let writing = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let lines = BufReader::new(java.stdout.take().unwrap()).lines();
    let results: Vec<Value> = lines
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    writing.join().unwrap().unwrap();
    assert!(java.wait().unwrap().success());
    assert_eq!(results.len(), cases.len());
    results
}
