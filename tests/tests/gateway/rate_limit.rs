//! The built-in plugin `rate-limit`: how many requests who may send.

use serde_json::{Value, json};
use wasmgate_tests::{Connection, Gateway, Setup, Upstream, client::request, examples};

const GRANT: &str =
    "plugins: { directory: ./plugins, settings: { rate-limit: { grant: { kv: true } } } }\n";

fn limit(with: &Value) -> Value {
    json!({ "use": "rate-limit", "with": with })
}

/// Two APIs of two routes each, that answer by themselves.
fn setup(with: &Value, more: &str) -> Setup {
    let api = |path: &str| {
        json!({ "base_path": path, "early": [limit(with)], "respond": [limit(with)], "routes": {
            "GET /a": { "to": { "respond": {} } },
            "GET /b": { "to": { "respond": {} } },
        } })
    };
    let apis = json!({ "one": api("/one"), "two": api("/two") });
    Gateway::setup(&format!("apis: {apis}\n{more}")).plugin("rate-limit")
}

async fn statuses(gateway: &Gateway, path: &str, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(gateway.get(path).await.status.as_u16());
    }
    statuses
}

#[tokio::test]
async fn example_of_the_readme_works() {
    let upstream = Upstream::start().await;
    let yaml = examples("rate-limit")[0].replace("http://127.0.0.1:9000", "${UPSTREAM}");
    let setup = Gateway::setup(&yaml).set("UPSTREAM", upstream.url());
    let gateway = setup.plugin("rate-limit").start().await;

    let first = gateway.get_with("/a", &[("x-api-key", "red-key")]).await;
    assert_eq!(first.status, 200);
    let policies: Vec<_> = first.headers.get_all("ratelimit-policy").iter().collect();
    assert_eq!(policies, [r#""daily";q=3;w=86400"#, r#""flood";q=100;w=1"#]);
    assert!(
        first.header("ratelimit").starts_with(r#""daily";r=2;t="#),
        "{first:?}"
    );

    let mut seen = Vec::new();
    for key in ["red-key", "red-key", "red-key", "blue-key"] {
        let reply = gateway.get_with("/a", &[("x-api-key", key)]).await;
        seen.push(reply.status.as_u16());
    }
    assert_eq!(seen, [200, 200, 429, 200]);
    assert_eq!(upstream.requests().len(), 4);
}

#[tokio::test]
async fn too_many_are_told_when_to_come_again() {
    let gateway = setup(&json!({ "limit": 2, "per": "1h" }), GRANT)
        .start()
        .await;
    assert_eq!(statuses(&gateway, "/one/a", 2).await, [200, 200]);
    let refused = gateway.get("/one/a").await;
    assert_eq!(
        (refused.status.as_u16(), refused.text()),
        (429, r#"{"message":"Too Many Requests"}"#)
    );
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1700..=1800).contains(&wait), "{wait}");
    assert_eq!(
        refused.header("ratelimit-policy"),
        r#""default";q=2;w=3600"#
    );
    assert_eq!(
        refused.header("ratelimit"),
        format!(r#""default";r=0;t={wait}"#)
    );
}

#[tokio::test]
async fn equal_settings_count_together_within_an_api() {
    let gateway = setup(&json!({ "limit": 2, "per": "1h" }), GRANT)
        .start()
        .await;
    assert_eq!(statuses(&gateway, "/one/a", 1).await, [200]);
    assert_eq!(statuses(&gateway, "/one/b", 2).await, [200, 429]);
    assert_eq!(statuses(&gateway, "/two/a", 3).await, [200, 200, 429]);
}

#[tokio::test]
async fn routes_count_apart_where_that_is_asked_for() {
    let by = json!(["address", "route"]);
    let gateway = setup(&json!({ "limit": 2, "per": "1h", "by": by }), GRANT)
        .start()
        .await;
    assert_eq!(statuses(&gateway, "/one/a", 3).await, [200, 200, 429]);
    assert_eq!(statuses(&gateway, "/one/b", 3).await, [200, 200, 429]);
}

#[tokio::test]
async fn many_at_once_do_not_slip_through() {
    for algorithm in ["token-bucket", "fixed-window"] {
        let with = json!({ "limit": 10, "per": "1d", "algorithm": algorithm });
        let gateway = setup(&with, GRANT).start().await;
        let calls: Vec<_> = (0..8)
            .map(|_| {
                let address = gateway.address();
                tokio::spawn(async move {
                    let mut connection = Connection::http1(address).await;
                    let mut granted = 0;
                    for _ in 0..10 {
                        let reply = connection.send(request("GET", "/one/a", &[])).await;
                        granted += usize::from(reply.status == 200);
                    }
                    granted
                })
            })
            .collect();
        let mut granted = 0;
        for call in calls {
            granted += call.await.unwrap();
        }
        assert_eq!(granted, 10, "{algorithm}");
    }
}

#[tokio::test]
async fn without_its_store_it_does_not_load() {
    let gateway = setup(&json!({ "limit": 2, "per": "1h" }), "").start().await;
    assert_eq!(gateway.get("/one/a").await.status, 503);
    let ready = gateway.ask("/readyz").await;
    let setting = "plugins.settings.rate-limit.grant.kv";
    assert!(ready.text().contains(setting), "{ready:?}");
}

#[test]
fn mistakes_are_told_at_their_place_in_the_file() {
    let yaml = format!(
        "{GRANT}apis:\n  shop:\n    early:\n      - {{ use: rate-limit, with: {{ limit: 5, per: 5 parsecs }} }}\n    \
         routes: {{ GET /a: {{ to: {{ respond: {{}} }} }} }}\n"
    );
    let setup = Gateway::setup(&yaml).plugin("rate-limit");
    let checked = setup.command(&["check"]);
    assert_eq!(checked.code, 3, "{checked:?}");
    let told = &checked.err;
    assert!(told.contains("wasmgate.yaml:9:51"), "{told}");
    assert!(told.contains("`5 parsecs` is no time"), "{told}");
}
