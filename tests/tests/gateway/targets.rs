//! Targets of an upstream: who is asked, what is tried again, who is left out, whom we believe.

use std::{sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::Notify,
    time::timeout,
};
use wasmgate_tests::{
    Answer, Authority, Connection, Echo, Gateway, Setup, Upstream,
    client::{request, with_body},
    frames::{self, Frames, frame},
    until,
};

/// A gateway before an upstream of these settings; `${A}` and `${B}` are its targets. One worker: each counts its own
/// requests and connections.
fn before(settings: &str) -> Setup {
    Gateway::setup(&format!(
        "workers: 1\nupstreams:\n  main: {{ {settings} }}\n\
         apis: {{ main: {{ timeout: 300ms, routes: {{ $default: {{ to: main }} }} }} }}\n"
    ))
}

const TWICE: &str = r#"targets: ["${A}"], retries: { attempts: 2, backoff: 1ms, budget: 100 }"#;

#[tokio::test]
async fn only_what_is_safe_is_sent_again() {
    let upstream = Upstream::start().await;
    let gateway = before(TWICE).set("A", upstream.url()).start().await;
    let closes = || Answer::raw("");
    upstream.answer_next(closes());
    upstream.answer_next(closes());
    assert_eq!(gateway.get("/").await.status, 200);
    assert_eq!(upstream.requests().len(), 3);

    upstream.answer_next(closes());
    let post = with_body("POST", "/", &[], "once");
    assert_eq!(gateway.send(post).await.status, 502);
    assert_eq!(upstream.requests().len(), 4);

    upstream.answer_next(closes());
    let put = with_body("PUT", "/", &[], "streamed, and not kept");
    assert_eq!(gateway.send(put).await.status, 502);
    assert_eq!(upstream.requests().len(), 5);

    for _ in 0..3 {
        upstream.answer_next(closes());
    }
    assert_eq!(gateway.get("/").await.status, 502);
    assert_eq!(upstream.requests().len(), 8);
}

#[tokio::test]
async fn answer_is_never_asked_for_again() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::status(503));
    let gateway = before(TWICE).set("A", upstream.url()).start().await;
    assert_eq!(gateway.get("/").await.status, 503);
    upstream.answer(Answer::ok("late").delay(Duration::from_secs(20)));
    assert_eq!(gateway.get("/").await.status, 504);
    assert_eq!(upstream.requests().len(), 2);
}

#[tokio::test]
async fn failing_target_is_left_out() {
    let (bad, good) = (Upstream::start().await, Upstream::start().await);
    bad.answer(Answer::raw("nonsense\r\n\r\n"));
    let settings = r#"targets: ["${A}", "${B}"], health: { failures: 2, pause: 60s },
                      retries: { attempts: 1, backoff: 1ms, budget: 100 }"#;
    let setup = before(settings).set("A", bad.url()).set("B", good.url());
    let gateway = setup.start().await;
    for _ in 0..30 {
        assert_eq!(gateway.get("/").await.status, 200);
    }
    assert_eq!((bad.requests().len(), good.requests().len()), (2, 30));
    let sample = format!(
        "wasmgate_upstream_healthy{{upstream=\"main\",target=\"{}\"}}",
        bad.url()
    );
    assert_eq!(gateway.metric(&sample).await, Some(0.0));
}

#[tokio::test]
async fn left_out_target_comes_back() {
    let upstream = Upstream::start().await;
    upstream.answer_next(Answer::raw("nonsense\r\n\r\n"));
    let other = Upstream::start().await;
    let settings = r#"targets: ["${A}", "${B}"], health: { failures: 1, pause: 50ms },
                      retries: { attempts: 1, backoff: 1ms, budget: 100 }"#;
    let setup = before(settings).set("A", upstream.url());
    let gateway = setup.set("B", other.url()).start().await;
    until("the target's return", async || {
        assert_eq!(gateway.get("/").await.status, 200);
        upstream.requests().len() > 3
    })
    .await;
}

#[tokio::test]
async fn checks_find_who_is_unwell() {
    let (unwell, well) = (Upstream::start().await, Upstream::start().await);
    unwell.answer(Answer::status(500));
    let settings = r#"targets: ["${A}", "${B}"],
                      health: { check: { path: /health, interval: 100ms, timeout: 100ms } }"#;
    let setup = before(settings).set("A", unwell.url()).set("B", well.url());
    let gateway = setup.start().await;
    let sample = format!(
        "wasmgate_upstream_healthy{{upstream=\"main\",target=\"{}\"}}",
        unwell.url()
    );
    let is = async |healthy: f64| gateway.metric(&sample).await == Some(healthy);
    until("a failed check", async || is(0.0).await).await;
    for _ in 0..20 {
        assert_eq!(gateway.get("/").await.status, 200);
    }
    let asked = unwell.requests();
    assert!(asked.iter().all(|seen| seen.line().contains("/health")));

    unwell.answer(Answer::ok("well"));
    until("a good check", async || is(1.0).await).await;
    until("a request", async || {
        gateway.get("/").await;
        let seen = unwell.requests();
        seen.iter().any(|seen| !seen.line().contains("/health"))
    })
    .await;
}

/// Fills the queue of an address, so that a new connection is never answered.
async fn fill(listener: &TcpListener) -> Vec<TcpStream> {
    let address = listener.local_addr().expect("an address");
    let mut queue = Vec::new();
    while let Ok(stream) = timeout(SOON, TcpStream::connect(address)).await {
        queue.push(stream.expect("a place in the queue"));
    }
    queue
}

const SOON: Duration = Duration::from_millis(100);

