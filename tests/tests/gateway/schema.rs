//! The built-in plugin `schema`: requests that do not match are refused before anything is sent on.

use serde_json::{Value, json};
use wasmgate_tests::{Gateway, Reply, Upstream, client::with_body, examples};

/// Query, fields and body of a request, and the message and details of its refusal.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, &'a str, Value);

/// A gateway with the validators of the plugin's README, and of a configuration that names files.
async fn gateway(upstream: &Upstream) -> Gateway {
    let url = upstream.url();
    let example = examples("schema")[0].replace("http://127.0.0.1:9000", &url);
    let yaml = format!(
        "{example}      ANY /pets/{{id}}:\n        validate:\n          - use: schema\n            with: {{ models: {{ Pet: {{ file: pet.json }} }}, \
         path: {{ id: {{ schema: {{ type: integer }} }} }}, body: {{ application/json: Pet, text/xml: {{ file: xml.json }} }} }}\n        to: '{url}'\n"
    );
    let pet = r#"{"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "mother": {"$ref": "Pet"}}}"#;
    let xml = r##"{"properties": {"pet": {"$ref": "Pet"}}, "required": ["pet"]}"##;
    let setup = Gateway::setup(&yaml)
        .file("pet.json", pet)
        .file("xml.json", xml);
    setup.plugin("schema").patient().start().await
}

async fn post(gateway: &Gateway, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    gateway
        .send(with_body("POST", path, headers, body.to_owned()))
        .await
}

// One gateway for all: it compiles the plugin.
#[tokio::test]
async fn only_requests_that_match_reach_the_upstream() {
    let upstream = Upstream::start().await;
    let gateway = gateway(&upstream).await;

    let tenant = ("x-tenant", "acme");
    let body = r#"{"id": 7, "items": ["a", "b-c"],  "to": {"city": "Rome"}}"#;
    let reply = post(&gateway, "/orders?page=2", &[tenant], body).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(upstream.request(0).await.body, body.as_bytes());
    let form = ("content-type", "application/x-www-form-urlencoded");
    assert_eq!(
        post(&gateway, "/orders", &[tenant, form], "id=7")
            .await
            .status,
        200
    );

    let missing = "Missing required request parameters: [x-tenant]";
    let (parameters, body) = ("Invalid request parameters: [page]", "Invalid request body");
    let wrong: [Case<'_>; 6] = [
        (
            "",
            &[],
            r#"{"id": 7, "items": []}"#,
            missing,
            json!([{ "in": "header", "name": "x-tenant", "pointer": "", "keyword": "required" }]),
        ),
        (
            "?page=0",
            &[tenant],
            r#"{"id": 7, "items": []}"#,
            parameters,
            json!([{ "in": "query", "name": "page", "pointer": "", "keyword": "minimum" }]),
        ),
        (
            "",
            &[tenant],
            r#"{"id": 7.5, "items": ["A"], "to": {"city": "R"}}"#,
            body,
            json!([{ "in": "body", "pointer": "/id", "keyword": "type" },
                { "in": "body", "pointer": "/items/0", "keyword": "pattern" },
                { "in": "body", "pointer": "/to/city", "keyword": "minLength" }]),
        ),
        (
            "",
            &[tenant],
            "{",
            body,
            json!([{ "in": "body", "pointer": "", "keyword": "syntax" }]),
        ),
        (
            "",
            &[tenant, form],
            "id=x",
            body,
            json!([{ "in": "body", "pointer": "/id", "keyword": "type" }]),
        ),
        (
            "",
            &[tenant, ("content-type", "text/html")],
            "",
            body,
            json!([{ "in": "body", "pointer": "", "keyword": "syntax" }]),
        ),
    ];
    for (query, headers, body, message, details) in wrong {
        let reply = post(&gateway, &format!("/orders{query}"), headers, body).await;
        assert_eq!(
            (reply.status.as_u16(), reply.header("content-type")),
            (400, "application/json"),
            "{body}"
        );
        let mut told = reply.json();
        assert_eq!(told["message"], message);
        for detail in told["details"].as_array_mut().unwrap() {
            let detail = detail.as_object_mut().unwrap();
            assert!(detail.remove("message").unwrap().as_str().unwrap().len() > 5);
        }
        assert_eq!(told["details"], details, "{query} {body}");
    }

    brief_errors_are_those_of_aws(&gateway).await;
    large_requests_are_bounded(&gateway).await;
    assert_eq!(upstream.requests().len(), 4);
}

async fn brief_errors_are_those_of_aws(gateway: &Gateway) {
    let xml = ("content-type", "text/xml");
    assert_eq!(
        post(
            gateway,
            "/pets/7",
            &[],
            r#"{"name": "Rex", "mother": {"name": "Ada"}}"#
        )
        .await
        .status,
        200
    );
    assert_eq!(
        post(gateway, "/pets/7", &[xml], "<pet><name>Rex</name></pet>")
            .await
            .status,
        200
    );
    for (path, headers, body, message) in [
        (
            "/pets/7",
            &[][..],
            r#"{"name": "Rex", "mother": {}}"#,
            "Invalid request body",
        ),
        ("/pets/7", &[], "", "Invalid request body"),
        ("/pets/x", &[], "", "Invalid request parameters: [id]"),
        (
            "/pets/7",
            &[xml],
            "<!DOCTYPE pet><pet><name>Rex</name></pet>",
            "Invalid request body",
        ),
        (
            "/pets/7",
            &[("content-type", "image/png")],
            "x",
            "Invalid request body",
        ),
    ] {
        let reply = post(gateway, path, headers, body).await;
        assert_eq!(reply.status, 400);
        assert_eq!(
            reply.text(),
            json!({ "message": message }).to_string(),
            "{path} {body}"
        );
    }
    let line = gateway.log.access("/pets/x").await;
    let logged = line["authorizer"]["validationErrorString"]
        .as_str()
        .unwrap();
    assert!(logged.starts_with("[id: "), "{line}");
}

/// What is refused for its size or depth, within the plugin's limits of time and memory.
async fn large_requests_are_bounded(gateway: &Gateway) {
    let limit = 256 << 10;
    let deep = "{\"mother\":".repeat(120) + "1" + &"}".repeat(120);
    let many = format!("[{}0]", "0,".repeat(limit / 2 - 2));
    let elements = format!("<pet>{}</pet>", "<a/>".repeat(60_000));
    let xml = ("content-type", "text/xml");
    for (headers, body, status) in [
        (&[][..], "[".repeat(limit), 400),
        (&[], deep, 400),
        (&[], many, 400),
        (&[xml], elements, 400),
        (&[], " ".repeat(limit + 1), 413),
    ] {
        let reply = post(gateway, "/pets/7", headers, &body).await;
        assert_eq!(reply.status, status, "{}: {}", &body[..20], reply.text());
    }
}

#[tokio::test]
async fn mistakes_are_told_with_their_places() {
    let yaml = "apis:\n  shop:\n    routes:\n      POST /a:\n        validate:\n          - use: schema\n            with:\n              \
                query: { page: { schema: { minimum: one } } }\n              body:\n                application/json: { pattern: '(?=a)' }\n        \
                to: 'http://127.0.0.1:1'\n";
    let ended = Gateway::setup(yaml).plugin("schema").command(&["check"]);
    assert_ne!(ended.code, 0);
    for part in [
        "minimum: one",
        "\"one\" is not of type \"number\"",
        "pattern: '(?=a)'",
        "patterns have no look-around",
    ] {
        assert!(
            ended.err.contains(part) || ended.out.contains(part),
            "{ended:?} has no {part}"
        );
    }
}
