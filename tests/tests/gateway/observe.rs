//! Observers are told after the response, off the request's way.

use serde_json::{Value, json};
use wasmgate_tests::{Answer, Connection, Gateway, Upstream, client::request};

async fn gateway(upstream: &Upstream, mut route: Value, plugins: &str) -> Gateway {
    route["to"] = json!(upstream.url());
    let apis = json!({ "shop": { "routes": { "ANY /{proxy+}": route } } });
    let setup = Gateway::setup(&format!("workers: 1\n{plugins}apis: {apis}\n"));
    let guests = ["probe", "decides", "observes_slowly"];
    let setup = guests.into_iter().fold(setup, wasmgate_tests::Setup::guest);
    setup.start().await
}

/// What the observer logged of the next exchange.
async fn observed(gateway: &Gateway) -> (Value, Value) {
    let line = gateway.log.line(r#"\"hook\":\"observer\""#).await;
    let line: Value = serde_json::from_str(&line).unwrap();
    let seen = serde_json::from_str(line["message"].as_str().unwrap()).unwrap();
    (line, seen)
}

#[tokio::test]
async fn observer_sees_the_whole_exchange() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::status(201).body("made").header("x-b", "2"));
    let with =
        json!({ "headers": ["x-a"], "reply_headers": ["x-b"], "body": true, "reply_body": true });
    let observe = json!({ "observe": [{ "use": "probe", "with": with }] });
    let gateway = gateway(&upstream, observe, "").await;
    let reply = gateway.get_with("/a", &[("x-a", "1")]).await;
    let (line, seen) = observed(&gateway).await;
    assert_eq!(seen["path"], "/a");
    assert_eq!(seen["headers"], json!([["x-a", "1"]]));
    assert_eq!(seen["reply"]["status"], 201);
    assert_eq!(seen["reply"]["headers"], json!([["x-b", "2"]]));
    assert_eq!(seen["reply"]["body"], "made");
    let latency: u64 = seen["reply"]["latency"].as_str().unwrap().parse().unwrap();
    assert!(latency > 0);
    assert_eq!(line["plugin"], "probe");
    assert_eq!(line["route"], "ANY /{proxy+}");
    assert_eq!(line["request_id"], reply.header("apigw-requestid"));
}

#[tokio::test]
async fn observer_is_told_of_refusals_too() {
    let upstream = Upstream::start().await;
    let refuses = json!({ "use": "decides", "with": { "refuse": "forbidden" } });
    let route = json!({ "authorize": [refuses], "observe": ["probe"] });
    let gateway = gateway(&upstream, route, "").await;
    gateway.get("/a").await;
    assert_eq!(observed(&gateway).await.1["reply"]["status"], 403);
}

#[tokio::test]
async fn client_that_leaves_early_is_told_of() {
    let upstream = Upstream::start().await;
    for _ in 0..2 {
        upstream.answer_next(Answer::ok("never").gate(&std::sync::Arc::default()));
    }
    let probe = json!({ "use": "probe", "with": { "body": true, "reply_body": true } });
    let gateway = gateway(&upstream, json!({ "observe": [probe] }), "").await;
    for (number, path) in ["/http1", "/http2"].into_iter().enumerate() {
        let mut connection = match number {
            0 => Connection::http1(gateway.address()).await,
            _ => Connection::http2(gateway.address()).await,
        };
        let asking =
            tokio::spawn(async move { connection.try_send(request("GET", path, &[])).await });
        upstream.request(number).await;
        asking.abort();
        let line = gateway.log.access(path).await;
        assert_eq!(line["status"], 499, "{line}");
        assert_eq!(line["blame"], "client", "{line}");
        assert_eq!(line["route"], "ANY /{proxy+}", "{line}");
        gateway.log.line(&format!(r#"\"path\":\"{path}\""#)).await;
    }
    assert_eq!(observed(&gateway).await.1["reply"]["status"], 499);
    let counted = gateway
        .metric(r#"wasmgate_requests_total{api="shop""#)
        .await;
    assert_eq!(
        counted,
        Some(2.0),
        "{}",
        gateway.ask("/metrics").await.text()
    );
}

#[tokio::test]
async fn slow_observer_holds_nobody_up_and_what_it_misses_is_counted() {
    let (upstream, never) = (Upstream::start().await, Upstream::start().await);
    never.answer(Answer::ok("").gate(&std::sync::Arc::default()));
    let observes = json!({ "use": "observes_slowly", "with": { "url": never.url() } });
    let plugins = format!(
        "plugins: {{ directory: ./plugins, settings: {{ observes_slowly: {{ grant: {{ http: ['{}'] }} }} }} }}\n",
        never.url()
    );
    let gateway = gateway(&upstream, json!({ "observe": [observes] }), &plugins).await;
    let mut connection = Connection::http1(gateway.address()).await;
    for _ in 0..1100 {
        assert_eq!(connection.send(request("GET", "/a", &[])).await.status, 200);
    }
    let dropped = gateway.metric("wasmgate_observations_dropped_total").await;
    assert!(dropped > Some(50.0), "{dropped:?}");
}
