//! The built-in plugin `access`: who gets in, and which pages of other origins may call.

use serde_json::{Value, json};
use wasmgate_tests::{Answer, Gateway, Setup, Upstream, client::request, examples};

const PAGE: (&str, &str) = ("origin", "https://shop.example.com");

fn setup(with: &Value, more: &str) -> Setup {
    let access = json!({ "use": "access", "with": with });
    let apis = json!({ "shop": { "early": [access], "respond": [access], "routes": {
        "ANY /{proxy+}": { "to": "${UPSTREAM}" },
    } } });
    let yaml = format!("apis: {apis}\n{more}");
    Gateway::setup(&yaml).plugin("access")
}

async fn gateway(upstream: &Upstream, with: &Value, more: &str) -> Gateway {
    let setup = setup(with, more).set("UPSTREAM", upstream.url());
    setup.start().await
}

async fn status(gateway: &Gateway, headers: &[(&str, &str)]) -> u16 {
    gateway.get_with("/a", headers).await.status.as_u16()
}

#[tokio::test]
async fn example_of_the_readme_works() {
    let upstream = Upstream::start().await;
    let yaml = examples("access")[0].replace("http://127.0.0.1:9000", "${UPSTREAM}");
    let setup = Gateway::setup(&yaml).set("UPSTREAM", upstream.url());
    let gateway = setup.plugin("access").start().await;

    let asks = [PAGE, ("access-control-request-method", "PUT")];
    let preflight = gateway.send(request("OPTIONS", "/orders/7", &asks)).await;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-methods"), "GET,PUT");
    assert_eq!(preflight.header("access-control-max-age"), "600");

    let refused = gateway.get_with("/orders/7", &[PAGE]).await;
    assert_eq!(refused.status, 403);
    let allowed = refused.header("access-control-allow-origin");
    assert_eq!(allowed, PAGE.1, "the page may read why");
    assert!(upstream.requests().is_empty());

    let granted = gateway.get_with("/orders/7", &[PAGE, ("x-api-key", "red-key")]);
    assert_eq!(granted.await.status, 200);
}

#[tokio::test]
async fn forwarded_addresses_count_behind_trusted_proxies_only() {
    let upstream = Upstream::start().await;
    let rules = json!({ "deny": [{ "address": ["203.0.113.0/24"] }] });
    let forwarded = [("x-forwarded-for", "203.0.113.7")];
    let plain = gateway(&upstream, &rules, "").await;
    assert_eq!(status(&plain, &forwarded).await, 200);
    let behind = gateway(&upstream, &rules, "trusted_proxies: [127.0.0.0/8]\n").await;
    assert_eq!(status(&behind, &forwarded).await, 403);
    assert_eq!(
        status(&behind, &[("x-forwarded-for", "192.0.2.1, 203.0.113.7")]).await,
        403
    );
    assert_eq!(
        status(&behind, &[("x-forwarded-for", "203.0.113.7, 192.0.2.1")]).await,
        200
    );
    assert_eq!(status(&behind, &[]).await, 200);
}

#[tokio::test]
async fn country_counts_behind_trusted_proxies_only() {
    let upstream = Upstream::start().await;
    let rules = json!({ "country_header": "cf-ipcountry", "allow": [{ "country": ["DE"] }] });
    let german = [("cf-ipcountry", "DE")];
    let plain = gateway(&upstream, &rules, "").await;
    assert_eq!(status(&plain, &german).await, 403);
    let elsewhere = gateway(&upstream, &rules, "trusted_proxies: [192.0.2.0/24]\n").await;
    assert_eq!(status(&elsewhere, &german).await, 403);
    let behind = gateway(&upstream, &rules, "trusted_proxies: [127.0.0.0/8]\n").await;
    assert_eq!(status(&behind, &german).await, 200);
    assert_eq!(status(&behind, &[("cf-ipcountry", "FR")]).await, 403);
    assert_eq!(status(&behind, &[]).await, 403);
}

#[tokio::test]
async fn refused_client_reads_nothing_of_the_inside() {
    let upstream = Upstream::start().await;
    let rules = json!({ "allow": [{ "host": ["shop.example.com"] }] });
    let gateway = gateway(&upstream, &rules, "").await;
    let refused = gateway.get("/a").await;
    assert_eq!(
        (refused.status.as_u16(), refused.text()),
        (403, r#"{"message":"Forbidden"}"#)
    );
    assert!(upstream.requests().is_empty());
    assert_eq!(
        status(&gateway, &[("host", "Shop.Example.com:8080")]).await,
        200
    );
}

#[tokio::test]
async fn blocklist_is_read_again_when_it_changes() {
    let upstream = Upstream::start().await;
    let rules = json!({ "deny": [{ "address": { "file": "bad.txt" } }] });
    let setup = setup(&rules, "").set("UPSTREAM", upstream.url());
    let gateway = setup.file("bad.txt", "203.0.113.0/24\n").start().await;
    assert_eq!(status(&gateway, &[]).await, 200);
    gateway.directory.write("bad.txt", "127.0.0.1\n");
    wasmgate_tests::until("the new list", async || status(&gateway, &[]).await == 403).await;
}

#[tokio::test]
async fn what_the_upstream_says_of_cors_is_replaced() {
    let upstream = Upstream::start().await;
    let theirs = [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-credentials", "true"),
    ];
    upstream.answer(theirs.iter().fold(Answer::ok(""), |answer, (name, value)| {
        answer.header(name, value)
    }));
    let cors = json!({ "cors": { "allow_origins": [PAGE.1], "expose_headers": ["x-total"] } });
    let gateway = gateway(&upstream, &cors, "").await;
    let reply = gateway.get_with("/a", &[PAGE]).await;
    assert_eq!(reply.header("access-control-allow-origin"), PAGE.1);
    assert_eq!(reply.header("access-control-expose-headers"), "x-total");
    assert_eq!(reply.header("access-control-allow-credentials"), "");
    assert_eq!(reply.header("vary"), "Origin");
    let other = gateway
        .get_with("/a", &[("origin", "https://evil.test")])
        .await;
    assert_eq!(
        (
            other.status.as_u16(),
            other.header("access-control-allow-origin")
        ),
        (200, "")
    );
}

#[tokio::test]
async fn options_that_is_no_preflight_reaches_the_upstream() {
    let upstream = Upstream::start().await;
    let cors = json!({ "cors": { "allow_origins": ["*"] } });
    let gateway = gateway(&upstream, &cors, "").await;
    gateway.send(request("OPTIONS", "/a", &[PAGE])).await;
    assert_eq!(upstream.request(0).await.line(), "OPTIONS /a HTTP/1.1");
}

#[test]
fn mistakes_are_told_at_their_place_in_the_file() {
    let yaml = "apis:\n  shop:\n    early:\n      - use: access\n        with:\n          deny:\n            - address: [10.0.0.0/8, 10.0.0.1/8]\n    \
                routes: { GET /a: { to: { respond: {} } } }\n";
    let checked = Gateway::setup(yaml).plugin("access").command(&["check"]);
    assert_eq!(checked.code, 3, "{checked:?}");
    let told = &checked.err;
    assert!(told.contains("wasmgate.yaml:12:37"), "{told}");
    assert!(told.contains("write `10.0.0.0/8`"), "{told}");
}
