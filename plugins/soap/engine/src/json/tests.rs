#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::xml::Limits;

fn again(text: &str) -> String {
    read(text, &Limits::default()).unwrap().to_json()
}

fn refusal(text: &str) -> String {
    read(text, &Limits::default()).unwrap_err().to_string()
}

#[test]
fn order_and_digits_are_kept() {
    let text = r#"{"z":[1.50,-0,1e400,12345678901234567890123],"a":{"b":null,"c":true,"d":false}}"#;
    assert_eq!(again(text), text);
    assert_eq!(again(" [ ] "), "[]");
    assert_eq!(again(" { } "), "{}");
}

#[test]
fn texts_are_unescaped_and_escaped() {
    let text = r#""a\"\\\/\b\f\n\r\t\u00e4\ud83d\ude00 ü\u0000""#;
    assert_eq!(
        again(text),
        "\"a\\\"\\\\/\\u0008\\u000c\\n\\r\\tä😀 ü\\u0000\""
    );
}

#[test]
fn what_is_no_json_is_refused_at_its_place() {
    for (text, message) in [
        (
            "",
            "the text ends where a value should be at line 1 column 1",
        ),
        (
            "{\n  \"a\": 1,\n  b: 2}",
            "expected the name of a member at line 3 column 3",
        ),
        ("[1 2]", "expected `,` or `]` at line 1 column 4"),
        ("[1,]", "no JSON value begins so at line 1 column 4"),
        (
            "{\"a\":1,}",
            "expected the name of a member at line 1 column 8",
        ),
        ("{\"a\" 1}", "expected `:` at line 1 column 6"),
        ("01", "not a number at line 1 column 1"),
        ("1.", "not a number at line 1 column 1"),
        ("-", "not a number at line 1 column 1"),
        ("1e", "not a number at line 1 column 1"),
        ("nul", "no JSON value begins so at line 1 column 1"),
        ("1 2", "more than one value at line 1 column 3"),
        ("\"a", "a text does not end at line 1 column 3"),
        ("\"\\x\"", "no such escape at line 1 column 4"),
        (
            "\"\\ud800\"",
            "a lone surrogate is no character at line 1 column 8",
        ),
        (
            "\"\\ud800\\u0041\"",
            "a lone surrogate is no character at line 1 column 14",
        ),
        (
            "\"\\u+123\"",
            "expected four hexadecimal digits at line 1 column 4",
        ),
        (
            r#"{"a":1,"a":2}"#,
            "the member `a` stands twice at line 1 column 14",
        ),
    ] {
        assert_eq!(refusal(text), message, "{text}");
    }
    assert!(refusal("\"\n\"").contains("control characters"));
}

#[test]
fn depth_and_size_are_bounded() {
    let limits = Limits { depth: 3, nodes: 5 };
    assert!(read("[[[1]]]", &limits).is_ok());
    assert!(read("[[[[1]]]]", &limits).is_err());
    assert!(read("[1,2,3,4]", &limits).is_ok());
    assert!(read("[1,2,3,4,5]", &limits).is_err());
    assert!(read(&"[".repeat(1_000_000), &Limits::default()).is_err());
}
