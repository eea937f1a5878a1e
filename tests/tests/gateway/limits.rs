//! What a client may take of the gateway: time, memory, connections, streams.

use std::{sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::Notify,
};
use wasmgate_tests::{
    Answer, Connection, Gateway, Upstream, client,
    client::request,
    frames::{self, Frames, frame},
    limit, until,
};

async fn proxy(upstream: &Upstream, limits: &str) -> Gateway {
    let url = upstream.url();
    let yaml = format!(
        "limits: {{ {limits} }}\n\
         apis: {{ main: {{ body_limit: 1KiB, routes: {{ $default: {{ to: '{url}' }} }} }} }}\n"
    );
    Gateway::start(&yaml).await
}

#[tokio::test]
async fn slow_body_is_not_waited_for() {
    let upstream = Upstream::start().await;
    let gateway = proxy(&upstream, "body_idle: 100ms").await;
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf";
    let answer = gateway.raw(head).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("connection: close\r\n"), "{answer}");
    assert!(upstream.requests().is_empty());
}

#[tokio::test]
async fn chunks_over_the_limit_are_413() {
    let upstream = Upstream::start().await;
    let gateway = proxy(&upstream, "").await;
    let chunk = format!("400\r\n{}\r\n", "x".repeat(0x400));
    let head =
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    let answer = gateway.raw(format!("{head}{chunk}{chunk}0\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(upstream.requests().is_empty());
}

#[tokio::test]
async fn last_request_of_a_connection_closes_it() {
    let upstream = Upstream::start().await;
    let gateway = proxy(&upstream, "requests_per_connection: 2").await;
    let answer = gateway
        .raw("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(3))
        .await;
    assert_eq!(answer.matches("HTTP/1.1 200 ").count(), 2, "{answer}");
    assert_eq!(answer.matches("connection: close\r\n").count(), 1);

    let mut http2 = Connection::http2(gateway.address()).await;
    for _ in 0..2 {
        assert_eq!(http2.send(request("GET", "/", &[])).await.status, 200);
    }
    assert!(http2.try_send(request("GET", "/", &[])).await.is_err());
}

#[tokio::test]
async fn answer_may_take_longer_than_a_connection_is_kept() {
    let upstream = Upstream::start().await;
    let gate = Arc::new(Notify::new());
    upstream.answer(Answer::ok("").pieces(&["a", "b"]).gate(&gate));
    let gateway = proxy(&upstream, "keep_alive: 50ms").await;
    let mut kept = Connection::http1(gateway.address()).await;
    let waiting = kept.send(request("GET", "/", &[]));
    let opening = async {
        upstream.request(0).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        gate.notify_one();
    };
    let (reply, ()) = tokio::join!(waiting, opening);
    assert_eq!(reply.text(), "ab");
}

#[tokio::test]
async fn silent_handshake_is_not_waited_for() {
    let upstream = Upstream::start().await;
    let signed = wasmgate_tests::Authority::new().sign(&["a"]);
    let url = upstream.url();
    let yaml = format!(
        "listeners: [{{ address: '127.0.0.1:0', tls: [{{ certificate: a.pem, key: a.key }}] }}]\n\
         limits: {{ head_timeout: 100ms }}\n\
         apis: {{ main: {{ routes: {{ $default: {{ to: '{url}' }} }} }} }}\n"
    );
    let setup = Gateway::setup(&yaml).file("a.pem", &signed.certificate);
    let gateway = setup.file("a.key", &signed.key).start().await;
    assert_eq!(gateway.raw([0x16, 3, 1]).await, "");
}

/// A response of many megabytes, more than any socket holds.
fn large() -> Answer {
    Answer::ok(vec![b'x'; 64 << 20])
}

#[tokio::test]
async fn client_that_takes_nothing_is_given_up() {
    let upstream = Upstream::start().await;
    upstream.answer(large());
    let gateway = proxy(&upstream, "write_idle: 200ms").await;
    let mut client = client::tcp(gateway.address()).await;
    let head = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    client.write_all(head).await.expect("room");
    let line = gateway.log.line("took nothing for").await;
    assert!(line.contains("200ms"), "{line}");
    until("no connection", async || {
        gateway.metric("wasmgate_connections ").await == Some(0.0)
    })
    .await;
}

#[tokio::test]
async fn stream_that_takes_nothing_is_reset_alone() {
    let upstream = Upstream::start().await;
    upstream.answer_next(large());
    let gateway = proxy(&upstream, "write_idle: 200ms, body_idle: 10s").await;
    let mut client = Frames::connect(gateway.address(), &[]).await;
    let flags = frames::END_STREAM | frames::END_HEADERS;
    client
        .write(&frame(frames::HEADERS, flags, 1, frames::GET))
        .await;
    // The window of the stream is used up, the connection is read on.
    let reset = client.find(frames::RESET).await.expect("a reset");
    assert_eq!(reset.stream, 1);
    client
        .write(&frame(frames::WINDOW, 0, 0, &(1_u32 << 20).to_be_bytes()))
        .await;
    client
        .write(&frame(frames::HEADERS, flags, 3, frames::GET))
        .await;
    let data = client.find(frames::DATA).await.expect("an answer");
    assert_eq!((data.stream, &*data.payload), (3, &b"ok"[..]));
}

#[tokio::test]
async fn slow_reader_keeps_little_in_memory() {
    let upstream = Upstream::start().await;
    upstream.answer(large());
    let gateway = proxy(&upstream, "").await;
    let before = gateway.memory();
    let mut clients = Vec::new();
    for number in 0..8 {
        let mut client = client::tcp(gateway.address()).await;
        let head = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        client.write_all(head).await.expect("room");
        upstream.request(number).await;
        limit("the first byte", client.read_u8())
            .await
            .expect("an answer");
        clients.push(client);
    }
    let grown = gateway.memory().saturating_sub(before);
    assert!(grown < 16 << 20, "{grown} bytes for 8 clients");
    for mut client in clients {
        let mut length = 1;
        let mut piece = vec![0; 1 << 20];
        while length < 64 << 20 {
            let read = limit("more", client.read(&mut piece)).await;
            length += read.expect("more");
        }
    }
}

#[tokio::test]
async fn streams_over_the_limit_are_refused() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::ok("late").gate(&Arc::default()));
    let gateway = proxy(&upstream, "http2_streams: 2").await;
    let mut client = Frames::connect(gateway.address(), &[]).await;
    let flags = frames::END_STREAM | frames::END_HEADERS;
    for stream in [1, 3, 5] {
        client
            .write(&frame(frames::HEADERS, flags, stream, frames::GET))
            .await;
    }
    let reset = client.find(frames::RESET).await.expect("a reset");
    assert_eq!((reset.stream, &*reset.payload), (5, &[0, 0, 0, 7][..]));
    upstream.request(1).await;
    assert_eq!(upstream.requests().len(), 2);
}

#[tokio::test]
async fn rapid_resets_end_the_connection() {
    let upstream = Upstream::start().await;
    let gateway = proxy(&upstream, "").await;
    let mut client = Frames::connect(gateway.address(), &[]).await;
    let flags = frames::END_STREAM | frames::END_HEADERS;
    let mut flood = Vec::new();
    for stream in (1..4000).step_by(2) {
        flood.extend(frame(frames::HEADERS, flags, stream, frames::GET));
        flood.extend(frame(frames::RESET, 0, stream, &[0, 0, 0, 8]));
    }
    client.write(&flood).await;
    // ENHANCE_YOUR_CALM, unless the connection is reset before it is read.
    let reason = client.end().await;
    assert!(matches!(reason, None | Some(11)), "{reason:?}");
    let asked = upstream.requests().len();
    assert!(asked < 200, "{asked} of 2000");
    assert_eq!(gateway.get("/").await.status, 200);
}

#[tokio::test]
async fn resets_in_good_time_end_the_connection_too() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::ok("late").gate(&Arc::default()));
    let gateway = proxy(&upstream, "").await;
    let mut client = Frames::connect(gateway.address(), &[]).await;
    let flags = frames::END_STREAM | frames::END_HEADERS;
    let mut asked = 0;
    for stream in (1..2000).step_by(2) {
        let open = frame(frames::HEADERS, flags, stream, frames::GET);
        if !client.write(&open).await {
            break;
        }
        // Only what an upstream has been asked is reset.
        let came = tokio::time::timeout(Duration::from_secs(1), upstream.request(asked)).await;
        if came.is_err() {
            break;
        }
        asked += 1;
        client
            .write(&frame(frames::RESET, 0, stream, &[0, 0, 0, 8]))
            .await;
    }
    assert!((100..200).contains(&asked), "{asked}");
    gateway.log.line("most requests were given up").await;
}

