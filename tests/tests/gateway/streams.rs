//! What passes piece by piece: server-sent events, WebSocket, trailers, bodies as fast as the slower side takes them.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body::Frame;
use http_body_util::BodyExt;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    time::timeout,
};
use wasmgate_tests::{
    Answer, Connection, Echo, Gateway, Upstream, client,
    client::{Pieces, pieces, request, with_body},
    limit,
};

async fn before(url: String, http2: bool) -> Gateway {
    Gateway::start(&format!(
        "upstreams: {{ main: {{ targets: ['{url}'], http2: {http2} }} }}\n\
         apis:\n  main:\n    timeout: 500ms\n    body_limit: 1GiB\n    routes: {{ $default: {{ to: main }} }}\n"
    ))
    .await
}

#[tokio::test]
async fn events_pass_at_once() {
    let upstream = Upstream::start().await;
    let gate = Arc::new(Notify::new());
    let events = Answer::ok("").header("content-type", "text/event-stream");
    let events = events.pieces(&["data: 1\n\n", "data: 2\n\n"]).gate(&gate);
    upstream.answer(events);
    let gateway = before(upstream.url(), false).await;
    let mut client = client::tcp(gateway.address()).await;
    let head = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    client.write_all(head).await.expect("room");
    let first = read_until(&mut client, "data: 1\n\n").await;
    assert!(!first.contains("data: 2"), "{first}");
    // Longer than the time for a head: between two pieces only the idle time-out holds.
    tokio::time::sleep(Duration::from_millis(700)).await;
    gate.notify_one();
    read_until(&mut client, "data: 2\n\n").await;
}

const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                      sec-websocket-accept: x\r\n\r\n";

/// A client that has switched, and what it sent before it knew.
async fn websocket(gateway: &Gateway) -> TcpStream {
    let mut client = client::tcp(gateway.address()).await;
    let head = b"GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Key: y\r\n\r\nearly ";
    client.write_all(head).await.expect("room");
    read_until(&mut client, "\r\n\r\nearly ").await;
    client
}

#[tokio::test]
async fn websocket_passes_both_ways() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::raw(SWITCH).echo());
    let gateway = before(upstream.url(), false).await;
    let mut client = websocket(&gateway).await;
    for number in 0..100 {
        let message = format!("message {number} GET / HTTP/1.1\r\n\r\n");
        client.write_all(message.as_bytes()).await.expect("room");
        read_until(&mut client, &message).await;
    }
    let seen = upstream.request(0).await;
    assert_eq!(seen.header("upgrade"), "websocket");
    assert_eq!(seen.header("sec-websocket-key"), "y");
    assert_eq!(upstream.requests().len(), 1);
}

#[tokio::test]
async fn websocket_counts_as_a_connection_and_the_end_waits_for_it() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::raw(SWITCH).echo());
    let url = upstream.url();
    let mut gateway = Gateway::start(&format!(
        "limits: {{ connections: 1 }}\napis: {{ a: {{ routes: {{ $default: {{ to: '{url}' }} }} }} }}\n"
    ))
    .await;
    let mut client = websocket(&gateway).await;
    assert_eq!(gateway.metric("wasmgate_connections ").await, Some(1.0));
    assert_eq!(gateway.raw("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await, "");

    gateway.signal("TERM");
    gateway.log.line("draining").await;
    let closed = async { while TcpStream::connect(gateway.address()).await.is_ok() {} };
    limit("the closed port", closed).await;
    client.write_all(b"still here").await.expect("room");
    read_until(&mut client, "still here").await;
    drop(client);
    assert!(gateway.ended().await.success());
    assert!(!gateway.log.text().contains("not everything ended"));
}

#[tokio::test]
async fn websocket_ends_with_the_time_to_drain() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::raw(SWITCH).echo());
    let url = upstream.url();
    let mut gateway = Gateway::start(&format!(
        "drain: 100ms\napis: {{ a: {{ routes: {{ $default: {{ to: '{url}' }} }} }} }}\n"
    ))
    .await;
    let _client = websocket(&gateway).await;
    gateway.signal("TERM");
    assert!(gateway.ended().await.success());
    gateway.log.line("not everything ended in time").await;
}

#[tokio::test]
async fn other_protocols_are_not_switched_to() {
    let upstream = Upstream::start().await;
    let gateway = before(upstream.url(), false).await;
    let asking = [("connection", "upgrade"), ("upgrade", "h2c")];
    let reply = gateway.get_with("/", &asking).await;
    assert_eq!(reply.status, 200);
    assert_eq!(upstream.request(0).await.header("upgrade"), "");
}

/// A client's HTTP/2 connection for streamed requests.
async fn http2(gateway: &Gateway) -> http2::SendRequest<Pieces> {
    let stream = TokioIo::new(client::tcp(gateway.address()).await);
    let handshake = http2::handshake(TokioExecutor::new(), stream).await;
    let (sender, connection) = handshake.expect("a handshake");
    tokio::spawn(connection);
    sender
}

