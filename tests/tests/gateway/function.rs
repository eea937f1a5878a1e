//! Functions answer by themselves; and what a hook sees is what its interest asks for.

use serde_json::{Value, json};
use wasmgate_tests::{Gateway, Reply};

/// A gateway whose route shows what a function with this interest sees.
async fn gateway(interest: Value) -> Gateway {
    let config = json!({ "shop": { "routes": { "ANY /orders/{id}/{rest+}": {
        "to": { "function": "probe", "with": interest },
    } } } });
    let setup = Gateway::setup(&format!("apis: {config}\n"));
    setup.guest("probe").start().await
}

const TARGET: &str = "/orders/a%2Fb/c/d?x=1&y=%C3%A4+b&x=2&%78=3&z";

async fn seen(interest: Value, headers: &[(&str, &str)]) -> Value {
    let gateway = gateway(interest).await;
    gateway.get_with(TARGET, headers).await.json()
}

#[tokio::test]
async fn nothing_is_shown_that_was_not_asked_for() {
    assert_eq!(
        seen(json!({}), &[("x-a", "1"), ("cookie", "secret")]).await,
        json!({
            "hook": "function", "method": "GET", "path": "/orders/a%2Fb/c/d", "query": "", "headers": [],
            "query_parameters": [], "path_parameters": [], "context": [], "body": null, "reply": null,
        })
    );
}

#[tokio::test]
async fn named_values_are_shown_and_no_others() {
    let interest =
        json!({ "headers": ["X-A"], "query": ["x", "y"], "path": ["id"], "context": ["routeKey"] });
    let seen = seen(
        interest,
        &[("x-b", "0"), ("X-A", "2"), ("cookie", "c"), ("x-a", "1")],
    )
    .await;
    assert_eq!(seen["headers"], json!([["x-a", "2"], ["x-a", "1"]]));
    let query = json!([["x", "1"], ["y", "ä b"], ["x", "2"], ["x", "3"]]);
    assert_eq!(seen["query_parameters"], query);
    assert_eq!(seen["query"], "", "raw only where all are asked for");
    assert_eq!(seen["path_parameters"], json!([["id", "a%2Fb"]]));
    assert_eq!(
        seen["context"],
        json!([["routeKey", "ANY /orders/{id}/{rest+}"]])
    );
}

#[tokio::test]
async fn star_stands_for_all() {
    let interest = json!({ "headers": ["*"], "query": ["*"], "path": ["*"] });
    let seen = seen(interest, &[("x-a", "1"), ("x-b", "2")]).await;
    assert_eq!(
        seen["headers"],
        json!([["x-a", "1"], ["x-b", "2"], ["host", "localhost"]])
    );
    assert_eq!(seen["query"], "x=1&y=%C3%A4+b&x=2&%78=3&z");
    assert_eq!(seen["query_parameters"][4], json!(["z", ""]));
    assert_eq!(
        seen["path_parameters"],
        json!([["id", "a%2Fb"], ["rest", "c/d"]])
    );
}

/// A request with a field whose value is no text.
fn raw(target: &str) -> Vec<u8> {
    let mut request =
        format!("GET {target} HTTP/1.1\r\nhost: h\r\nconnection: close\r\nx-a: ").into_bytes();
    request.extend(b"\xff\xfe\r\n\r\n");
    request
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused_where_they_were_asked_for() {
    let gateway = gateway(json!({ "headers": ["x-a"] })).await;
    let answer = gateway.raw(raw("/orders/1/2")).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(
        answer.ends_with(r#"{"message":"header `x-a` is not UTF-8"}"#),
        "{answer}"
    );
}

#[tokio::test]
async fn bytes_that_are_no_text_pass_where_nobody_asks() {
    let gateway = gateway(json!({ "headers": ["x-b"] })).await;
    let answer = gateway.raw(raw("/orders/1/2")).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn query_that_is_no_text_is_refused_where_it_was_asked_for() {
    let gateway = gateway(json!({ "query": ["a"] })).await;
    assert_eq!(gateway.get("/orders/1/2?a=%ff").await.status, 400);
    assert_eq!(gateway.get("/orders/1/2?b=%ff").await.status, 200);
}

#[tokio::test]
async fn function_answers_with_status_fields_and_body() {
    let gateway = gateway(json!({})).await;
    let reply: Reply = gateway.get("/orders/1/2").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(reply.header("content-length"), reply.body.len().to_string());
    assert_eq!(reply.header("apigw-requestid").len(), 16);
}
