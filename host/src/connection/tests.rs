//! hyper behind the strict stream: what a client reads.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{cell::RefCell, time::Duration};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, duplex},
    sync::watch,
};

use super::{
    framing::tests::table::{Outcome, cases},
    *,
};

fn limits() -> Limits {
    Limits {
        connections: 1,
        requests_per_connection: 5,
        headers: 100,
        head_bytes: 16 << 10,
        uri_bytes: 8 << 10,
        head_timeout: Duration::from_millis(500),
        keep_alive: Duration::from_millis(100),
        body_idle: Duration::from_secs(60),
        write_idle: Duration::from_secs(60),
        http2_streams: 10,
        header_underscores: false,
        per_address: crate::config::PerAddress::default(),
    }
}

/// What a connection gave: the bytes that the client read, and the requests with their bodies.
struct Seen {
    answer: String,
    requests: Vec<(String, Result<Bytes, String>)>,
}

/// Sends bytes to a server that answers with the request's body; reads until it closes.
async fn talk(bytes: &[u8]) -> Seen {
    let (mut client, server) = duplex(64 << 10);
    let requests = Rc::new(RefCell::new(Vec::new()));
    let answer = |request: Request<Incoming>, refused: Option<Refused>| {
        let requests = Rc::clone(&requests);
        async move {
            let uri = request.uri().to_string();
            let body = request.into_body().collect().await;
            let body = body
                .map(http_body_util::Collected::to_bytes)
                .map_err(|error| error.to_string());
            let mut response = Response::new(Full::from(body.clone().unwrap_or_default()));
            if refused.is_some() || body.is_err() {
                *response.status_mut() = StatusCode::BAD_REQUEST;
            }
            if refused.is_none() {
                requests.borrow_mut().push((uri, body));
            }
            response
        }
    };
    let (_stop, stopping) = watch::channel(false);
    let limits = limits();
    let serving = http1::serve(server, &limits, stopping, answer);
    // The client closes when it has read all, and is not lingered for.
    let asking = async move {
        client.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    };
    let (_, answer) = tokio::join!(serving, asking);
    Seen {
        answer,
        requests: requests.take(),
    }
}

fn answers(seen: &Seen, status: &str) -> usize {
    seen.answer.matches(&format!("HTTP/1.1 {status}")).count()
}

#[tokio::test]
async fn every_case_of_framing_has_its_answer() {
    for case in cases() {
        let name = case.name;
        let seen = talk(&case.bytes).await;
        let bodies = seen.requests.iter().map(|(_, body)| body);
        if let Outcome::Reads(count) = case.outcome {
            let old = seen.answer.matches("HTTP/1.0 200").count();
            assert_eq!(
                answers(&seen, "200") + old,
                count,
                "{name}: {}",
                seen.answer
            );
            assert_eq!(bodies.filter(|body| body.is_ok()).count(), count, "{name}");
            continue;
        }
        assert_eq!(answers(&seen, "400"), 1, "{name}: {}", seen.answer);
        assert_eq!(
            seen.answer.matches("connection: close").count(),
            1,
            "{name}"
        );
        let broken = bodies.filter(|body| body.is_err()).count();
        assert_eq!(broken, usize::from(case.outcome == Outcome::Cut), "{name}");
    }
}

#[tokio::test]
async fn last_request_closes_the_connection() {
    let seen = talk(&b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(8)).await;
    assert_eq!(seen.requests.len(), 5);
    assert_eq!(seen.answer.matches("connection: close").count(), 1);
}

