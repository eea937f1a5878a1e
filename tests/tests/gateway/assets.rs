//! Files and tables: read by `configure`, watched by the gateway, held by the host.

use serde_json::{Value, json};
use wasmgate_tests::{Gateway, Setup};

fn reads_asset() -> Setup {
    let to = json!({ "function": "reads_asset", "with": { "text": { "file": "word.txt" } } });
    let apis = json!({ "shop": { "routes": { "GET /a": { "to": to } } } });
    Gateway::setup(&format!("apis: {apis}\n")).guest("reads_asset")
}

#[tokio::test]
async fn changed_file_takes_effect_without_a_restart() {
    let gateway = reads_asset().file("word.txt", "old").start().await;
    assert_eq!(gateway.get("/a").await.text(), "old");
    gateway.directory.write("word.txt", "new");
    let changed = async { while gateway.get("/a").await.text() != "new" {} };
    wasmgate_tests::limit("the new file", changed).await;
}

#[tokio::test]
async fn large_file_is_read_whole() {
    let text = "0123456789abcdef".repeat(3 << 16);
    let gateway = reads_asset().file("word.txt", &text).start().await;
    assert!(gateway.get("/a").await.text() == text);
}

#[tokio::test]
async fn missing_file_is_told_at_its_place_until_it_is_there() {
    let gateway = reads_asset().start().await;
    assert_eq!(gateway.get("/a").await.status, 503);
    let ready = gateway.ask("/readyz").await.json();
    let problem = &ready["broken"][0]["problems"][0];
    assert!(
        problem["problem"]
            .as_str()
            .unwrap()
            .contains("cannot read `word.txt`"),
        "{ready}"
    );
    assert!(
        problem["at"]
            .as_str()
            .unwrap()
            .starts_with("wasmgate.yaml:"),
        "{ready}"
    );
    gateway.directory.write("word.txt", "there");
    gateway.until("/readyz", |ready| ready.status == 200).await;
    assert_eq!(gateway.get("/a").await.text(), "there");
}

#[tokio::test]
async fn deleted_file_keeps_what_was_read() {
    let gateway = reads_asset().file("word.txt", "old").start().await;
    std::fs::remove_file(gateway.directory.path().join("word.txt")).unwrap();
    let image = |plugins: Value| plugins[0]["images"][0]["failures"].as_u64();
    gateway
        .until("/plugins", |reply| image(reply.json()) >= Some(1))
        .await;
    assert_eq!(gateway.get("/a").await.text(), "old");
}

/// A gateway whose authorizer knows so many keys, and what the status says of its image.
async fn table(keys: u32) -> (Gateway, Value) {
    let authorize = json!([{ "use": "big_table", "with": { "keys": keys } }]);
    let apis = json!({ "shop": { "routes": { "GET /a": { "authorize": authorize, "to": { "respond": {} } } } } });
    let yaml = format!(
        "plugins: {{ directory: ./plugins, default: {{ limits: {{ configure: 60s }} }} }}\napis: {apis}\n"
    );
    let gateway = Gateway::setup(&yaml).guest("big_table").start().await;
    let plugins = gateway.ask("/plugins").await.json();
    let image = plugins[0]["images"][0].clone();
    (gateway, image)
}

/// Shown by `cargo test -- --nocapture`: what a million keys cost.
#[tokio::test]
async fn million_keys_cost_an_instance_nothing() {
    let (_, small) = table(10).await;
    let (gateway, large) = table(1_000_000).await;
    for (key, status) in [
        ("key-0", 200),
        ("key-999999", 200),
        ("key-1000000", 403),
        ("", 403),
    ] {
        let reply = gateway.get_with("/a", &[("x-key", key)]).await;
        assert_eq!(reply.status, status, "{key}");
    }
    let number = |image: &Value, name: &str| image[name].as_f64().unwrap();
    for name in ["memory", "table_bytes", "pristine_seconds"] {
        println!(
            "{name}: 10 keys {}, 1,000,000 keys {}",
            number(&small, name),
            number(&large, name)
        );
    }
    let bytes_a_key = number(&large, "table_bytes") / 1e6;
    assert!(bytes_a_key < 64.0, "{bytes_a_key}");
    assert!(number(&large, "memory") <= number(&small, "memory") + 256.0 * 1024.0);
}
