//! Is the request well formed? Validators refuse before anything is sent on.

use wasmgate_tests::{Gateway, Upstream, client::with_body};

async fn gateway(upstream: &Upstream, authorize: &str) -> Gateway {
    let yaml = format!(
        "apis: {{ shop: {{ routes: {{ POST /orders: {{ authorize: {authorize}, \
         validate: [{{ use: validates, with: {{ members: [id] }} }}, {{ use: validates, with: {{ members: [price] }} }}], \
         to: '{}' }} }} }} }}\n",
        upstream.url()
    );
    let setup = Gateway::setup(&yaml).guest("validates").guest("decides");
    setup.start().await
}

#[tokio::test]
async fn valid_body_passes_untouched() {
    let upstream = Upstream::start().await;
    let gateway = gateway(&upstream, "[]").await;
    let body = r#"{"id": 1,  "price": 2}"#;
    let reply = gateway.send(with_body("POST", "/orders", &[], body)).await;
    assert_eq!(reply.status, 200);
    assert_eq!(upstream.request(0).await.body, body.as_bytes());
}

#[tokio::test]
async fn every_validator_must_accept() {
    let upstream = Upstream::start().await;
    let gateway = gateway(&upstream, "[]").await;
    for (body, message) in [
        (r#"{}"#, "`id` is missing"),
        (r#"{"id": 1}"#, "`price` is missing"),
    ] {
        let reply = gateway.send(with_body("POST", "/orders", &[], body)).await;
        assert_eq!(reply.status, 400);
        assert_eq!(reply.json(), serde_json::json!({ "message": message }));
    }
    assert!(upstream.requests().is_empty());
}

#[tokio::test]
async fn callers_are_known_before_their_requests_are_judged() {
    let upstream = Upstream::start().await;
    let refuses = "[{ use: decides, with: { refuse: forbidden } }]";
    let gateway = gateway(&upstream, refuses).await;
    let reply = gateway.send(with_body("POST", "/orders", &[], "{}")).await;
    assert_eq!(reply.status, 403);
}
