//! The built-in plugin `transform`: fields, parameters, paths, status and bodies, both ways.

use serde_json::{Value, json};
use wasmgate_tests::{Answer, Gateway, Upstream, client::with_body, examples};

async fn gateway(upstream: &Upstream, with: &Value) -> Gateway {
    let transform = json!({ "use": "transform", "with": with });
    let apis = json!({ "shop": { "routes": { "ANY /{proxy+}": {
        "transform": [transform], "respond": [transform], "to": upstream.url(),
    } } } });
    let setup = Gateway::setup(&format!("apis: {apis}\n"));
    setup.plugin("transform").start().await
}

#[tokio::test]
async fn example_of_the_readme_works() {
    let upstream = Upstream::start().await;
    let answer = Answer::status(404).header("content-type", "application/json");
    upstream.answer(
        answer
            .header("server", "old")
            .body(r#"{"total": 1.50, "secret": 1}"#),
    );
    let yaml = examples("transform")[0].replace("http://127.0.0.1:9000", "${UPSTREAM}");
    let setup = Gateway::setup(&yaml).set("UPSTREAM", upstream.url());
    let gateway = setup.plugin("transform").start().await;

    let headers = [
        ("x-api-key", "red-key"),
        ("x-trace", "t1"),
        ("x-user", "mallory"),
        ("cookie", "session=s1"),
    ];
    let body =
        r#"{"qty": 2, "debug": true, "items": [{"id": 1, "internal": 1}], "customer": "mallory"}"#;
    let reply = gateway
        .send(with_body("POST", "/orders/7?a=1", &headers, body))
        .await;

    let got = upstream.request(0).await;
    assert_eq!(
        got.line(),
        "POST /v2/customers/ann/orders/7?a=1&via=gateway HTTP/1.1"
    );
    assert_eq!(got.values("x-user"), ["ann"]);
    assert_eq!(
        (got.header("x-request-id"), got.header("accept-language")),
        ("t1", "en")
    );
    assert!(got.values("x-api-key").is_empty() && got.values("x-trace").is_empty());
    let expected = r#"{"quantity":2,"items":[{"id":1}],"customer":{"name":"ann","session":"s1"}}"#;
    assert_eq!(std::str::from_utf8(&got.body), Ok(expected));

    assert_eq!(reply.status, 410);
    assert_eq!(reply.text(), r#"{"total":1.50,"order":"7"}"#);
    assert_eq!(reply.header("server"), "");
    assert_eq!(
        reply.header("strict-transport-security"),
        "max-age=31536000"
    );
}

#[tokio::test]
async fn bodies_that_no_change_names_are_not_touched() {
    let upstream = Upstream::start().await;
    let gateway = gateway(
        &upstream,
        &json!({ "request": { "query": { "set": { "a": "1" } } } }),
    )
    .await;
    gateway
        .send(with_body("POST", "/a", &[], "no { json"))
        .await;
    assert_eq!(upstream.request(0).await.body, b"no { json");
}

#[tokio::test]
async fn body_that_is_not_json_never_reaches_the_upstream() {
    let upstream = Upstream::start().await;
    let gateway = gateway(
        &upstream,
        &json!({ "request": { "body": { "remove": ["/role"] } } }),
    )
    .await;
    for kind in ["application/json", "text/plain"] {
        let request = with_body("POST", "/a", &[("content-type", kind)], "{role: root}");
        let reply = gateway.send(request).await;
        assert_eq!(reply.status, 400);
        assert_eq!(
            reply.text(),
            r#"{"message":"the request body is not JSON"}"#
        );
    }
    assert!(upstream.requests().is_empty());
}

#[tokio::test]
async fn forms_and_cookies_are_read() {
    let upstream = Upstream::start().await;
    let set = json!({ "x-form": "${form.a b}", "x-cookie": "${cookie.session}" });
    let gateway = gateway(
        &upstream,
        &json!({ "request": { "headers": { "set": set } } }),
    )
    .await;
    let form = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("cookie", "a=1; session=s"),
    ];
    gateway
        .send(with_body("POST", "/a", &form, "x=1&a+b=2%20%C3%A9"))
        .await;
    let multipart =
        "--limit\r\nContent-Disposition: form-data; name=\"a b\"\r\n\r\nthree\r\n--limit--\r\n";
    let kind = [("content-type", "multipart/form-data; boundary=limit")];
    gateway
        .send(with_body("POST", "/b", &kind, multipart))
        .await;
    let (first, second) = (upstream.request(0).await, upstream.request(1).await);
    assert_eq!(
        (first.header("x-form"), first.header("x-cookie")),
        ("2 \u{e9}", "s")
    );
    assert_eq!(
        (second.header("x-form"), &*second.body),
        ("three", multipart.as_bytes())
    );
}

#[tokio::test]
async fn gateway_s_own_errors_are_changed_too() {
    let upstream = Upstream::start().await;
    let response =
        json!({ "status": { "4xx": 418 }, "body": { "rename": { "/message": "error" } } });
    let with = json!({ "request": { "body": { "remove": ["/a"] } }, "response": response });
    let gateway = gateway(&upstream, &with).await;
    let reply = gateway.send(with_body("POST", "/a", &[], "{")).await;
    assert_eq!(reply.status, 418);
    assert_eq!(reply.text(), r#"{"error":"the request body is not JSON"}"#);
}

#[tokio::test]
async fn values_cannot_break_out_of_a_field() {
    let upstream = Upstream::start().await;
    let set = json!({ "x-q": "${query.q}" });
    let gateway = gateway(
        &upstream,
        &json!({ "request": { "headers": { "set": set } } }),
    )
    .await;
    let reply = gateway.get("/a?q=1%0d%0ax-admin:%201").await;
    let message = r#"{"message":"a value for the field `x-q` has control characters"}"#;
    assert_eq!((reply.status.as_u16(), reply.text()), (400, message));
    assert!(upstream.requests().is_empty());
}

#[tokio::test]
async fn values_cannot_lead_the_path_elsewhere() {
    let upstream = Upstream::start().await;
    let gateway = gateway(
        &upstream,
        &json!({ "request": { "path": "/files/${query.name}" } }),
    )
    .await;
    for (name, status) in [
        ("..", 400),
        ("%2E%2e", 400),
        ("..%2Fetc", 200),
        ("a%3Fb", 200),
    ] {
        let reply = gateway.get(&format!("/x?name={name}")).await;
        assert_eq!(reply.status, status, "{name}");
    }
    let lines: Vec<_> = upstream
        .requests()
        .iter()
        .map(|got| got.line().to_owned())
        .collect();
    let expected = [
        "GET /files/..%2Fetc?name=..%2Fetc HTTP/1.1",
        "GET /files/a%3Fb?name=a%3Fb HTTP/1.1",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn mistakes_are_told_at_their_place_in_the_file() {
    let yaml = "apis:\n  shop:\n    respond:\n      - use: transform\n        with:\n          response:\n            body:\n              \
                set: { \"$.items[?(@.a)]\": 1, /b: \"${response.nothing}\" }\n    \
                routes: { GET /a: { to: { respond: {} } } }\n";
    let setup = Gateway::setup(yaml).plugin("transform");
    let checked = setup.command(&["check"]);
    assert_eq!(checked.code, 3, "{checked:?}");
    let log = &checked.err;
    for part in [
        "wasmgate.yaml:13:",
        "from `[?(@.a)]` on",
        "unknown variable `${response.nothing}`",
    ] {
        assert!(log.contains(part), "`{part}` is not in:\n{log}");
    }
}
