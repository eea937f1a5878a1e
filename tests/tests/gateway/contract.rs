//! Plugins that were built for released versions of the contract work on this gateway as they did on theirs.
//!
//! `tests/released/VERSION/probe.wasm` was built when the version was released, and never is again.

use serde_json::{Value, json};
use wasmgate_tests::{Gateway, Upstream};

#[tokio::test]
async fn every_released_version_runs_every_hook() {
    let released = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("released");
    let mut versions = 0;
    for version in std::fs::read_dir(released).unwrap() {
        let plugin = version.unwrap().path().join("probe.wasm");
        println!("{}", plugin.display());
        runs_every_hook(&std::fs::read(plugin).unwrap()).await;
        versions += 1;
    }
    assert!(versions > 0);
}

async fn runs_every_hook(plugin: &[u8]) {
    let upstream = Upstream::start().await;
    let looks = json!([{ "use": "probe", "with": {
        "headers": ["x-a"], "query": ["*"], "path": ["proxy"], "context": ["authorizer.principalId"],
        "body": true, "reply_headers": ["content-length"], "reply_body": true,
    } }]);
    let everywhere = json!({
        "early": looks, "authorize": looks, "validate": looks, "transform": looks, "respond": looks,
        "observe": looks, "to": upstream.url(),
    });
    let routes =
        json!({ "GET /{proxy+}": everywhere, "GET /function": { "to": { "function": "probe" } } });
    let apis = json!({ "shop": { "routes": routes } });
    let setup = Gateway::setup(&format!("apis: {apis}\n"));
    let gateway = setup.file("plugins/probe.wasm", plugin).start().await;

    let reply = gateway.get_with("/a?q=1", &[("x-a", "1")]).await;
    let got = upstream.request(0).await;
    let seen = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    let filtered = seen(got.header("x-seen-request-filter"));
    assert_eq!(filtered["headers"], json!([["x-a", "1"]]));
    assert_eq!(filtered["query_parameters"], json!([["q", "1"]]));
    assert_eq!(filtered["path_parameters"], json!([["proxy", "a"]]));
    let mapped = seen(got.header("x-seen-map-request"));
    assert_eq!(
        mapped["context"],
        json!([["authorizer.principalId", "probe"]])
    );
    for field in ["x-seen-map-response", "x-seen-response-filter"] {
        assert_eq!(seen(reply.header(field))["reply"]["body"], "ok", "{field}");
    }
    for hook in ["validator", "observer"] {
        gateway.log.line(&format!(r#"\"hook\":\"{hook}\""#)).await;
    }
    let function = gateway.get("/function").await;
    assert_eq!(function.json()["hook"], "function");
}
