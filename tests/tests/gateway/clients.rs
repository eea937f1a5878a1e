//! Whose address a request comes from: the peer's, or what a trusted proxy says of it.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wasmgate_tests::{Gateway, Upstream, client, limit};

async fn before(upstream: &Upstream, settings: &str) -> Gateway {
    let url = upstream.url();
    Gateway::start(&format!(
        "{settings}\napis: {{ main: {{ routes: {{ $default: {{ to: '{url}' }} }} }} }}\n"
    ))
    .await
}

const TRUSTED: &str = "trusted_proxies: [127.0.0.1, 10.0.0.0/8]";

type Fields<'a> = &'a [(&'a str, &'a str)];

/// The client that the access log names for these fields.
async fn named(gateway: &Gateway, path: &str, fields: Fields<'_>) -> String {
    gateway.get_with(path, fields).await;
    let line = gateway.log.access(path).await;
    line["client"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn trusted_proxies_name_the_client() {
    let upstream = Upstream::start().await;
    let gateway = before(&upstream, TRUSTED).await;
    let cases: [(&str, Fields<'_>, &str); 6] = [
        ("/none", &[], "127.0.0.1"),
        ("/one", &[("x-forwarded-for", "203.0.113.7")], "203.0.113.7"),
        (
            "/forged-in-front",
            &[("x-forwarded-for", "6.6.6.6, 203.0.113.7, 10.1.1.1")],
            "203.0.113.7",
        ),
        (
            "/in-two-fields",
            &[
                ("x-forwarded-for", "6.6.6.6"),
                ("x-forwarded-for", "203.0.113.7"),
            ],
            "203.0.113.7",
        ),
        (
            "/forwarded",
            &[(
                "forwarded",
                r#"for=6.6.6.6, for="[2001:db8::1]:80";proto=https"#,
            )],
            "2001:db8::1",
        ),
        (
            "/nonsense",
            &[("x-forwarded-for", "203.0.113.7, x")],
            "127.0.0.1",
        ),
    ];
    for (path, fields, expected) in cases {
        assert_eq!(named(&gateway, path, fields).await, expected, "{path}");
    }
    let seen = upstream.request(1).await;
    assert_eq!(seen.header("x-forwarded-for"), "203.0.113.7, 127.0.0.1");
}

#[tokio::test]
async fn strangers_name_nobody() {
    let upstream = Upstream::start().await;
    let gateway = before(&upstream, "").await;
    let forged = [
        ("x-forwarded-for", "6.6.6.6"),
        ("forwarded", "for=6.6.6.6"),
        ("x-forwarded-host", "evil"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-port", "443"),
        ("x-real-ip", "6.6.6.6"),
    ];
    assert_eq!(named(&gateway, "/", &forged).await, "127.0.0.1");
    let seen = upstream.request(0).await;
    assert!(!seen.head.contains("6.6.6.6"), "{}", seen.head);
    assert!(!seen.head.contains("evil"), "{}", seen.head);
    assert_eq!(seen.header("x-forwarded-proto"), "http");
    assert_ne!(seen.header("x-forwarded-port"), "443");
}

#[tokio::test]
async fn proxy_headers_of_both_versions_name_the_client() {
    let upstream = Upstream::start().await;
    let settings =
        format!("listeners: [{{ address: '127.0.0.1:0', proxy_protocol: true }}]\n{TRUSTED}");
    let gateway = before(&upstream, &settings).await;
    let binary = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x07\x0a\0\0\x01\x12\x67\x01\xbb";
    let text = b"PROXY TCP6 2001:db8::7 ::1 4711 443\r\n";
    for (header, path, expected) in [
        (&binary[..], "/binary", "203.0.113.7"),
        (&text[..], "/text", "2001:db8::7"),
    ] {
        let answer = talk(&gateway, header, path).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{path}: {answer}");
        let line = gateway.log.access(path).await;
        assert_eq!(line["client"], expected);
    }
    // The client behind the proxy is no proxy itself: its own fields are dropped.
    let seen = upstream.request(1).await;
    assert_eq!(seen.header("x-forwarded-for"), "2001:db8::7");
    for wrong in [&b"PROXY TCP4 x"[..], b"PROXY TCP4 1 2 3 4\r\n", b""] {
        assert_eq!(talk(&gateway, wrong, "/").await, "");
    }
    assert_eq!(upstream.requests().len(), 2);
}

async fn talk(gateway: &Gateway, start: &[u8], path: &str) -> String {
    let mut stream = client::tcp(gateway.address()).await;
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: close\r\n\r\n"
    );
    limit("an answer", async {
        // A server that refuses may close before it has read all.
        _ = stream.write_all(&[start, head.as_bytes()].concat()).await;
        let mut answer = Vec::new();
        _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    })
    .await
}
