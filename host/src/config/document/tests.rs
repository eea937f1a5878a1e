//! What a file means, and where things stand in it.
#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::json;

use super::*;

fn parse(text: &str) -> (Arc<Document>, Option<Value>, Vec<String>) {
    let environment = |name: &str| (name == "PORT").then(|| "8080".to_owned());
    let (document, value, problems) = read("a.yaml".into(), text.to_owned(), &environment);
    (
        document,
        value,
        problems
            .into_iter()
            .map(|problem| problem.message)
            .collect(),
    )
}

#[test]
fn values_and_names_have_places() {
    let (document, value, _) = parse("a:\n  b/c: [1, two]\n");
    assert_eq!(value, Some(json!({ "a": { "b/c": [1, "two"] } })));
    assert_eq!(document.position("/a/b~1c/1"), (2, 12));
    assert_eq!(document.key_position("/a/b~1c"), (2, 3));
    assert_eq!(document.position("/a/b~1c/7/x"), (2, 8));
}

#[test]
fn only_the_core_schema_gives_types() {
    let (_, value, _) = parse("[yes, off, true, ~, 1, 1.5, 0x10, \"1\", 1.2.3, !!str 5]");
    let expected = json!(["yes", "off", true, null, 1, 1.5, 16, "1", "1.2.3", "5"]);
    assert_eq!(value, Some(expected));
}

#[test]
fn a_whole_plain_variable_keeps_its_type() {
    let (_, value, _) = parse("- ${PORT}\n- \"${PORT}\"\n- a${PORT}\n");
    assert_eq!(value, Some(json!([8080, "8080", "a8080"])));
}

#[test]
fn values_of_the_environment_are_not_shown() {
    let (document, _, _) = parse("a: ${PORT}");
    assert_eq!(document.mask("/a", "bad `8080`"), "bad `${PORT}`");
    assert_eq!(document.mask("/b", "bad `8080`"), "bad `8080`");
}

#[test]
fn aliases_stand_for_values_of_the_environment_too() {
    let (document, _, _) = parse("a: &a { b: 'x${PORT}' }\nc: *a\nd: &d [*a]\ne: *d");
    assert_eq!(document.written("/c/b"), Some("x${PORT}"));
    assert!(document.is_expanded("/c"));
    assert_eq!(document.written("/e/0/b"), Some("x${PORT}"));
    assert_eq!(document.written("/e"), None);
}

#[test]
fn every_duplicate_is_told() {
    let (_, value, problems) = parse("a: 1\na: 2\na: [x]\nb: ok");
    assert_eq!(value, Some(json!({ "a": 1, "b": "ok" })));
    assert_eq!(problems, ["`a` is written twice", "`a` is written twice"]);
}

#[test]
fn alias_bombs_are_refused() {
    let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{},", level - 1).repeat(10);
        text += &format!("a{level}: &a{level} [{}]\n", below.trim_end_matches(','));
    }
    let (_, value, problems) = parse(&text);
    assert_eq!(value, None);
    assert_eq!(problems, ["aliases make this file too large"]);
}

#[test]
fn deep_nesting_is_refused() {
    let (_, value, problems) = parse(&format!("{}{}", "[".repeat(200), "]".repeat(200)));
    assert_eq!((value, problems.len()), (None, 1), "{problems:?}");
}

#[test]
fn any_bytes_are_read_or_refused() {
    for length in 0..400_usize {
        let mut random = fastrand::Rng::with_seed(length as u64);
        let letters = b"a: -[]{}&*!|>'\"%@`#,\n\t ?$\\0~<";
        let text = (0..length)
            .map(|_| letters[random.usize(..letters.len())])
            .collect();
        parse(&String::from_utf8(text).unwrap());
    }
}
