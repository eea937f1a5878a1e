#![expect(clippy::unwrap_used, reason = "tests")]

use wasmgate_sdk::{Grant, Problem, Refusal, Request, test};

use super::ApiKey;

fn plugin(config: &str) -> ApiKey {
    test::configure(config).unwrap()
}

fn problem(config: &str) -> Problem {
    test::configure::<ApiKey>(config).map(drop).unwrap_err()
}

#[test]
fn known_key_is_granted() {
    let plugin = plugin(
        r#"{"keys": ["red", {"key": "blue", "principal": "bob", "context": {"tenant": "acme"}}]}"#,
    );
    let call = |key| test::authorize(&plugin, &Request::test("GET", "/").header("X-Api-Key", key));
    assert_eq!(call("red"), Ok(Grant::default().usage_key("red")));
    assert_eq!(
        call("blue"),
        Ok(Grant::to("bob").context("tenant", "acme").usage_key("blue"))
    );
}

#[test]
fn unknown_and_missing_keys_are_forbidden() {
    let plugin = plugin(r#"{"keys": ["red"]}"#);
    for key in ["", "RED", "red ", "blue"] {
        let request = Request::test("GET", "/").header("x-api-key", key);
        assert_eq!(
            test::authorize(&plugin, &request),
            Err(Refusal::forbidden()),
            "`{key}`"
        );
    }
    let without = Request::test("GET", "/");
    assert_eq!(
        test::authorize(&plugin, &without),
        Err(Refusal::forbidden())
    );
}

#[test]
fn key_is_found_in_query_and_cookie() {
    let plugin = plugin(r#"{"query": "key", "cookie": "k", "keys": ["red"]}"#);
    let query = Request::test("GET", "/?key=red");
    let cookie = Request::test("GET", "/").header("cookie", "a=b; k=red");
    let header = Request::test("GET", "/").header("x-api-key", "red");
    assert!(test::authorize(&plugin, &query).is_ok());
    assert!(test::authorize(&plugin, &cookie).is_ok());
    assert!(test::authorize(&plugin, &header).is_err());
}

#[test]
fn keys_come_from_a_file() {
    let file = test::asset("keys.csv", "# ours\nred,alice\n\nblue\r\n");
    let plugin = plugin(&format!(r#"{{"keys": {file}}}"#));
    let call = |key| test::authorize(&plugin, &Request::test("GET", "/").header("x-api-key", key));
    assert_eq!(call("red"), Ok(Grant::to("alice").usage_key("red")));
    assert!(call("blue").is_ok());
    assert!(call("# ours").is_err());
}

#[test]
fn every_mistake_has_its_place() {
    let mistakes = problem(r#"{"keys": ["", "fine", " x"]}"#);
    let pointers: Vec<_> = mistakes
        .mistakes()
        .iter()
        .map(|mistake| mistake.pointer.as_str())
        .collect();
    assert_eq!(pointers, ["/keys/0", "/keys/2"]);

    let file = test::asset("keys.csv", "red\n,alice\n");
    let mistakes = problem(&format!(r#"{{"keys": {file}}}"#));
    assert_eq!(
        (
            mistakes.mistakes()[0].line,
            mistakes.mistakes()[0].pointer.as_str()
        ),
        (Some(2), "/keys")
    );
}

#[test]
fn no_keys_are_a_problem() {
    assert_eq!(problem(r#"{"keys": []}"#).mistakes()[0].pointer, "/keys");
    assert!(problem("{}").to_string().contains("missing field `keys`"));
    assert!(
        problem(r#"{"keys": 5}"#)
            .to_string()
            .contains("a list of keys, or `{file: PATH}`")
    );
}

#[test]
fn example_of_the_readme_works() {
    // As in README.md, in JSON: this crate reads no YAML.
    let plugin = plugin(
        r#"{"keys": ["red-key", {"key": "blue-key", "principal": "bob", "context": {"tenant": "acme"}}]}"#,
    );
    let request = Request::test("GET", "/").header("x-api-key", "blue-key");
    let bob = Grant::to("bob")
        .context("tenant", "acme")
        .usage_key("blue-key");
    assert_eq!(test::authorize(&plugin, &request), Ok(bob));
}
