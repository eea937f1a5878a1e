//! The built-in plugin `api-key`: who shows a known key is let in.

use serde_json::{Value, json};
use wasmgate_tests::{Gateway, Setup, Upstream, examples, until};

fn setup(with: &Value) -> Setup {
    let authorize = json!([{ "use": "api-key", "with": with }]);
    let show = json!({ "headers": { "set": {
        "x-who": "${context.authorizer.principalId}", "x-about": "${context.authorizer.description}",
    } } });
    let respond = json!([{ "use": "transform", "with": { "response": show } }]);
    let apis = json!({ "shop": { "routes": { "GET /a": {
        "authorize": authorize, "respond": respond, "to": { "respond": {} },
    } } } });
    let setup = Gateway::setup(&format!("apis: {apis}\n"));
    setup.plugin("api-key").plugin("transform")
}

/// Status and what the reply says of the caller.
async fn call(gateway: &Gateway, key: &str) -> (u16, String) {
    let reply = gateway.get_with("/a", &[("x-api-key", key)]).await;
    let who = [reply.header("x-who"), reply.header("x-about")].join("|");
    (reply.status.as_u16(), who)
}

#[tokio::test]
async fn example_of_the_readme_works() {
    let upstream = Upstream::start().await;
    let yaml = examples("api-key")[0].replace("http://127.0.0.1:9000", "${UPSTREAM}");
    let setup = Gateway::setup(&yaml).set("UPSTREAM", upstream.url());
    let gateway = setup.plugin("api-key").start().await;
    for (key, status) in [
        ("red-key", 200),
        ("blue-key", 200),
        ("green-key", 200),
        ("", 403),
        ("red", 403),
    ] {
        let reply = gateway.get_with("/a", &[("x-api-key", key)]).await;
        assert_eq!(reply.status, status, "`{key}`");
    }
    let refused = gateway.get("/a").await;
    assert_eq!(
        (refused.status.as_u16(), refused.text()),
        (403, r#"{"message":"Forbidden"}"#)
    );
    assert_eq!(upstream.requests().len(), 3);
}

#[tokio::test]
async fn files_of_each_kind_are_read() {
    let csv =
        "Name,Description,Key,Enabled\nann,\"first, best\",red-key,true\nbob,,blue-key,false\n";
    let yaml =
        "keys:\n  - { key: red-key, principal: ann, context: { description: 'first, best' } }\n";
    for (name, content) in [("keys.csv", csv), ("keys.yaml", yaml)] {
        let setup = setup(&json!({ "keys": { "file": name } }));
        let gateway = setup.file(name, content).start().await;
        assert_eq!(
            call(&gateway, "red-key").await,
            (200, "ann|first, best".to_owned()),
            "{name}"
        );
        assert_eq!(call(&gateway, "blue-key").await.0, 403, "{name}");
    }
}

#[tokio::test]
async fn file_is_read_again_when_it_changes() {
    let setup = setup(&json!({ "keys": { "file": "keys.txt" } }));
    let gateway = setup.file("keys.txt", "red-key,ann\n").start().await;
    assert_eq!(call(&gateway, "red-key").await.0, 200);
    gateway.directory.write("keys.txt", "blue-key,bob\n");
    until("the new keys", async || {
        call(&gateway, "blue-key").await.0 == 200
    })
    .await;
    assert_eq!(call(&gateway, "red-key").await.0, 403);
}

#[tokio::test]
async fn hundred_thousand_keys_are_found() {
    let keys: String = (0..100_000)
        .map(|n| format!("key-{n},owner-{n}\n"))
        .collect();
    let setup = setup(&json!({ "keys": { "file": "keys.txt" } }));
    let gateway = setup.file("keys.txt", keys).start().await;
    for n in [0, 1, 50_000, 99_999] {
        assert_eq!(
            call(&gateway, &format!("key-{n}")).await,
            (200, format!("owner-{n}|"))
        );
    }
    assert_eq!(call(&gateway, "key-100000").await.0, 403);
}

#[test]
fn mistakes_in_a_file_are_told_with_their_line() {
    let setup = setup(&json!({ "keys": { "file": "keys.csv" } }));
    let setup = setup.file(
        "keys.csv",
        "Name,Key,Enabled\nann,red-key,true\nbob,blue-key,perhaps\n",
    );
    let checked = setup.command(&["check"]);
    assert_eq!(checked.code, 3, "{checked:?}");
    let log = &checked.err;
    assert!(
        log.contains("`Enabled` is `true` or `false`, not `perhaps`"),
        "{log}"
    );
    assert!(
        log.contains("line 3") || log.contains("keys.csv:3"),
        "{log}"
    );
}
