//! Bodies: streamed untouched where nobody wants them; whole, decoded and bounded where somebody does.

use std::{io::Write, sync::Arc};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::Notify,
};
use wasmgate_tests::{
    Answer, Gateway, Upstream,
    client::{tcp, with_body},
    limit,
};

async fn gateway(to: &str, mut route: Value) -> Gateway {
    route["to"] = json!(to);
    let apis = json!({ "shop": { "routes": { "ANY /{proxy+}": route } } });
    let setup = Gateway::setup(&format!("apis: {apis}\n"));
    let guests = ["patches", "probe", "maps"];
    let setup = guests.into_iter().fold(setup, wasmgate_tests::Setup::guest);
    setup.start().await
}

fn probe(with: Value) -> Value {
    json!({ "use": "probe", "with": with })
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn deflate(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn brotli(text: &str) -> Vec<u8> {
    let mut encoded = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut text.as_bytes(), &mut encoded, &parameters).unwrap();
    encoded
}

#[tokio::test]
async fn wanted_body_is_shown_decoded_and_sent_on_as_it_came() {
    for (coding, body) in [
        ("gzip", gzip("hello")),
        ("x-gzip", gzip("hello")),
        ("deflate", deflate("hello")),
        ("br", brotli("hello")),
        ("identity", b"hello".to_vec()),
    ] {
        let upstream = Upstream::start().await;
        let looks = probe(json!({ "body": true }));
        let gateway = gateway(&upstream.url(), json!({ "early": [looks] })).await;
        let request = with_body("POST", "/a", &[("content-encoding", coding)], body.clone());
        assert_eq!(gateway.send(request).await.status, 200, "{coding}");
        let got = upstream.request(0).await;
        let seen: Value = serde_json::from_str(got.header("x-seen-request-filter")).unwrap();
        assert_eq!(seen["body"], "hello", "{coding}");
        assert_eq!(got.header("content-encoding"), coding);
        assert_eq!(got.body, body, "{coding}");
    }
}

#[tokio::test]
async fn body_over_the_limit_is_refused_as_sent_and_as_decoded() {
    let upstream = Upstream::start().await;
    let looks = probe(json!({ "body": true }));
    let route = json!({ "early": [looks], "body_limit": "1KiB" });
    let gateway = gateway(&upstream.url(), route).await;
    let large = "x".repeat(1025);
    for (headers, body) in [
        (vec![], large.clone().into_bytes()),
        (vec![("content-encoding", "gzip")], gzip(&large)),
        (
            vec![("content-encoding", "br")],
            brotli(&"x".repeat(100 << 20)),
        ),
    ] {
        let reply = gateway.send(with_body("POST", "/a", &headers, body)).await;
        assert_eq!(reply.status, 413, "{headers:?}");
        assert_eq!(
            reply.json(),
            json!({ "message": "Request Entity Too Large" })
        );
    }
    assert!(upstream.requests().is_empty());
    let fits = with_body(
        "POST",
        "/a",
        &[("content-encoding", "gzip")],
        gzip(&"x".repeat(1024)),
    );
    assert_eq!(gateway.send(fits).await.status, 200);
}

#[tokio::test]
async fn chunks_over_the_limit_are_refused() {
    let upstream = Upstream::start().await;
    let looks = probe(json!({ "body": true }));
    let route = json!({ "early": [looks], "body_limit": 4 });
    let gateway = gateway(&upstream.url(), route).await;
    let request = "POST /a HTTP/1.1\r\nhost: h\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n";
    let answer = gateway.raw(request).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(upstream.requests().is_empty());
}

#[tokio::test]
async fn coding_that_nobody_can_read_is_refused() {
    let upstream = Upstream::start().await;
    let looks = probe(json!({ "body": true }));
    let gateway = gateway(&upstream.url(), json!({ "early": [looks] })).await;
    for coding in ["zstd", "gzip"] {
        let request = with_body(
            "POST",
            "/a",
            &[("content-encoding", coding)],
            "no such thing",
        );
        assert_eq!(gateway.send(request).await.status, 415, "{coding}");
    }
}

#[tokio::test]
async fn changed_reply_goes_out_unencoded_and_without_its_etag() {
    let upstream = Upstream::start().await;
    let encoded = Answer::ok(gzip("HELLO"));
    upstream.answer(
        encoded
            .header("content-encoding", "gzip")
            .header("etag", "\"old\""),
    );
    let gateway = gateway(&upstream.url(), json!({ "transform": ["maps"] })).await;
    let reply = gateway.get("/a").await;
    assert_eq!(reply.text(), "hello");
    assert_eq!(
        (reply.header("content-encoding"), reply.header("etag")),
        ("", "")
    );
    assert_eq!(reply.header("content-length"), "5");
}

#[tokio::test]
async fn changed_request_goes_out_unencoded() {
    let upstream = Upstream::start().await;
    let gateway = gateway(&upstream.url(), json!({ "transform": ["maps"] })).await;
    let headers = [("content-encoding", "gzip"), ("etag", "\"old\"")];
    gateway
        .send(with_body("PUT", "/a", &headers, gzip("hello")))
        .await;
    let got = upstream.request(0).await;
    assert_eq!(got.body, b"HELLO");
    assert_eq!(
        (got.header("content-encoding"), got.header("etag")),
        ("", "")
    );
    assert_eq!(got.header("content-length"), "5");
}

#[tokio::test]
async fn new_body_may_bring_a_new_etag() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::ok("old").header("etag", "\"old\""));
    let new = json!({ "body": "new", "changes": [["set-header", "etag", "\"new\""]] });
    let respond = json!([{ "use": "patches", "with": new }]);
    let gateway = gateway(&upstream.url(), json!({ "respond": respond })).await;
    let reply = gateway.get("/a").await;
    assert_eq!((reply.text(), reply.header("etag")), ("new", "\"new\""));
}

