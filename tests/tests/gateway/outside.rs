//! What guests may reach of the world, and what of it reaches the gateway through them.

use wasmgate_tests::{Answer, Gateway, Upstream};

/// A gateway whose guest fetches a URL, with these grants.
async fn fetching(url: &str, grants: &str) -> Gateway {
    let yaml = format!(
        "plugins: {{ directory: ./plugins, settings: {{ fetches: {{ grant: {{ http: {grants} }} }} }} }}\n\
         apis: {{ main: {{ routes: {{ GET /: {{ to: {{ function: fetches, with: {{ url: '{url}' }} }} }} }} }} }}"
    );
    Gateway::setup(&yaml).guest("fetches").start().await
}

/// What came of fetching a URL; nobody may have been asked.
async fn refused(url: &str, grants: &str, upstream: &Upstream) -> String {
    let gateway = fetching(url, grants).await;
    let reply = gateway.get("/").await;
    assert_eq!(reply.status, 200);
    assert!(upstream.requests().is_empty(), "it was asked: {reply:?}");
    reply.text().to_owned()
}

#[tokio::test]
async fn granted_host_is_reached() {
    let upstream = Upstream::start().await;
    let gateway = fetching(&upstream.url(), &format!("['{}']", upstream.url())).await;
    assert_eq!(gateway.get("/").await.text(), "200 ok");
}

#[tokio::test]
async fn nothing_is_reached_without_a_grant() {
    let upstream = Upstream::start().await;
    let told = refused(&upstream.url(), "[]", &upstream).await;
    assert!(told.starts_with("denied: "), "{told}");
}

#[tokio::test]
async fn forbidden_host_is_not_reached() {
    let upstream = Upstream::start().await;
    let told = refused(&upstream.url(), "['https://idp.example.com']", &upstream).await;
    assert!(told.starts_with("denied: "), "{told}");
}

#[tokio::test]
async fn other_port_of_a_granted_host_is_not_reached() {
    let upstream = Upstream::start().await;
    let told = refused(&upstream.url(), "['http://127.0.0.1:1']", &upstream).await;
    assert!(told.starts_with("denied: "), "{told}");
}

#[tokio::test]
async fn private_address_behind_a_name_is_not_reached() {
    let upstream = Upstream::start().await;
    let port = upstream.address().port();
    for host in [
        "localhost",
        "localhost.",
        "127.0.0.1",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0x7f.1",
    ] {
        let url = format!("http://{host}:{port}/");
        let told = refused(&url, &format!("['http://*:{port}']"), &upstream).await;
        assert!(told.starts_with("denied: "), "{host}: {told}");
    }
}

#[tokio::test]
async fn redirect_to_a_private_address_is_not_followed() {
    let (granted, private) = (Upstream::start().await, Upstream::start().await);
    for location in [
        format!("http://localhost:{}/", private.address().port()),
        private.url(),
        format!("//{}/", private.address()),
    ] {
        granted.answer(Answer::status(302).header("location", &location));
        let told = refused(&granted.url(), &format!("['{}']", granted.url()), &private).await;
        assert!(told.starts_with("denied: "), "{location}: {told}");
    }
}

#[tokio::test]
async fn redirects_end() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::status(307).header("location", "/again"));
    let gateway = fetching(&upstream.url(), &format!("['{}']", upstream.url())).await;
    let reply = gateway.get("/").await;
    assert!(reply.text().starts_with("limit: "), "{reply:?}");
    assert_eq!(upstream.requests().len(), 4);
}

#[tokio::test]
async fn fetched_bodies_have_a_limit_of_the_operators() {
    let upstream = Upstream::start().await;
    let yaml = format!(
        "plugins: {{ directory: ./plugins, settings: {{ fetches: {{ grant: {{ http: ['{0}'] }}, limits: {{ fetch_size: 1KiB }} }} }} }}\n\
         apis: {{ main: {{ routes: {{ GET /: {{ to: {{ function: fetches, with: {{ url: '{0}/' }} }} }} }} }} }}",
        upstream.url()
    );
    let gateway = Gateway::setup(&yaml).guest("fetches").start().await;
    upstream.answer(Answer::ok([b'x'; 1024]));
    assert!(gateway.get("/").await.text().starts_with("200 xxx"));
    upstream.answer(Answer::ok([b'x'; 1025]));
    assert_eq!(
        gateway.get("/").await.text(),
        "limit: the answer has more than 1024 bytes"
    );
}