#[tokio::test]
async fn flood_of_continuations_ends_the_connection() {
    let upstream = Upstream::start().await;
    let gateway = proxy(&upstream, "").await;
    let before = gateway.memory();
    for payload in [&[0_u8, 1, b'x', 1, b'y'].repeat(3000)[..], b""] {
        let mut client = Frames::connect(gateway.address(), &[]).await;
        client
            .write(&frame(frames::HEADERS, frames::END_STREAM, 1, frames::GET))
            .await;
        let more = frame(frames::CONTINUATION, 0, 1, payload);
        let mut written = 0;
        while written < 10_000 && client.write(&more).await {
            written += 1;
        }
        assert!(written < 10_000, "{} bytes each", payload.len());
    }
    assert!(gateway.memory().saturating_sub(before) < 16 << 20);
    assert!(upstream.requests().is_empty());
}

const SWITCH: &str =
    "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";

#[tokio::test]
async fn switched_connections_count_until_they_close() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::raw(SWITCH).echo());
    let gateway = proxy(&upstream, "connections: 1").await;
    let mut client = client::tcp(gateway.address()).await;
    let head = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    client.write_all(head).await.expect("room");
    let mut answer = [0; 12];
    limit("an answer", client.read_exact(&mut answer))
        .await
        .expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 101");
    assert_eq!(gateway.raw("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await, "");
    drop(client);
    until("no connection", async || {
        gateway.metric("wasmgate_connections ").await == Some(0.0)
    })
    .await;
}
