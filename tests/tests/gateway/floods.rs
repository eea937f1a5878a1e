//! Floods of HTTP/2 frames that carry nothing: each ends its connection, before it is felt elsewhere.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use http::Request;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::time::timeout;
use wasmgate_tests::{
    Answer, Connection, Gateway, Upstream, client,
    client::{Pieces, request},
    frames::{self, Frames, frame},
    limit,
};

/// One worker, so that whatever one connection costs, the others feel.
async fn gateway(upstream: &Upstream) -> Gateway {
    let url = upstream.url();
    let apis = format!("apis: {{ main: {{ routes: {{ $default: {{ to: '{url}' }} }} }} }}");
    Gateway::start(&format!("workers: 1\n{apis}\n")).await
}

/// More frames than sockets hold.
const MANY: usize = 2_000_000;

/// Sends a frame on a connection with an open request until that ends; gives how often it went.
async fn flood(gateway: &Gateway, flood: &[u8]) -> usize {
    let mut client = Frames::connect(gateway.address(), &[]).await;
    let open = frame(frames::HEADERS, frames::END_HEADERS, 1, frames::GET);
    client.write(&open).await;
    let thousand = flood.repeat(1000);
    let mut sent = 0;
    while sent < MANY && client.write(&thousand).await {
        sent += 1000;
    }
    sent
}

/// The longest that others wait for an answer while something goes on.
async fn others<T>(gateway: &Gateway, going_on: impl Future<Output = T>) -> (T, Duration) {
    let mut going_on = pin!(going_on);
    let mut other = Connection::http1(gateway.address()).await;
    let mut longest = Duration::ZERO;
    loop {
        let began = Instant::now();
        assert_eq!(other.send(request("GET", "/", &[])).await.status, 200);
        longest = longest.max(began.elapsed());
        if let Ok(done) = timeout(Duration::from_millis(1), &mut going_on).await {
            return (done, longest);
        }
    }
}

#[tokio::test]
async fn frames_that_carry_nothing_end_the_connection() {
    let upstream = Upstream::start().await;
    let gateway = gateway(&upstream).await;
    let before = gateway.memory();
    for (name, frame) in [
        ("ping", frame(frames::PING, 0, 0, &[0; 8])),
        (
            "answer to no ping",
            frame(frames::PING, frames::ACK, 0, &[0; 8]),
        ),
        ("no setting", frame(frames::SETTINGS, 0, 0, &[])),
        (
            "window setting",
            frame(frames::SETTINGS, 0, 0, &[0, 4, 0, 0, 255, 255]),
        ),
        ("priority", frame(frames::PRIORITY, 0, 1, &[0, 0, 0, 3, 1])),
        ("window of all", frame(frames::WINDOW, 0, 0, &[0, 0, 0, 1])),
        ("window of one", frame(frames::WINDOW, 0, 1, &[0, 0, 0, 1])),
        ("empty data", frame(frames::DATA, 0, 1, &[])),
        ("unknown", frame(0x42, 0, 0, &[])),
    ] {
        let (sent, longest) = others(&gateway, flood(&gateway, &frame)).await;
        println!("{name}: {sent} sent, others waited {longest:?} at most");
        assert!(sent < MANY, "{name}");
        assert!(longest < Duration::from_millis(500), "{name}: {longest:?}");
    }
    let grown = gateway.memory().saturating_sub(before);
    assert!(grown < 16 << 20, "{grown} bytes");
    gateway
        .log
        .line("a flood of frames that carry nothing")
        .await;
}

#[tokio::test]
async fn long_download_over_small_windows_is_no_flood() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::ok(vec![b'x'; 8 << 20]));
    let gateway = gateway(&upstream).await;
    // Some thousand frames, each followed by two window updates.
    let stream = TokioIo::new(client::tcp(gateway.address()).await);
    let handshake = http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(512)
        .handshake::<_, Pieces>(stream);
    let (mut sender, connection) = handshake.await.expect("a handshake");
    tokio::spawn(connection);
    let (_, body) = client::pieces();
    let asked = sender.send_request(Request::get("http://a/").body(body).expect("a request"));
    let answer = limit("an answer", asked).await.expect("an answer");
    let whole = http_body_util::BodyExt::collect(answer.into_body());
    let whole = limit("the whole answer", whole).await.expect("all of it");
    assert_eq!(whole.to_bytes().len(), 8 << 20);
}