#[tokio::test]
async fn http2_streams_both_ways_with_trailers() {
    let upstream = Echo::start().await;
    let gateway = before(format!("http://{}", upstream.address()), true).await;
    let mut sender = http2(&gateway).await;
    let (messages, body) = pieces();
    let call = Request::post("http://a/pkg.Service/Method")
        .header("te", "trailers")
        .header("content-type", "application/grpc");
    let call = sender.send_request(call.body(body).expect("a request"));
    messages.send(data("first")).await.expect("room");
    // The answer begins while the request goes on, longer than the time for its head.
    let mut answer = limit("an answer", call).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    for message in ["first", "second", "third"] {
        let frame = limit("a message", answer.frame()).await;
        let echoed = frame.expect("more").expect("a frame").into_data();
        assert_eq!(echoed.ok(), Some(message.into()));
        tokio::time::sleep(Duration::from_millis(300)).await;
        match message {
            "first" => messages.send(data("second")).await.expect("room"),
            "second" => messages.send(data("third")).await.expect("room"),
            _ => {
                let mut trailers = HeaderMap::new();
                trailers.insert("grpc-status", "0".parse().expect("a value"));
                messages
                    .send(Frame::trailers(trailers))
                    .await
                    .expect("room");
            }
        }
    }
    drop(messages);
    let frame = limit("trailers", answer.frame()).await;
    let trailers = frame.expect("more").expect("a frame").into_trailers();
    assert_eq!(trailers.expect("trailers")["grpc-status"], "0");
}

#[tokio::test]
async fn trailers_of_http1_pass_where_they_are_wanted() {
    let upstream = Upstream::start().await;
    let answer = Answer::ok("").pieces(&["a", "b"]).trailer("x-sum", "1");
    upstream.answer(answer.header("trailer", "x-sum"));
    let gateway = before(upstream.url(), false).await;
    let reply = gateway.get_with("/", &[("te", "trailers")]).await;
    assert_eq!(reply.trailers.expect("trailers")["x-sum"], "1");
    assert_eq!(gateway.get("/").await.trailers, None);
    let mut http2 = Connection::http2(gateway.address()).await;
    let reply = http2.send(request("GET", "/", &[])).await;
    assert_eq!(reply.trailers.expect("trailers")["x-sum"], "1");
}

/// An upstream that takes the head of a request and nothing more.
async fn stalling() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    (listener, url)
}

#[tokio::test]
async fn upload_is_read_no_faster_than_it_is_taken() {
    let (listener, url) = stalling().await;
    let gateway = before(url, false).await;
    let mut client = client::tcp(gateway.address()).await;
    let length = 256 << 20;
    let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
    client.write_all(head.as_bytes()).await.expect("room");
    let (upstream, _) = limit("a connection", listener.accept()).await.expect("one");
    let mut sent = 0;
    let piece = vec![0; 1 << 20];
    while let Ok(written) = timeout(Duration::from_millis(200), client.write(&piece)).await {
        sent += written.expect("room");
    }
    assert!(sent < 32 << 20, "{sent} of {length} bytes went ahead");
    // The upstream has its time to take what is there, and no more.
    let answer = read_until(&mut client, "}").await;
    assert!(answer.starts_with("HTTP/1.1 504 "), "{answer}");
    drop(upstream);
}

#[tokio::test]
async fn slow_http2_reader_holds_up_nobody_else() {
    let upstream = Echo::start().await;
    let gateway = before(format!("http://{}", upstream.address()), true).await;
    // More streams that take nothing than one window of a connection would bear.
    let mut slow = Vec::new();
    for _ in 0..8 {
        let mut sender = http2(&gateway).await;
        let (_, body) = pieces();
        let call = Request::get("http://a/large").body(body);
        let call = sender.send_request(call.expect("a request"));
        slow.push((limit("an answer", call).await.expect("one"), sender));
    }
    let reply = limit("an answer", async {
        let mut connection = Connection::http2(gateway.address()).await;
        connection
            .send(with_body("POST", "/", &[], vec![1; 200 << 10]))
            .await
    })
    .await;
    assert_eq!(reply.body.len(), 200 << 10);
    drop(slow);
}

#[tokio::test]
async fn response_that_breaks_off_breaks_off() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::ok("").pieces(&["a", "b", "c"]).close_after(65));
    let gateway = before(upstream.url(), false).await;
    let answer = gateway.raw("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(!answer.contains("\r\n0\r\n\r\n"), "{answer}");
    let line = gateway.log.access("/").await;
    assert_eq!(line["blame"], "upstream");
}

fn data(bytes: impl Into<Bytes>) -> Frame<Bytes> {
    Frame::data(bytes.into())
}

async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut read = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&read).contains(end) {
            assert!(stream.read_buf(&mut read).await.expect("more") > 0);
        }
    };
    limit(end, reading).await;
    String::from_utf8(read).expect("text")
}
