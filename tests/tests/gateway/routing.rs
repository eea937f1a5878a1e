//! Which API and route a request meets.

use wasmgate_tests::{Gateway, Upstream};

const ROUTES: &str = r#"
apis:
  shop:
    base_path: /shop
    routes:
      GET /orders/{id}: { to: { respond: { body: "one" } } }
      GET /orders/latest: { to: { respond: { body: "latest" } } }
      ANY /orders/{proxy+}: { to: { respond: { body: "any" } } }
      $default: { to: { respond: { body: "default" } } }
  admin:
    hosts: [admin.example.com]
    routes:
      GET /: { to: { respond: { body: "admin" } } }
"#;

#[tokio::test]
async fn literal_beats_parameter_beats_greedy_beats_default() {
    let gateway = Gateway::start(ROUTES).await;
    for (path, body) in [
        ("/shop/orders/latest", "latest"),
        ("/shop/orders/7", "one"),
        ("/shop/orders/7/items", "any"),
        ("/shop", "default"),
    ] {
        assert_eq!(gateway.get(path).await.text(), body, "{path}");
    }
}

#[tokio::test]
async fn host_chooses_the_api() {
    let gateway = Gateway::start(ROUTES).await;
    let admin = gateway
        .get_with("/", &[("host", "admin.example.com")])
        .await;
    assert_eq!(admin.text(), "admin");
}

#[tokio::test]
async fn nobody_answers_with_404() {
    let gateway = Gateway::start(ROUTES).await;
    let reply = gateway.get("/elsewhere").await;
    assert_eq!(reply.status, 404);
    assert_eq!(reply.text(), r#"{"message":"Not Found"}"#);
    assert_eq!(reply.header("apigw-requestid").len(), 16);
}

#[tokio::test]
async fn upstream_sees_the_path_as_the_router_did() {
    let upstream = Upstream::start().await;
    let gateway = Gateway::setup(
        r#"
apis:
  shop:
    routes:
      ANY /raw/{proxy+}: { to: "${UPSTREAM}" }
      GET /old/{id}: { to: "${UPSTREAM}/v2/{id}/x" }
"#,
    )
    .set("UPSTREAM", upstream.url())
    .start()
    .await;
    gateway.get("/raw/a%2Fb//c%20d?x=1&x=%41+b").await;
    gateway.get("/old/7%2F8?y").await;
    let heads: Vec<_> = upstream
        .requests()
        .into_iter()
        .map(|request| request.head)
        .collect();
    assert!(
        heads[0].starts_with("GET /raw/a%2Fb//c%20d?x=1&x=%41+b HTTP/1.1\r\n"),
        "{}",
        heads[0]
    );
    assert!(
        heads[1].starts_with("GET /v2/7%2F8/x?y HTTP/1.1\r\n"),
        "{}",
        heads[1]
    );
}

#[tokio::test]
async fn two_readings_of_a_path_are_refused() {
    let gateway = Gateway::start(ROUTES).await;
    for path in [
        "/shop/../admin",
        "/shop/%2e%2E/x",
        "/shop/a%00b",
        "/shop/%zz",
    ] {
        let raw = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        let reply = gateway.raw(raw).await;
        assert!(reply.starts_with("HTTP/1.1 400 "), "{path}: {reply}");
    }
}

#[tokio::test]
async fn encoded_letters_do_not_pass_a_route_by() {
    let upstream = Upstream::start().await;
    let gateway = Gateway::setup(
        r#"
apis:
  shop:
    routes:
      ANY /admin/{proxy+}: { to: { respond: { status: 403 } } }
      $default: { to: "${UPSTREAM}" }
"#,
    )
    .set("UPSTREAM", upstream.url())
    .start()
    .await;
    for path in ["/admin/x", "/%61dmin/x", "/adm%69n/%2dx"] {
        assert_eq!(gateway.get(path).await.status, 403, "{path}");
    }
    gateway.get("/open%7Ex/%2F?%61").await;
    let line = upstream.request(0).await.line().to_owned();
    assert_eq!(line, "GET /open~x/%2F?%61 HTTP/1.1");
}