#[tokio::test]
async fn connecting_has_its_own_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let _queue = fill(&listener).await;
    let settings = r#"targets: ["${A}"], connect_timeout: 100ms, retries: { attempts: 0 }"#;
    let gateway = before(settings).set("A", url).start().await;
    assert_eq!(gateway.get("/").await.status, 504);
    let line = gateway.log.access("/").await;
    let failure = line["failure"].as_str().unwrap_or_default();
    assert!(
        failure.contains("took longer than 100ms to connect"),
        "{failure}"
    );
}

#[tokio::test]
async fn upstream_proves_who_it_is() {
    let (ours, other) = (Authority::new(), Authority::new());
    let upstream = Echo::tls(ours.sign(&["127.0.0.1"]).server(&["h2"])).await;
    let url = format!("https://{}", upstream.address());
    let settings = r#"targets: ["${A}"], roots: ca.pem"#;
    let setup = before(settings).set("A", &*url).file("ca.pem", ours.pem());
    let gateway = setup.start().await;
    let reply = gateway.send(with_body("POST", "/", &[], "hello")).await;
    assert_eq!((reply.status.as_u16(), reply.text()), (200, "hello"));

    let setup = before(settings).set("A", &*url).file("ca.pem", other.pem());
    let stranger = setup.start().await;
    assert_eq!(stranger.get("/").await.status, 503);
    let line = stranger.log.access("/").await;
    let failure = line["failure"].as_str().unwrap_or_default();
    assert!(failure.contains("TLS failed"), "{failure}");

    let renamed = Echo::tls(ours.sign(&["elsewhere.example"]).server(&["h2"])).await;
    let url = format!("https://{}", renamed.address());
    let setup = before(settings).set("A", url).file("ca.pem", ours.pem());
    assert_eq!(setup.start().await.get("/").await.status, 503);
    assert_eq!((upstream.requests(), renamed.requests()), (1, 0));
}

#[tokio::test]
async fn system_roots_are_not_ours() {
    let upstream = Echo::tls(Authority::new().sign(&["127.0.0.1"]).server(&["h2"])).await;
    let url = format!("https://{}", upstream.address());
    let gateway = before(r#"targets: ["${A}"]"#)
        .set("A", url)
        .try_start()
        .await;
    // Without any certificates of the system there is nobody to trust, which is said at the start.
    match gateway {
        Ok(gateway) => assert_eq!(gateway.get("/").await.status, 503),
        Err((_, log)) => assert!(
            log.contains("the system has no trusted certificates"),
            "{log}"
        ),
    }
    assert_eq!(upstream.requests(), 0);
}

/// Speaks HTTP/2 with the first request's stream refused, and answers the others. Gives how many there were.
async fn refusing(listener: TcpListener, farewell: bool) -> usize {
    let mut requests = 0;
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        let mut connection = Frames::accept(stream).await;
        while let Some(asked) = connection.find(frames::HEADERS).await {
            requests += 1;
            let no_error = [0, 0, 0, 0, 0, 0, 0, 0];
            let answer = match (requests, farewell) {
                (1, false) => frame(frames::RESET, 0, asked.stream, &[0, 0, 0, 7]),
                (1, true) => frame(frames::FAREWELL, 0, 0, &no_error),
                _ => frame(frames::HEADERS, 5, asked.stream, &[0x88]),
            };
            connection.write(&answer).await;
            if requests == 2 {
                return requests;
            }
        }
    }
}

#[tokio::test]
async fn refused_stream_is_sent_again_whatever_it_is() {
    for farewell in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let server = tokio::spawn(refusing(listener, farewell));
        let settings = format!("{TWICE}, http2: true");
        let gateway = before(&settings).set("A", url).start().await;
        assert_eq!(gateway.send(request("POST", "/", &[])).await.status, 200);
        assert_eq!(server.await.expect("requests"), 2);
    }
}

#[tokio::test]
async fn connections_are_used_again() {
    let upstream = Upstream::start().await;
    let gateway = before(r#"targets: ["${A}"]"#).set("A", upstream.url());
    let gateway = gateway.start().await;
    let mut client = Connection::http1(gateway.address()).await;
    for _ in 0..10 {
        assert_eq!(client.send(request("GET", "/", &[])).await.status, 200);
    }
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test]
async fn busy_target_is_spared() {
    let (busy, free) = (Upstream::start().await, Upstream::start().await);
    let gate = Arc::new(Notify::new());
    busy.answer(Answer::ok("busy").gate(&gate));
    free.answer(Answer::ok("free"));
    let setup = before(r#"targets: ["${A}", "${B}"]"#).set("A", busy.url());
    let gateway = setup.set("B", free.url()).start().await;
    let mut waiting = Connection::http2(gateway.address()).await;
    let first = async {
        while busy.requests().is_empty() {
            let reply = waiting.send(request("GET", "/", &[])).await;
            assert!(reply.text() == "free" || !busy.requests().is_empty());
        }
    };
    let others = async {
        busy.request(0).await;
        for _ in 0..20 {
            assert_eq!(gateway.get("/").await.text(), "free");
        }
        gate.notify_one();
    };
    tokio::join!(first, others);
    assert_eq!(busy.requests().len(), 1);
}

#[tokio::test]
async fn every_address_of_a_name_is_tried() {
    let upstream = Upstream::start().await;
    // Where the name stands for the address of version 6 too, nobody listens there.
    let url = format!("http://localhost:{}", upstream.address().port());
    let gateway = before(r#"targets: ["${A}"]"#).set("A", &*url).start().await;
    for _ in 0..4 {
        assert_eq!(gateway.get("/").await.status, 200);
    }
    let seen = upstream.request(0).await;
    assert_eq!(format!("http://{}", seen.header("host")), url);
}
