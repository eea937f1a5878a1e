//! What a plugin fetched is fetched again: when its time has come, or when a request shows that it is out of date.

use serde_json::json;
use wasmgate_tests::{Answer, Gateway, Upstream};

/// A gateway whose authorizer knows the word that a server tells, and grants to it.
async fn gateway(server: &Upstream, refresh: Option<u64>) -> Gateway {
    let mut with = json!({ "url": server.url() });
    if let Some(seconds) = refresh {
        with["refresh"] = json!(seconds);
    }
    let route = json!({
        "authorize": [{ "use": "stale_once", "with": with }],
        "to": { "function": "probe", "with": { "context": ["authorizer.principalId"] } },
    });
    let apis = json!({ "shop": { "routes": { "ANY /{proxy+}": route } } });
    let yaml = format!(
        "plugins: {{ directory: ./plugins, settings: {{ stale_once: {{ grant: {{ http: ['{}'] }} }} }} }}\napis: {apis}\n",
        server.url()
    );
    Gateway::setup(&yaml)
        .guest("stale_once")
        .guest("probe")
        .start()
        .await
}

/// The word that the running image knows.
async fn word(gateway: &Gateway) -> String {
    let seen = gateway.get("/a").await.json();
    seen["context"][0][1].as_str().unwrap().to_owned()
}

fn stale(plugins: &serde_json::Value) -> &serde_json::Value {
    let mut plugins = plugins.as_array().unwrap().iter();
    &plugins
        .find(|plugin| plugin["name"] == "stale_once")
        .unwrap()["images"][0]
}

#[tokio::test]
async fn one_refresh_serves_all_who_found_it_stale() {
    let server = Upstream::start().await;
    server.answer(Answer::ok("old"));
    let gateway = std::sync::Arc::new(gateway(&server, None).await);
    assert_eq!(word(&gateway).await, "old");
    server.answer(Answer::ok("new"));
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let gateway = std::sync::Arc::clone(&gateway);
        requests.spawn(async move { gateway.get_with("/a", &[("x-word", "new")]).await.status });
    }
    for status in requests.join_all().await {
        assert_eq!(status, 200);
    }
    assert_eq!(
        server.requests().len(),
        2,
        "once at the start, once for all"
    );
    assert_eq!(word(&gateway).await, "new");
}

#[tokio::test]
async fn caller_is_refused_where_a_refresh_does_not_help() {
    let server = Upstream::start().await;
    let gateway = gateway(&server, None).await;
    let unknown = [("x-word", "unknown")];
    let reply = gateway.get_with("/a", &unknown).await;
    assert_eq!(reply.status, 401);
    assert_eq!(reply.json(), json!({ "message": "Unauthorized" }));
    assert_eq!(reply.header("www-authenticate"), "Word");
    assert_eq!(server.requests().len(), 2);
    let sample =
        r#"wasmgate_plugin_calls_total{plugin="stale_once",hook="authorizer",outcome="stale"}"#;
    assert_eq!(gateway.metric(sample).await, Some(2.0), "called again once");
    // Whoever sends words that nobody knows must not make us fetch for each.
    assert_eq!(gateway.get_with("/a", &unknown).await.status, 401);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn configure_runs_again_when_its_time_has_come() {
    let server = Upstream::start().await;
    server.answer(Answer::ok("old"));
    let gateway = gateway(&server, Some(1)).await;
    server.answer(Answer::ok("new"));
    server.request(1).await;
    gateway
        .until("/plugins", |reply| {
            stale(&reply.json())["refreshes"].as_u64() >= Some(1)
        })
        .await;
    assert_eq!(word(&gateway).await, "new");
}

#[tokio::test]
async fn failed_refresh_keeps_what_there_was() {
    let server = Upstream::start().await;
    server.answer(Answer::ok("old"));
    let gateway = gateway(&server, Some(1)).await;
    server.answer(Answer::raw("garbage"));
    let plugins = gateway
        .until("/plugins", |reply| {
            stale(&reply.json())["failures"].as_u64() >= Some(1)
        })
        .await;
    assert!(stale(&plugins.json())["failed"].is_string());
    assert_eq!(word(&gateway).await, "old");
    assert_eq!(gateway.ask("/readyz").await.status, 200);

    server.answer(Answer::ok("new"));
    gateway
        .until("/plugins", |reply| {
            stale(&reply.json())["refreshes"].as_u64() >= Some(1)
        })
        .await;
    assert_eq!(word(&gateway).await, "new");
}
