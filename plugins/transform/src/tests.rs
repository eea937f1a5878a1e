#![expect(clippy::unwrap_used, reason = "tests")]

use wasmgate_sdk::{Patch, Reply, Request, RequestFilter, test};

use super::Transform;

fn plugin(config: &str) -> Transform {
    test::configure(config).unwrap()
}

#[test]
fn fields_are_removed_then_set_then_appended() {
    let plugin = plugin(
        r#"{"request": {"headers": {"append": {"via": "gate"}, "set": {"x-tenant": "acme"}, "remove": ["cookie"]}}}"#,
    );
    let patch = test::filter_request(&plugin, &Request::test("GET", "/")).unwrap();
    let expected = Patch::new()
        .remove_header("cookie")
        .set_header("x-tenant", "acme")
        .append_header("via", "gate");
    assert_eq!(patch, expected);
}

#[test]
fn variables_are_filled_in() {
    let plugin = plugin(
        r#"{"request": {"query": {"set": {"who": "${context.authorizer.principalId}/${path.id}?${query.a}${header.X-B}"}}}}"#,
    );
    let request = Request::test("GET", "/?a=1")
        .context("authorizer.principalId", "alice")
        .path_parameter("id", "7")
        .header("x-b", "2");
    assert_eq!(
        test::filter_request(&plugin, &request).unwrap(),
        Patch::new().set_query("who", "alice/7?12")
    );
}

#[test]
fn value_with_a_missing_variable_is_passed_over() {
    let plugin = plugin(
        r#"{"request": {"headers": {"set": {"x-user": "user ${context.authorizer.name}"}}}}"#,
    );
    assert_eq!(
        test::filter_request(&plugin, &Request::test("GET", "/")).unwrap(),
        Patch::new()
    );
}

#[test]
fn client_cannot_forge_what_is_set() {
    let plugin =
        plugin(r#"{"request": {"headers": {"set": {"X-User": "a"}, "append": {"via": "b"}}}}"#);
    let interest = format!("{:?}", RequestFilter::interest(&plugin));
    assert!(interest.contains(r#"sets: ["x-user"]"#), "{interest}");
}

#[test]
fn replies_are_changed_too() {
    let plugin = plugin(
        r#"{"response": {"headers": {"remove": ["server"], "set": {"x-path": "${path.id}"}}}}"#,
    );
    let request = Request::test("GET", "/7").path_parameter("id", "7");
    let patch =
        test::filter_response(&plugin, &request, &Reply::test(200).header("server", "x")).unwrap();
    assert_eq!(
        patch,
        Patch::new()
            .remove_header("server")
            .set_header("x-path", "7")
    );
}

#[test]
fn unknown_variable_is_a_problem_at_its_place() {
    let config = r#"{"request": {"headers": {"set": {"a/b": "${contxt.x}"}}}}"#;
    let problem = test::configure::<Transform>(config).map(drop).unwrap_err();
    assert_eq!(problem.mistakes()[0].pointer, "/request/headers/set/a~1b");
    assert!(
        problem
            .to_string()
            .contains("unknown variable `${contxt.x}`")
    );
    assert!(
        test::configure::<Transform>(r#"{"response": {"headers": {"set": {"a": "${x"}}}}"#)
            .is_err()
    );
}

#[test]
fn example_of_the_readme_works() {
    // As in README.md, in JSON: this crate reads no YAML.
    let plugin = plugin(
        r#"{"request": {"headers": {"remove": ["cookie"], "set": {"x-user": "${context.authorizer.principalId}"}},
                        "query": {"append": {"via": "gateway"}}},
            "response": {"headers": {"set": {"strict-transport-security": "max-age=31536000"}}}}"#,
    );
    let request = Request::test("GET", "/").context("authorizer.principalId", "alice");
    let patch = Patch::new()
        .remove_header("cookie")
        .set_header("x-user", "alice")
        .append_query("via", "gateway");
    assert_eq!(test::filter_request(&plugin, &request), Ok(patch));
    let patch = Patch::new().set_header("strict-transport-security", "max-age=31536000");
    assert_eq!(
        test::filter_response(&plugin, &request, &Reply::test(200)),
        Ok(patch)
    );
}
