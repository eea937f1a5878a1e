//! Replies by their status, and bodies that are bytes.

use serde_json::{Value, json};
use wasmgate_sdk::{Patch, Refusal, Reply, Request, test};

use super::{body, plugin, problem};
use crate::Vtl;

fn by_status() -> Vtl {
    plugin(&json!({
        "response": { "templates": { "application/json": "all: $input.body" } },
        "responses": [
            { "selection_pattern": "404", "status": 200, "templates": { "application/json": "none" } },
            { "selection_pattern": "4\\d+", "templates": { "application/json": "4xx" }, "content_type": "text/plain" },
            { "selection_pattern": "5..", "status": 502 },
        ],
    }))
}

#[test]
fn response_is_chosen_by_the_whole_status() {
    let html = ("content-type", "application/json");
    for (status, expected) in [
        (200, Patch::new().set_header(html.0, html.1).body("all: x")),
        (
            404,
            Patch::new()
                .set_status(200)
                .set_header(html.0, html.1)
                .body("none"),
        ),
        (
            400,
            Patch::new()
                .set_header("content-type", "text/plain")
                .body("4xx"),
        ),
        (503, Patch::new().set_status(502)),
    ] {
        let reply = Reply::test(status).body("x");
        let patch = test::map_response(&by_status(), &Request::test("GET", "/"), &reply);
        assert_eq!(patch, Ok(expected), "{status}");
    }
}

#[test]
fn template_for_a_reply_sees_both_statuses() {
    let text = "$context.integration.status $context.integrationStatus $context.status\
        #if($context.integration.status >= 500) failed#end";
    let templates = json!({ "application/json": text });
    let plugin = plugin(&json!({
        "request": { "templates": { "application/json": text } },
        "response": { "templates": templates },
        "responses": [{ "selection_pattern": "5..", "status": 502, "templates": templates }],
    }));
    let request = Request::test("GET", "/");
    for (status, expected) in [(404, "404 404 404"), (503, "503 503 502 failed")] {
        let patch = test::map_response(&plugin, &request, &Reply::test(status)).unwrap();
        assert_eq!(body(&patch), expected);
    }
    let patch = test::map_request(&plugin, &request).unwrap();
    assert_eq!(body(&patch), "  ", "a request has none");
}

#[test]
fn reply_without_a_response_passes() {
    let only = plugin(&json!({ "responses": [{ "selection_pattern": "5..", "status": 502 }] }));
    let patch = test::map_response(&only, &Request::test("GET", "/"), &Reply::test(200));
    assert_eq!(patch, Ok(Patch::new()));
}

const PNG: &[u8] = &[0x89, b'P', b'N', b'G', 0xff];

fn handled(direction: &str, handling: Option<&str>) -> Vtl {
    let side = match handling {
        Some(handling) => json!({ "content_handling": handling }),
        None => json!({}),
    };
    let mut config = json!({ "binary_media_types": ["image/*"] });
    if handling.is_some() {
        config[direction] = side;
    }
    plugin(&config)
}

fn outcome(result: Result<Patch, Refusal>) -> String {
    match result {
        Err(refusal) => refusal.code().to_owned(),
        Ok(patch) => match patch.new_body() {
            None => "as it is".to_owned(),
            Some(bytes) => String::from_utf8(bytes.to_vec()).unwrap_or("bytes".to_owned()),
        },
    }
}

#[test]
fn bodies_of_requests_are_handled_as_in_api_gateway() {
    let (to_text, to_binary) = (Some("convert_to_text"), Some("convert_to_binary"));
    for (content_type, handling, sent, expected) in [
        ("text/plain", None, b"gP8=".as_slice(), "as it is"),
        ("text/plain", to_text, b"gP8=", "as it is"),
        ("text/plain", to_binary, b"gP8=", "bytes"),
        ("text/plain", to_binary, b"?", "failure"),
        ("image/png", None, PNG, "as it is"),
        ("image/png", to_binary, PNG, "as it is"),
        ("image/png; a=b", to_text, PNG, "iVBOR/8="),
    ] {
        let request = Request::test("POST", "/")
            .header("content-type", content_type)
            .body(sent);
        let result = test::map_request(&handled("request", handling), &request);
        assert_eq!(outcome(result), expected, "{content_type} {handling:?}");
    }
}

#[test]
fn bodies_of_replies_are_handled_as_in_api_gateway() {
    let (to_text, to_binary) = (Some("convert_to_text"), Some("convert_to_binary"));
    for (content_type, accept, handling, expected) in [
        ("text/plain", "text/plain", None, "as it is"),
        ("text/plain", "text/plain", to_binary, "bytes"),
        ("text/plain", "text/plain", to_text, "as it is"),
        ("text/plain", "image/png", None, "bytes"),
        ("text/plain", "image/png", to_binary, "bytes"),
        ("text/plain", "image/png", to_text, "as it is"),
        ("image/png", "text/plain", None, "iVBOR/8="),
        ("image/png", "text/plain", to_binary, "as it is"),
        ("image/png", "text/plain", to_text, "iVBOR/8="),
        ("image/png", "image/png, text/plain", None, "as it is"),
        ("image/png", "image/*", to_binary, "as it is"),
        ("image/png", "image/png", to_text, "iVBOR/8="),
    ] {
        let sent = if content_type == "image/png" {
            PNG
        } else {
            b"gP8="
        };
        let reply = Reply::test(200)
            .header("content-type", content_type)
            .body(sent);
        let request = Request::test("GET", "/").header("accept", accept);
        let result = test::map_response(&handled("response", handling), &request, &reply);
        assert_eq!(
            outcome(result),
            expected,
            "{content_type} {accept} {handling:?}"
        );
    }
}

#[test]
fn template_sees_bytes_as_base64_or_fails() {
    let with = |handling: Value| {
        let templates = json!({ "image/png": "<$input.body>" });
        plugin(
            &json!({ "binary_media_types": ["*/*"], "request": { "templates": templates, "content_handling": handling } }),
        )
    };
    let request = Request::test("POST", "/")
        .header("content-type", "image/png")
        .body(PNG);
    let patch = test::map_request(&with(json!("convert_to_text")), &request).unwrap();
    assert_eq!(body(&patch), "<iVBOR/8=>");
    assert_eq!(
        test::map_request(&with(Value::Null), &request)
            .unwrap_err()
            .code(),
        "failure"
    );
}

#[test]
fn wrong_responses_are_problems_at_their_places() {
    for (config, pointer) in [
        (
            json!({ "responses": [{ "selection_pattern": "4(" , "status": 400 }] }),
            "/responses/0/selection_pattern",
        ),
        (
            json!({ "responses": [{ "selection_pattern": "4.." }] }),
            "/responses/0/templates",
        ),
        (
            json!({ "responses": [{ "status": 200 }, { "status": 201 }] }),
            "/responses/1",
        ),
        (
            json!({ "response": { "status": 200 }, "responses": [{ "status": 201 }] }),
            "/response",
        ),
        (json!({ "response": { "status": 100 } }), "/response/status"),
        (
            json!({ "responses": [{ "templates": { "a/b": "#if(" } }] }),
            "/responses/0/templates/a~1b",
        ),
        (
            json!({ "binary_media_types": ["image/png", "*/png"] }),
            "/binary_media_types/1",
        ),
        (
            json!({ "binary_media_types": ["png"] }),
            "/binary_media_types/0",
        ),
        (
            json!({ "request": { "content_handling": "text" } }),
            "/request/content_handling",
        ),
    ] {
        assert_eq!(problem(&config).mistakes()[0].pointer, pointer, "{config}");
    }
}
