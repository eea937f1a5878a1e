//! What clients may send and where from: framing, limits, TLS, proxies in front, the port, the end.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::Notify,
    time::timeout,
};
use wasmgate_tests::{
    Answer, Authority, Connection, Gateway, Upstream, client,
    client::request,
    framing::{self, Outcome},
    limit,
};

/// A gateway before an upstream, with more settings.
async fn proxy(upstream: &Upstream, settings: &str) -> Gateway {
    Gateway::start(&yaml(upstream, settings)).await
}

fn yaml(upstream: &Upstream, settings: &str) -> String {
    let url = upstream.url();
    let limits = match settings.contains("limits:") {
        true => "",
        false => "limits: { keep_alive: 300ms }\n",
    };
    format!(
        "{settings}\n{limits}apis: {{ main: {{ routes: {{ $default: {{ to: '{url}' }} }} }} }}\n"
    )
}

/// Sends bytes and reads to the end, which comes soon after the last answer: idle connections are not kept for long.
async fn talk(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = client::tcp(address).await;
    limit("an answer", async {
        // A server that refuses may close before it has read all.
        _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    })
    .await
}

#[tokio::test]
async fn every_case_of_framing_has_one_reading() {
    let upstream = Upstream::start().await;
    let gateway = proxy(&upstream, "").await;
    for case in framing::cases() {
        let before = upstream.requests().len();
        let answer = talk(gateway.address(), &case.bytes).await;
        let seen = upstream.requests().split_off(before);
        let name = case.name;
        match case.outcome {
            Outcome::Reads(count) => {
                assert_eq!(
                    answer.matches("\r\ndate: ").count(),
                    count,
                    "{name}: {answer}"
                );
                assert!(seen.len() <= count, "{name}: {seen:?}");
            }
            Outcome::Refused => {
                assert_eq!(
                    answer.matches("HTTP/1.1 400 ").count(),
                    1,
                    "{name}: {answer}"
                );
                assert!(
                    answer.ends_with(r#"{"message":"Bad Request"}"#),
                    "{name}: {answer}"
                );
                assert!(
                    seen.iter().all(|seen| seen.line().contains("/1")),
                    "{name}: {seen:?}"
                );
            }
            Outcome::Cut => {
                assert_eq!(
                    answer.matches("HTTP/1.1 400 ").count(),
                    1,
                    "{name}: {answer}"
                );
                assert!(seen.is_empty(), "{name}: {seen:?}");
            }
        }
    }
}

#[tokio::test]
async fn paths_with_two_readings_are_refused() {
    let upstream = Upstream::start().await;
    let gateway = proxy(&upstream, "").await;
    for path in ["/a/../b", "/a/%2e%2e/b", "/.%2E", "/a%00", "/a%2", "/a\\b"] {
        let mut http2 = Connection::http2(gateway.address()).await;
        let head = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        let reply = http2.send(request("GET", path, &[])).await;
        assert_eq!(reply.status, 400, "{path}");
        let answer = talk(gateway.address(), head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{path}");
    }
    assert!(upstream.requests().is_empty());
}

#[tokio::test]
async fn path_stays_the_same_bytes() {
    let upstream = Upstream::start().await;
    let gateway = proxy(&upstream, "").await;
    for path in ["/a%2Fb", "//a//", "/A;x=1/...?q=%41../%00", "/a%20b?%"] {
        assert_eq!(gateway.get(path).await.status, 200, "{path}");
        let seen = upstream.requests().pop();
        let line = seen.map(|seen| seen.line().to_owned());
        assert_eq!(line.as_deref(), Some(&*format!("GET {path} HTTP/1.1")));
    }
}

#[tokio::test]
async fn large_heads_have_their_statuses() {
    let upstream = Upstream::start().await;
    let settings = "limits: { keep_alive: 300ms, headers: 10, head_size: 2KiB, uri_size: 100B }";
    let gateway = proxy(&upstream, settings).await;
    let address = gateway.address();
    let send = |head: String| async move { talk(address, head.as_bytes()).await };
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(200));
    assert!(send(long).await.starts_with("HTTP/1.1 414 "));
    let large = format!(
        "GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n",
        "x".repeat(2048)
    );
    let answer = send(large).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert!(answer.contains("apigw-requestid: "), "{answer}");
    assert!(
        answer.ends_with(r#"{"message":"Request Header Fields Too Large"}"#),
        "{answer}"
    );
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(10));
    assert!(send(many).await.starts_with("HTTP/1.1 431 "));
    assert!(upstream.requests().is_empty());
}

#[tokio::test]
async fn slow_head_is_answered_in_time() {
    let upstream = Upstream::start().await;
    let gateway = proxy(&upstream, "limits: { head_timeout: 100ms }").await;
    let answer = gateway.raw("GET / HTTP/1.1\r\nHost: ").await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert_eq!(gateway.raw("").await, "");
}

#[tokio::test]
async fn idle_connection_is_closed() {
    let upstream = Upstream::start().await;
    let gateway = proxy(&upstream, "limits: { keep_alive: 100ms }").await;
    let answer = gateway.raw("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn connection_that_has_rested_serves_on() {
    let upstream = Upstream::start().await;
    let gateway = proxy(&upstream, "limits: { keep_alive: 60s }").await;
    let mut stream = client::tcp(gateway.address()).await;
    let two = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2);
    for _ in 0..2 {
        stream.write_all(two.as_bytes()).await.unwrap();
        let mut answers = Vec::new();
        // After a second without requests what serves them is given up.
        let nothing_more = Duration::from_millis(1_200);
        while let Ok(read) = timeout(nothing_more, stream.read_buf(&mut answers)).await {
            assert_ne!(read.unwrap(), 0, "closed");
        }
        let answers = String::from_utf8(answers).unwrap();
        assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 2, "{answers}");
    }
}

