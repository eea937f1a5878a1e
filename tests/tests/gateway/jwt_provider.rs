//! The plugin `jwt` with the tokens of a real OpenID provider, whose keys change while requests run.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use serde_json::{Value, json};
use wasmgate_tests::{Gateway, Peer, token};

const SCOPE: &str = "orders:read";
const ALGORITHMS: [&str; 4] = ["RS256", "PS256", "ES256", "EdDSA"];

async fn gateway(provider: &Peer) -> Gateway {
    let audiences = ALGORITHMS.map(|algorithm| format!("urn:{algorithm}"));
    let route = |scopes: Value| {
        let issuer =
            json!({ "issuer": provider.said, "audience": audiences, "algorithms": ALGORITHMS });
        json!({
            "authorize": [{ "use": "jwt", "with": { "issuers": [issuer], "scopes": scopes } }],
            "to": { "function": "probe" },
        })
    };
    let routes = json!({ "GET /read": route(json!(["orders:read"])), "GET /write": route(json!(["orders:write"])) });
    let settings = json!({ "jwt": { "grant": { "http": [provider.said] } } });
    Gateway::setup(&format!(
        "plugins: {{ directory: ./plugins, settings: {settings} }}\napis: {{ shop: {{ routes: {routes} }} }}\n"
    ))
    .plugin("jwt")
    .guest("probe")
    .start()
    .await
}

async fn status(gateway: &Gateway, path: &str, token: &str) -> u16 {
    let authorization = format!("Bearer {token}");
    let fields = [("authorization", authorization.as_str())];
    gateway.get_with(path, &fields).await.status.as_u16()
}

#[tokio::test]
async fn every_algorithm_of_a_provider_is_taken() {
    let provider = Peer::provider();
    let gateway = gateway(&provider).await;
    for algorithm in ALGORITHMS {
        let token = token(&provider.said, &format!("urn:{algorithm}"), SCOPE).await;
        assert_eq!(status(&gateway, "/read", &token).await, 200, "{algorithm}");
        assert_eq!(status(&gateway, "/write", &token).await, 403, "{algorithm}");
        assert_eq!(
            status(&gateway, "/read", &forged(&token)).await,
            401,
            "{algorithm}"
        );
    }
}

/// The token with another character within its signature.
fn forged(token: &str) -> String {
    let (head, tail) = token.split_at(token.len() - 20);
    let other = if tail.starts_with('A') { 'B' } else { 'A' };
    format!("{head}{other}{}", &tail[1..])
}

#[tokio::test]
async fn keys_change_while_requests_run() {
    let mut provider = Peer::provider();
    let gateway = Arc::new(gateway(&provider).await);
    let old = token(&provider.said, "urn:ES256", SCOPE).await;
    let (running, sent) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU32::new(0)));
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (gateway, old) = (Arc::clone(&gateway), old.clone());
            let (running, sent) = (Arc::clone(&running), Arc::clone(&sent));
            tokio::spawn(async move {
                while running.load(Ordering::Relaxed) {
                    assert_eq!(status(&gateway, "/read", &old).await, 200);
                    sent.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    // Signs with new keys from now on; those from before stay published.
    assert_eq!(provider.ask("rotate").await, "rotated");
    let new = token(&provider.said, "urn:ES256", SCOPE).await;
    assert_ne!(header(&old)["kid"], header(&new)["kid"]);
    let before = sent.load(Ordering::Relaxed);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (gateway, new) = (Arc::clone(&gateway), new.clone());
        calls.spawn(async move { status(&gateway, "/read", &new).await });
    }
    assert_eq!(calls.join_all().await, [200; 8]);
    let after = || async { sent.load(Ordering::Relaxed) > before + 20 };
    wasmgate_tests::until("more requests", after).await;
    running.store(false, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    let refreshes = &gateway.ask("/plugins").await.json();
    let plugins = refreshes.as_array().unwrap().iter();
    let jwt = plugins
        .clone()
        .find(|plugin| plugin["name"] == "jwt")
        .unwrap();
    assert_eq!(jwt["images"][0]["refreshes"], 1, "once for all");
}

fn header(token: &str) -> Value {
    let part = token.split('.').next().unwrap();
    serde_json::from_slice(&wasmgate_tests::from_base64url(part)).unwrap()
}
