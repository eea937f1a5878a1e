//! Does the engine of `vtl` render what Apache Velocity 1.7 renders, with API Gateway's rules about what is missing?
//! Thousands of generated templates, and those that people use, give the same bytes or fail alike.
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(
    clippy::disallowed_methods,
    reason = "a longer run is asked for by the environment"
)]

mod generate;
mod peer;

use peer::{Case, compare};

/// Templates a run; `VTL_CASES` and `VTL_SEED` make longer ones.
const CASES: usize = 6000;

#[test]
fn generated_templates_render_as_in_velocity() {
    let number = |name: &str, usual: usize| {
        std::env::var(name).map_or(usual, |value| value.parse().unwrap())
    };
    let seed = number("VTL_SEED", 20_260_101) as u64;
    let mut random = fastrand::Rng::with_seed(seed);
    let cases = (0..number("VTL_CASES", CASES)).map(|_| generate::case(&mut random));
    compare(&cases.collect::<Vec<_>>());
}

#[test]
fn templates_in_use_render_as_in_velocity() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/vtl");
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|ending| ending == "vtl" || ending == "vm")
        {
            let template = std::fs::read_to_string(path).unwrap();
            cases.extend(BODIES.iter().map(|body| Case::new(&template, body)));
        }
    }
    assert!(cases.len() > 20, "{} cases", cases.len());
    compare(&cases);
}

/// What the templates in use are made for, and what they are not.
const BODIES: &[&str] = &[
    "",
    r#"{"ID": "7", "FirstName": "Ann", "Age": 41, "City": "Ulm \"x\""}"#,
    r#"{"Items": [{"ID": {"S": "1"}, "FirstName": {"S": "A"}, "Age": {"N": "3"}}, {"ID": {"S": "2"}}]}"#,
    r#"{"statusCode": 200, "error": "customerror", "list": [1, [2, {"a": null}]]}"#,
    "a=1&b=2",
];