#[tokio::test]
async fn reply_that_was_only_looked_at_is_untouched() {
    let upstream = Upstream::start().await;
    let body = gzip("hello");
    let encoded = Answer::ok(body.clone());
    upstream.answer(
        encoded
            .header("content-encoding", "gzip")
            .header("etag", "\"1\""),
    );
    let looks = probe(json!({ "reply_body": true, "reply_headers": ["etag"] }));
    let gateway = gateway(&upstream.url(), json!({ "respond": [looks] })).await;
    let reply = gateway.get("/a").await;
    assert_eq!(reply.body, body);
    assert_eq!(
        (reply.header("content-encoding"), reply.header("etag")),
        ("gzip", "\"1\"")
    );
    let seen: Value = serde_json::from_str(reply.header("x-seen-response-filter")).unwrap();
    assert_eq!(seen["reply"]["body"], "hello");
    assert_eq!(seen["reply"]["headers"], json!([["etag", "\"1\""]]));
}

#[tokio::test]
async fn reply_without_a_body_keeps_its_length() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::ok("hello"));
    let looks = probe(json!({ "reply_body": true }));
    let gateway = gateway(&upstream.url(), json!({ "respond": [looks] })).await;
    let reply = gateway.send(with_body("HEAD", "/a", &[], "")).await;
    assert_eq!((reply.header("content-length"), reply.text()), ("5", ""));
}

/// Everything stands in the chain, but nobody wants a body.
fn indifferent() -> Value {
    let looks = probe(json!({ "headers": ["*"], "reply_headers": ["*"] }));
    json!({ "early": [looks], "authorize": [looks], "validate": [looks], "transform": [looks],
            "respond": [looks], "observe": [looks] })
}

#[tokio::test]
async fn unwanted_reply_streams_with_its_trailers() {
    let upstream = Upstream::start().await;
    let gate = Arc::new(Notify::new());
    let pieces = Answer::status(200)
        .pieces(&["first", "second"])
        .header("trailer", "x-end")
        .trailer("x-end", "1");
    upstream.answer(pieces.gate(&gate));
    let gateway = gateway(&upstream.url(), indifferent()).await;
    let mut client = tcp(gateway.address()).await;
    let request = "GET /a HTTP/1.1\r\nhost: h\r\nte: trailers\r\nconnection: te\r\n\r\n";
    client.write_all(request.as_bytes()).await.unwrap();
    let mut got = Vec::new();
    until(&mut client, &mut got, "first\r\n").await;
    assert!(!String::from_utf8_lossy(&got).contains("second"));
    gate.notify_one();
    until(&mut client, &mut got, "x-end: 1\r\n\r\n").await;
}

#[tokio::test]
async fn unwanted_request_streams() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let gateway = gateway(&url, indifferent()).await;
    let mut client = tcp(gateway.address()).await;
    let request = "POST /a HTTP/1.1\r\nhost: h\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n";
    client.write_all(request.as_bytes()).await.unwrap();
    let (mut server, _) = limit("a connection", listener.accept()).await.unwrap();
    let mut got = Vec::new();
    until(&mut server, &mut got, "first\r\n").await;
    client.write_all(b"6\r\nsecond\r\n0\r\n\r\n").await.unwrap();
    until(&mut server, &mut got, "second\r\n0\r\n\r\n").await;
}

/// Reads until the end is there.
async fn until(stream: &mut tokio::net::TcpStream, got: &mut Vec<u8>, end: &str) {
    limit(end, async {
        while !got.ends_with(end.as_bytes()) {
            assert_ne!(
                stream.read_buf(got).await.unwrap(),
                0,
                "{}",
                String::from_utf8_lossy(got)
            );
        }
    })
    .await;
}