/// A gateway whose guest changes each request or reply in one way.
async fn patching(phase: &str, change: &str, upstream: &Upstream) -> Gateway {
    let yaml = format!(
        "apis: {{ main: {{ routes: {{ GET /: {{ {phase}: [{{ use: bad_patch, with: {change} }}], to: '{}' }} }} }} }}",
        upstream.url()
    );
    Gateway::setup(&yaml).guest("bad_patch").start().await
}

/// Changes that no message may carry.
const BAD: [&str; 16] = [
    r#"[set-header, x-a, "1\r\nx-forged: 1"]"#,
    r#"[set-header, x-a, "1\nx-forged: 1"]"#,
    r#"[append-header, x-a, "1\rx-forged: 1"]"#,
    r#"[set-header, x-a, "1\0"]"#,
    r#"[set-header, "x-a: 1\r\nx-forged", "1"]"#,
    r#"[set-header, "x a", "1"]"#,
    r#"[set-header, "", "1"]"#,
    "[set-header, connection, close]",
    "[set-header, transfer-encoding, chunked]",
    "[set-header, content-length, '0']",
    "[append-header, upgrade, h2c]",
    "[set-header, keep-alive, timeout=1]",
    "[set-header, te, trailers]",
    "[remove-header, content-length, '']",
    "[set-header, proxy-connection, close]",
    "[frobnicate, a, b]",
];

#[tokio::test]
async fn bad_change_of_a_request_fails_it_whole() {
    for change in BAD {
        let upstream = Upstream::start().await;
        // The good change before the bad one is not made either.
        let changes = format!("{{ changes: [[set-header, x-good, '1'], {change}] }}");
        let gateway = patching("transform", &changes, &upstream).await;
        let reply = gateway.get("/").await;
        assert_eq!(reply.status, 500, "{change}: {reply:?}");
        assert_eq!(reply.text(), r#"{"message":"Internal Server Error"}"#);
        assert!(upstream.requests().is_empty(), "{change}");
        let line = gateway.log.access("/").await;
        let failure = line["failure"].as_str().unwrap();
        assert!(failure.contains("broke the contract"), "{failure}");
    }
}

#[tokio::test]
async fn bad_change_of_a_reply_fails_it_whole() {
    for change in BAD {
        let upstream = Upstream::start().await;
        let changes = format!("{{ changes: [[set-header, x-good, '1'], {change}] }}");
        let gateway = patching("respond", &changes, &upstream).await;
        let reply = gateway.get("/").await;
        assert_eq!(reply.status, 500, "{change}: {reply:?}");
        assert_eq!(reply.text(), r#"{"message":"Internal Server Error"}"#);
        assert_eq!(reply.header("x-good"), "", "{change}");
        assert_eq!(reply.header("x-forged"), "", "{change}");
    }
}

#[tokio::test]
async fn bad_answer_of_a_filter_is_not_sent() {
    let upstream = Upstream::start().await;
    for field in [
        r#"[x-a, "1\r\nx-forged: 1"]"#,
        r#"["x\r\n", "1"]"#,
        "[content-length, '5']",
        "[transfer-encoding, chunked]",
        "[connection, close]",
    ] {
        let with = format!("{{ changes: [], respond: 200, headers: [{field}] }}");
        let gateway = patching("transform", &with, &upstream).await;
        let reply = gateway.get("/").await;
        assert_eq!(reply.status, 500, "{field}: {reply:?}");
        assert_eq!(reply.header("x-forged"), "");
        assert!(upstream.requests().is_empty());
    }
}
