#![expect(clippy::unwrap_used, reason = "tests")]

use wasmgate_sdk::{Grant, Problem, Refusal, Request, test};

use super::ApiKey;

fn plugin(config: &str) -> ApiKey {
    test::configure(config).unwrap()
}

fn problem(config: &str) -> Problem {
    test::configure::<ApiKey>(config).unwrap_err()
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

/// SHA-256 of `red`.
const RED: &str = "sha256:b1f51a511f1da0cd348b8f8598db32e61cb963e5fc69e2b41485bf99590ed75a";

fn from_file(name: &str, content: &str) -> Result<ApiKey, Problem> {
    let file = test::asset(name, content);
    test::configure(&format!(r#"{{"keys": {file}}}"#))
}

fn call(plugin: &ApiKey, key: &str) -> Option<Grant> {
    let request = Request::test("GET", "/").header("x-api-key", key);
    let outcome = test::authorize(plugin, &request);
    assert!(outcome.is_ok() || outcome == Err(Refusal::forbidden()));
    outcome.ok()
}

#[test]
fn digest_stands_for_its_key() {
    for plugin in [
        plugin(&format!(r#"{{"keys": ["{RED}"]}}"#)),
        plugin(&format!(
            r#"{{"keys": [{{"key": "{}"}}]}}"#,
            RED.to_uppercase().replace("SHA", "sha")
        )),
        from_file("keys", RED).unwrap(),
        from_file("keys.yaml", &format!("- '{RED}'")).unwrap(),
        from_file("keys.csv", &format!("Name,Key\n,{RED}")).unwrap(),
    ] {
        assert_eq!(
            call(&plugin, "red"),
            Some(Grant::default().usage_key("red"))
        );
        assert_eq!(call(&plugin, RED), None, "the digest is no key");
    }
}

#[test]
fn keys_come_from_a_yaml_file() {
    let alone =
        "- red\n- 12345\n- { key: blue, principal: bob, context: { tenant: acme, level: 3 } }\n";
    let under = format!("keys:\n{alone}");
    let json = r#"{"keys": ["red", "12345", {"key": "blue", "principal": "bob", "context": {"tenant": "acme", "level": "3"}}]}"#;
    for (name, content) in [("k.yaml", alone), ("k.YML", &under), ("k.json", json)] {
        let plugin = from_file(name, content).unwrap();
        assert!(
            call(&plugin, "red").is_some() && call(&plugin, "12345").is_some(),
            "{name}"
        );
        let bob = Grant::to("bob")
            .context("level", "3")
            .context("tenant", "acme");
        assert_eq!(call(&plugin, "blue"), Some(bob.usage_key("blue")), "{name}");
    }
}

#[test]
fn keys_come_from_what_amazon_api_gateway_imports() {
    let plugin = from_file(
        "import.csv",
        "\u{feff}enabled,KEY,Colour,name,Description,UsagePlanIds\r\n\
         TRUE,aaaa,red,Ann,\"says \"\"hi\"\", twice\nand more\",\"p1,p2\"\r\n\
         false,bbbb,red,Bob,,\r\n\
         ,cccc,,Cy\r\n\
         \r\n\
         true,aaab,x,Dee\r\n\
         true,aaab,x,\"Eve\"\n\
         true,dddd,x,Flo\n\
         false,dddd,x,Flo",
    )
    .unwrap();
    let ann = Grant::to("Ann")
        .context("description", "says \"hi\", twice\nand more")
        .context("usagePlanIds", "p1,p2");
    assert_eq!(call(&plugin, "aaaa"), Some(ann.usage_key("aaaa")));
    assert_eq!(call(&plugin, "bbbb"), None, "it is not enabled");
    assert_eq!(
        call(&plugin, "cccc"),
        Some(Grant::to("Cy").usage_key("cccc"))
    );
    assert_eq!(
        call(&plugin, "aaab"),
        Some(Grant::to("Eve").usage_key("aaab")),
        "the later one counts"
    );
    assert_eq!(call(&plugin, "dddd"), None, "the later one counts here too");
    assert_eq!(call(&plugin, "KEY"), None);
}

#[test]
fn wrong_files_are_refused_at_their_line() {
    for (name, content, place, part) in [
        ("k", "red\n\n blue \n,bob", (4, 1), "without spaces"),
        ("k", "sha256:12", (1, 1), "64 hexadecimal digits"),
        (
            "k",
            "sha256:b1f51a511f1da0cd348b8f8598db32e61cb963e5fc69e2b41485bf99590ed75é",
            (1, 1),
            "64 hexadecimal",
        ),
        ("k.yaml", "- red\n-   { key: '' }", (2, 5), "without spaces"),
        (
            "k.yaml",
            "- red\n- { keys: blue }",
            (2, 5),
            "expected `key`",
        ),
        ("k.yaml", "- red\n- [blue]", (2, 3), "a text, or an object"),
        ("k.yaml", "red", (1, 1), "a list of keys"),
        ("k.yaml", "key:\n- red", (1, 1), "expected `keys`"),
        ("k.yaml", "- &a red\n- *a", (2, 3), "a text, or an object"),
        (
            "k.yaml",
            "- red\n- { context: [] }",
            (2, 14),
            "names and texts",
        ),
        (
            "k.yaml",
            "- red\n- { context: { a: {} } }",
            (2, 19),
            "expected a text",
        ),
        (
            "k.yaml",
            "- red\n- { enabled: yes }",
            (2, 14),
            "`true` or `false`",
        ),
        ("k.yaml", "- {", (2, 1), "not YAML"),
        ("k.csv", "Name,Key\nann,", (2, 1), "without spaces"),
        (
            "k.csv",
            "Name,Key,Enabled\nann,red,maybe",
            (2, 1),
            "`true` or `false`",
        ),
        (
            "k.csv",
            "Name,Key,KEY\nann,red",
            (1, 1),
            "two columns `key`",
        ),
        (
            "k.csv",
            "Name,Key\nann,\"red\" x",
            (2, 1),
            "followed by a comma",
        ),
        (
            "k.csv",
            "Name,Key\nann,\"red\nblue",
            (3, 1),
            "inside of a quoted field",
        ),
    ] {
        let problem = from_file(name, content).unwrap_err();
        let mistake = &problem.mistakes()[0];
        assert_eq!(
            (
                &*mistake.pointer,
                mistake.line.unwrap_or(0),
                mistake.column.unwrap_or(0)
            ),
            ("/keys", place.0, place.1),
            "{content}: {problem}"
        );
        assert!(mistake.message.contains(part), "{content}: {problem}");
    }
    for empty in [
        ("k", "# none\n"),
        ("k.yaml", "[]"),
        ("k.yaml", ""),
        ("k.yaml", "- { key: red, enabled: false }"),
        ("k.csv", "Name,Key\na,b,\n"),
    ] {
        let outcome = from_file(empty.0, empty.1);
        assert_eq!(outcome.is_err(), !empty.1.contains("b,"), "{empty:?}");
    }
    let quote = format!("Name,Key\na,\"{}", "x\n".repeat(40_000));
    assert!(
        from_file("k.csv", &quote)
            .unwrap_err()
            .to_string()
            .contains("more than 65536 bytes")
    );
}

#[test]
fn what_separates_values_is_no_part_of_them() {
    let mistakes = problem(r#"{"keys": [{"key": "red", "principal": "a\u0000admin\u0000true"}]}"#);
    assert_eq!(mistakes.mistakes()[0].pointer, "/keys/0");
    assert!(mistakes.to_string().contains("NUL"));
}