#[tokio::test]
async fn smuggled_request_is_not_seen() {
    let seen = talk(
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\
        GET /admin HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .await;
    assert!(seen.requests.is_empty());
    assert_eq!(answers(&seen, "400"), 1);
}

#[tokio::test]
async fn bytes_after_a_switch_are_nobodys_requests() {
    let (mut client, server) = duplex(64 << 10);
    let answer = |mut request: Request<Incoming>, _: Option<Refused>| async move {
        tokio::spawn(async move {
            let upgraded = hyper::upgrade::on(&mut request).await.unwrap();
            let (mut read, mut write) = tokio::io::split(TokioIo::new(upgraded));
            tokio::io::copy(&mut read, &mut write).await.unwrap();
        });
        let response = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
        let response = response
            .header("connection", "upgrade")
            .header("upgrade", "websocket");
        response.body(Full::new(Bytes::new())).unwrap()
    };
    let (_stop, stopping) = watch::channel(false);
    let limits = limits();
    let serving = http1::serve(server, &limits, stopping, answer);
    let asking = async {
        let head =
            b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
        let frames = b"\x81\x05hello\n\r\n\0";
        client
            .write_all(&[&head[..], frames].concat())
            .await
            .unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(frames) {
            assert!(client.read_buf(&mut answer).await.unwrap() > 0);
        }
        drop(client);
    };
    let (served, ()) = tokio::join!(serving, asking);
    served.unwrap();
}

/// Sends requests over HTTP/2, and gives their statuses until the server takes no more.
async fn statuses(requests: Vec<Request<Full<Bytes>>>, limits: Limits) -> Vec<u16> {
    let answer = |_, refused: Option<Refused>| async move {
        let mut response = Response::new(Full::new(Bytes::new()));
        if refused.is_some() {
            *response.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        }
        response
    };
    let (client, server) = duplex(64 << 10);
    let (_stop, stopping) = watch::channel(false);
    let asking = async {
        let executor = hyper_util::rt::TokioExecutor::new();
        let handshake = hyper::client::conn::http2::handshake(executor, TokioIo::new(client));
        let (mut sender, connection) = handshake.await.unwrap();
        tokio::spawn(connection);
        let mut statuses = Vec::new();
        for request in requests {
            if sender.ready().await.is_err() {
                break;
            }
            match sender.send_request(request).await {
                Ok(response) => statuses.push(response.status().as_u16()),
                Err(_) => break,
            }
        }
        statuses
    };
    let local = tokio::task::LocalSet::new();
    let (_, statuses) = local
        .run_until(async { tokio::join!(http2::serve(server, &limits, stopping, answer), asking) })
        .await;
    statuses
}

fn asking_for(target: &str, fields: usize) -> Request<Full<Bytes>> {
    let mut request = Request::builder().uri(format!("http://a{target}"));
    for number in 0..fields {
        request = request.header(format!("x-{number}"), "y");
    }
    request.body(Full::new(Bytes::new())).unwrap()
}

#[tokio::test]
async fn http2_ends_after_its_last_request() {
    let requests = (0..8).map(|_| asking_for("/", 1)).collect();
    assert_eq!(statuses(requests, limits()).await, [200; 5]);
}

#[tokio::test]
async fn large_heads_are_refused_over_http2() {
    let limits = Limits {
        headers: 10,
        uri_bytes: 100,
        ..limits()
    };
    let long = format!("/{}", "x".repeat(100));
    let requests = vec![
        asking_for("/", 10),
        asking_for("/", 11),
        asking_for(&long, 0),
    ];
    assert_eq!(statuses(requests, limits.clone()).await, [200, 431, 431]);
    let large = Request::builder()
        .uri("http://a/")
        .header("x", "y".repeat(20 << 10));
    let large = large.body(Full::new(Bytes::new())).unwrap();
    assert_eq!(statuses(vec![large], limits).await, [431]);
}

#[tokio::test]
async fn idle_http2_connection_ends() {
    let limits = Limits {
        keep_alive: Duration::from_millis(50),
        ..limits()
    };
    let (mut client, server) = duplex(64 << 10);
    let (_stop, stopping) = watch::channel(false);
    let answer = |_, _: Option<Refused>| async { Response::new(Full::new(Bytes::new())) };
    let asking = async {
        // The preface and empty settings; pings stay unanswered.
        client.write_all(PREFACE).await.unwrap();
        client
            .write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0])
            .await
            .unwrap();
        let mut read = Vec::new();
        while !read
            .windows(9)
            .any(|frame| frame[3] == 7 && frame[..2] == [0, 0])
        {
            assert!(client.read_buf(&mut read).await.unwrap() > 0);
        }
        drop(client);
    };
    let serving = http2::serve(server, &limits, stopping, answer);
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async { tokio::join!(serving, asking) })
        .await
        .1
}
