//! Who answers for a route: targets, time-outs, retries, streams.

use std::time::Duration;

use wasmgate_tests::{
    Answer, Connection, Gateway, Upstream,
    client::{request, with_body},
};

const ONE: &str = r#"
apis:
  shop:
    timeout: 300ms
    body_limit: 1KiB
    routes:
      $default: { to: "${UPSTREAM}" }
"#;

async fn before(upstream: &Upstream) -> Gateway {
    Gateway::setup(ONE)
        .set("UPSTREAM", upstream.url())
        .start()
        .await
}

#[tokio::test]
async fn silent_upstream_is_not_waited_for() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::ok("late").delay(Duration::from_secs(20)));
    let gateway = before(&upstream).await;
    let reply = gateway.get("/").await;
    assert_eq!(reply.status, 504);
    assert_eq!(reply.text(), r#"{"message":"Gateway Timeout"}"#);
}

#[tokio::test]
async fn missing_upstream_is_503() {
    let upstream = Upstream::start().await;
    let gateway = before(&upstream).await;
    drop(upstream);
    let reply = gateway.get("/").await;
    assert_eq!(reply.status, 503);
    assert_eq!(reply.text(), r#"{"message":"Service Unavailable"}"#);
}

#[tokio::test]
async fn garbage_is_502() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::raw("SSH-2.0-nonsense\r\n\r\n"));
    let gateway = before(&upstream).await;
    assert_eq!(gateway.get("/").await.status, 502);
}

#[tokio::test]
async fn large_body_is_413_before_it_is_sent() {
    let upstream = Upstream::start().await;
    let gateway = before(&upstream).await;
    let reply = gateway
        .send(with_body("POST", "/", &[], vec![b'x'; 2000]))
        .await;
    assert_eq!(reply.status, 413);
    assert_eq!(reply.text(), r#"{"message":"Request Entity Too Large"}"#);
    assert!(upstream.requests().is_empty());
}

#[tokio::test]
async fn refused_target_is_passed_over() {
    let gone = Upstream::start().await;
    let there = Upstream::start().await;
    let yaml = r#"
upstreams:
  pair: { targets: ["${GONE}", "${THERE}"], retries: { attempts: 2, backoff: 1ms, budget: 100 } }
apis:
  shop:
    routes:
      $default: { to: pair }
"#;
    let setup = Gateway::setup(yaml).set("GONE", gone.url());
    let gateway = setup.set("THERE", there.url()).start().await;
    drop(gone);
    for _ in 0..10 {
        assert_eq!(gateway.get("/").await.status, 200);
    }
    assert_eq!(there.requests().len(), 10);
}

#[tokio::test]
async fn request_tells_who_asked() {
    let upstream = Upstream::start().await;
    let gateway = before(&upstream).await;
    let forged = [
        ("x-forwarded-for", "6.6.6.6"),
        ("forwarded", "for=6.6.6.6"),
        ("connection", "x-drop"),
        ("x-drop", "me"),
        ("te", "trailers, deflate"),
    ];
    gateway.get_with("/", &forged).await;
    let seen = upstream.request(0).await;
    assert_eq!(seen.header("x-forwarded-for"), "127.0.0.1");
    assert!(seen.header("forwarded").starts_with("for=127.0.0.1;"));
    assert_eq!(seen.header("x-forwarded-proto"), "http");
    assert!(seen.values("x-drop").is_empty());
}

#[tokio::test]
async fn http2_client_is_served_by_an_http1_upstream() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::ok("").pieces(&["a", "b", "c"]));
    let gateway = before(&upstream).await;
    let mut connection = Connection::http2(gateway.address()).await;
    for _ in 0..3 {
        let reply = connection.send(request("GET", "/", &[])).await;
        assert_eq!((reply.status.as_u16(), reply.text()), (200, "abc"));
    }
}

#[tokio::test]
async fn upgraded_connection_passes_both_ways() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::raw(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nhello",
    ));
    let gateway = before(&upstream).await;
    let reply = gateway
        .raw("GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n")
        .await;
    assert!(reply.starts_with("HTTP/1.1 101 "), "{reply}");
    assert!(reply.ends_with("\r\n\r\nhello"), "{reply}");
}

#[tokio::test]
async fn cookies_of_http2_are_one_field() {
    let upstream = Upstream::start().await;
    let gateway = before(&upstream).await;
    let mut connection = Connection::http2(gateway.address()).await;
    let cookies = [("cookie", "a=1"), ("cookie", "b=2"), ("cookie", "c=3")];
    connection.send(request("GET", "/", &cookies)).await;
    assert_eq!(upstream.request(0).await.header("cookie"), "a=1; b=2; c=3");
}