#[tokio::test]
async fn connections_over_the_limit_are_closed() {
    let upstream = Upstream::start().await;
    let gateway = proxy(&upstream, "limits: { connections: 1 }").await;
    let mut first = Connection::http1(gateway.address()).await;
    assert_eq!(first.send(request("GET", "/", &[])).await.status, 200);
    assert_eq!(gateway.raw("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await, "");
    assert_eq!(first.send(request("GET", "/", &[])).await.status, 200);
}

#[tokio::test]
async fn proxy_header_names_the_client() {
    let upstream = Upstream::start().await;
    let settings = "listeners: [{ address: '127.0.0.1:0', proxy_protocol: true }]\n\
                    trusted_proxies: [127.0.0.1]";
    let gateway = proxy(&upstream, settings).await;
    let address = gateway.address();
    let send = |start: &'static str| {
        let head = format!("{start}GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n");
        async move { talk(address, head.as_bytes()).await }
    };
    let answer = send("PROXY TCP4 203.0.113.7 10.0.0.1 4711 80\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    // The client itself is no trusted proxy.
    assert_eq!(
        upstream.request(0).await.values("x-forwarded-for"),
        ["203.0.113.7"]
    );
    assert_eq!(send("").await, "", "without a header");
}

#[tokio::test]
async fn proxy_header_of_a_stranger_is_not_read() {
    let upstream = Upstream::start().await;
    let settings = "listeners: [{ address: '127.0.0.1:0', proxy_protocol: true }]";
    let gateway = proxy(&upstream, settings).await;
    let start = "PROXY TCP4 203.0.113.7 10.0.0.1 4711 80\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_eq!(talk(gateway.address(), start.as_bytes()).await, "");
}

#[tokio::test]
async fn certificate_fits_the_server_name_and_is_replaced() {
    let upstream = Upstream::start().await;
    let (old, new) = (Authority::new(), Authority::new());
    let (first, second) = (old.sign(&["a.example"]), old.sign(&["b.example"]));
    let settings = "listeners: [{ address: '127.0.0.1:0', tls: [\
                    { certificate: a.pem, key: a.key }, { certificate: b.pem, key: b.key }] }]";
    let gateway = Gateway::setup(&yaml(&upstream, settings))
        .file("a.pem", &first.certificate)
        .file("a.key", &first.key)
        .file("b.pem", &second.certificate)
        .file("b.key", &second.key)
        .start()
        .await;
    let address = gateway.address();
    let mut kept = Connection::tls(address, "b.example", old.client(&["h2"])).await;
    assert_eq!(kept.send(request("GET", "/", &[])).await.status, 200);
    let mut first = Connection::tls(address, "a.example", old.client(&["http/1.1"])).await;
    assert_eq!(first.send(request("GET", "/", &[])).await.status, 200);

    let signed = new.sign(&["b.example"]);
    gateway.directory.write("b.key", &signed.key);
    gateway.directory.write("b.pem", &signed.certificate);
    let replaced = async {
        while client::tls(address, "b.example", new.client(&["h2"]))
            .await
            .is_err()
        {
            // No event tells of it: look again, soon.
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    limit("the new certificate", replaced).await;
    assert_eq!(kept.send(request("GET", "/", &[])).await.status, 200);
}

#[tokio::test]
async fn second_gateway_on_the_port_is_refused() {
    let upstream = Upstream::start().await;
    let gateway = proxy(&upstream, "").await;
    let port = gateway.address().port();
    for address in ["127.0.0.1", "0.0.0.0"] {
        let settings = format!("listen: {address}:{port}");
        let second = Gateway::setup(&yaml(&upstream, &settings))
            .try_start()
            .await;
        let (status, log) = second
            .err()
            .unwrap_or_else(|| panic!("{address} is shared"));
        assert!(!status.success());
        assert!(log.contains("another process does already"), "{log}");
    }
}

#[tokio::test]
async fn reload_opens_and_closes_addresses() {
    let upstream = Upstream::start().await;
    let gateway = proxy(&upstream, "listen: 127.0.0.1:0").await;
    let mut kept = Connection::http1(gateway.address()).await;
    assert_eq!(kept.send(request("GET", "/", &[])).await.status, 200);
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    let free = free.expect("a free port");
    gateway.reconfigure(&yaml(&upstream, &format!("listen: {free}")));
    let moved = async {
        while tokio::net::TcpStream::connect(free).await.is_err()
            || tokio::net::TcpStream::connect(gateway.address())
                .await
                .is_ok()
        {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    limit("the new address", moved).await;
    assert_eq!(kept.send(request("GET", "/", &[])).await.status, 200);
    assert!(
        talk(free, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .starts_with("HTTP/1.1 200 ")
    );
}

#[tokio::test]
async fn end_does_not_wait_for_ever() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::ok("never").gate(&Arc::default()));
    let mut gateway = proxy(&upstream, "drain: 100ms").await;
    let mut connection = Connection::http1(gateway.address()).await;
    let asking = tokio::spawn(async move { connection.try_send(request("GET", "/", &[])).await });
    upstream.request(0).await;
    gateway.signal("TERM");
    assert!(gateway.ended().await.success());
    gateway.log.line("not everything ended in time").await;
    assert!(asking.await.expect("an end").is_err());
}

#[tokio::test]
async fn end_waits_for_requests_in_flight() {
    let upstream = Upstream::start().await;
    let gates = [Arc::<Notify>::default(), Arc::default()];
    for gate in &gates {
        upstream.answer_next(Answer::ok("late").gate(gate));
    }
    let mut gateway = proxy(&upstream, "").await;
    let mut connection = Connection::http1(gateway.address()).await;
    let mut http2 = Connection::http2(gateway.address()).await;
    let first = tokio::spawn(async move { connection.send(request("GET", "/1", &[])).await });
    let second = tokio::spawn(async move { http2.send(request("GET", "/2", &[])).await });
    upstream.request(1).await;
    gateway.signal("TERM");
    let refused = async {
        while tokio::net::TcpStream::connect(gateway.address())
            .await
            .is_ok()
        {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    limit("the closed port", refused).await;
    gates.iter().for_each(|gate| gate.notify_one());
    for reply in [first.await, second.await] {
        assert_eq!(reply.expect("a reply").text(), "late");
    }
    assert!(gateway.ended().await.success());
}
