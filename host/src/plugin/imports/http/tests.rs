//! `http.fetch` as a plugin calls it, against servers on this machine.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use rcgen::generate_simple_self_signed;
use rustls::{RootCertStore, ServerConfig, pki_types::PrivateKeyDer};
use tokio::{net::TcpListener, task::LocalSet};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::*;
use crate::{
    config::Secrets,
    plugin::imports::testing::{Server, ok, redirect, serve, state, state_with},
};

fn get(url: &str) -> Outgoing {
    Outgoing {
        method: "GET".into(),
        url: url.into(),
        headers: Vec::new(),
        body: Vec::new(),
        timeout: 0,
        extra: Vec::new(),
    }
}

fn field(name: &str, value: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), value.to_owned())]
}

async fn code(state: &mut State, request: Outgoing) -> String {
    match state.fetch(request).await {
        Ok(answer) => answer.status.to_string(),
        Err(error) => error.code,
    }
}

#[tokio::test]
async fn a_listed_origin_answers() {
    LocalSet::new()
        .run_until(async {
            let server = Server::start(|_| ok("hello")).await;
            let mut state = state(&[&server.grant()]);
            let mut request = get(&server.url("/a%20b/../c?x=y%26#fragment"));
            request.method = "POST".into();
            request.headers = field("X-Trace", "7");
            request.body = b"body".to_vec();
            let answer = state.fetch(request).await.unwrap();
            assert_eq!((answer.status, &*answer.body), (200, &b"hello"[..]));
            assert_eq!(answer.headers, field("content-length", "5"));
            let seen = server.seen.borrow();
            assert!(
                seen[0].starts_with("POST /c?x=y%26 HTTP/1.1\r\n"),
                "{}",
                seen[0]
            );
            assert!(seen[0].contains(&format!("host: {}\r\n", server.address)));
            assert!(seen[0].contains("x-trace: 7\r\n"));
            assert!(seen[0].contains("content-length: 4\r\n"));
        })
        .await;
}

#[tokio::test]
async fn what_is_not_listed_is_not_even_connected_to() {
    LocalSet::new()
        .run_until(async {
            let server = Server::start(|_| ok("")).await;
            let port = server.address.port();
            let url = server.url("/");
            assert_eq!(code(&mut state(&[]), get(&url)).await, "denied");
            for grant in [
                "https://example.com",
                "http://*",
                "0.0.0.0/0",
                "http://127.0.0.1:1",
            ] {
                assert_eq!(
                    code(&mut state(&[grant]), get(&url)).await,
                    "denied",
                    "{grant}"
                );
            }
            let elsewhere = format!("http://localhost:{port} in 10.0.0.0/8");
            let url = format!("http://localhost:{port}/");
            assert_eq!(code(&mut state(&[&elsewhere]), get(&url)).await, "denied");
            assert_eq!(*server.connections.borrow(), 0);
            let here = format!("http://localhost:{port}");
            assert_eq!(code(&mut state(&[&here]), get(&url)).await, "200");
        })
        .await;
}

#[tokio::test]
async fn redirects_are_followed_where_they_are_allowed_to_lead() {
    LocalSet::new()
        .run_until(async {
            let server = Server::start(|head| match head.split(' ').nth(1).unwrap() {
                "/1" => redirect("2?x"),
                "/2?x" => redirect("/3"),
                "/3" => redirect("//LOCALHOST:80/"),
                "/away" => redirect("http://169.254.169.254/latest/meta-data/"),
                "/file" => redirect("file:///etc/passwd"),
                "/split" => redirect("/x\\y"),
                "/loop" => redirect("/loop"),
                _ => ok("end"),
            })
            .await;
            let mut state = state(&[&server.grant()]);
            assert_eq!(code(&mut state, get(&server.url("/2?x"))).await, "denied");
            assert_eq!(code(&mut state, get(&server.url("/away"))).await, "denied");
            assert_eq!(code(&mut state, get(&server.url("/file"))).await, "invalid");
            assert_eq!(
                code(&mut state, get(&server.url("/split"))).await,
                "invalid"
            );
            assert_eq!(code(&mut state, get(&server.url("/loop"))).await, "limit");
            let mut post = get(&server.url("/1"));
            post.method = "POST".into();
            assert_eq!(code(&mut state, post).await, "302");
        })
        .await;
}

#[tokio::test]
async fn credentials_stay_with_their_origin() {
    LocalSet::new()
        .run_until(async {
            let other = Server::start(|_| ok("end")).await;
            let to = other.url("/");
            let server = Server::start(move |_| redirect(&to)).await;
            let mut state = state(&[&server.grant(), &other.grant()]);
            let mut request = get(&server.url("/"));
            request.headers = field("Authorization", "secret");
            request.headers.extend(field("Cookie", "secret"));
            request.headers.extend(field("Accept", "x"));
            assert_eq!(code(&mut state, request).await, "200");
            assert!(server.seen.borrow()[0].contains("authorization: secret"));
            assert!(!other.seen.borrow()[0].contains("secret"));
            assert!(other.seen.borrow()[0].contains("accept: x"));
        })
        .await;
}

#[tokio::test]
async fn answers_are_bounded() {
    LocalSet::new()
        .run_until(async {
            let server = Server::start(|head| match head.split(' ').nth(1).unwrap() {
                "/fits" => ok(&"x".repeat(1000)),
                "/announced" => ok(&"x".repeat(1001)),
                "/chunked" => format!(
                    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3e9\r\n{}\r\n0\r\n\r\n",
                    "x".repeat(1001)
                ),
                "/short" => {
                    "HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\nx".into()
                }
                "/head" => format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(1_000_000)),
                _ => "SSH-2.0-OpenSSH\r\nconnection: close\r\n".into(),
            })
            .await;
            let mut state = state(&[&server.grant()]);
            for (path, outcome) in [
                ("/fits", "200"),
                ("/announced", "limit"),
                ("/chunked", "limit"),
                ("/short", "unavailable"),
                ("/head", "unavailable"),
                ("/else", "unavailable"),
            ] {
                assert_eq!(
                    code(&mut state, get(&server.url(path))).await,
                    outcome,
                    "{path}"
                );
            }
        })
        .await;
}

#[tokio::test]
async fn a_call_may_send_so_many_requests() {
    LocalSet::new()
        .run_until(async {
            let server = Server::start(|_| ok("")).await;
            let mut state = state(&[&server.grant()]);
            for _ in 0..8 {
                assert_eq!(code(&mut state, get(&server.url("/"))).await, "200");
            }
            assert_eq!(code(&mut state, get(&server.url("/"))).await, "limit");
            assert_eq!(*server.connections.borrow(), 1, "one connection for all");
        })
        .await;
}

#[tokio::test]
async fn a_kept_connection_is_not_for_those_who_may_not_go_there() {
    LocalSet::new()
        .run_until(async {
            let server = Server::start(|_| ok("")).await;
            let services = Services::new(Secrets::default());
            let port = server.address.port();
            let url = format!("http://localhost:{port}/");
            let allowed = format!("http://localhost:{port}");
            let elsewhere = format!("http://localhost:{port} in 10.0.0.0/8");
            let mut one = state_with(services.clone(), &[&allowed]);
            let mut other = state_with(services, &[&elsewhere]);
            assert_eq!(code(&mut one, get(&url)).await, "200");
            assert_eq!(code(&mut other, get(&url)).await, "denied");
        })
        .await;
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_replaced() {
    LocalSet::new()
        .run_until(async {
            let server = Server::start(|_| "HTTP/1.1 204 No Content\r\n\r\n".into()).await;
            let silent = Server::start(|_| {
                "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".into()
            })
            .await;
            let mut state = state(&[&server.grant(), &silent.grant()]);
            for _ in 0..3 {
                assert_eq!(code(&mut state, get(&silent.url("/"))).await, "200");
            }
            assert_eq!(*silent.connections.borrow(), 3);
            assert_eq!(code(&mut state, get(&server.url("/"))).await, "204");
        })
        .await;
}

#[tokio::test]
async fn waiting_ends_in_time() {
    LocalSet::new()
        .run_until(async {
            let server = Server::start(|_| String::new()).await;
            let mut state = state(&[&server.grant()]);
            let mut request = get(&server.url("/"));
            request.timeout = 1;
            assert_eq!(code(&mut state, request).await, "timeout");
            state
                .clock
                .wind(Duration::from_secs(1), Some(Instant::now()));
            assert_eq!(code(&mut state, get(&server.url("/"))).await, "timeout");
        })
        .await;
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(code(&mut state(&[&url]), get(&url)).await, "unavailable");
}

#[tokio::test]
async fn requests_that_could_be_two_are_refused() {
    let mut state = state(&["http://127.0.0.1:1"]);
    for method in ["", "CONNECT", "TRACE", "GET /", "GET\r\n", "GE T", "get\0"] {
        let mut request = get("http://127.0.0.1:1/");
        request.method = method.into();
        state.budget.fetches = 1;
        assert_eq!(code(&mut state, request).await, "invalid", "{method:?}");
    }
    for (name, value) in [
        ("host", "x"),
        ("Content-Length", "5"),
        ("transfer-encoding", "chunked"),
        ("connection", "close"),
        ("te", "trailers"),
        ("upgrade", "h2c"),
        ("expect", "100-continue"),
        ("a b", ""),
        ("", ""),
        (":path", "/"),
        ("x", "a\r\nb: c"),
        ("x", "a\nb"),
        ("x", "a\0b"),
        ("x\r\ny", ""),
        ("proxy-authorization", "x"),
    ] {
        let mut request = get("http://127.0.0.1:1/");
        request.headers = field(name, value);
        state.budget.fetches = 1;
        assert_eq!(
            code(&mut state, request).await,
            "invalid",
            "{name:?}: {value:?}"
        );
    }
    for url in [
        "",
        "/",
        "127.0.0.1:1",
        "http://",
        "ftp://127.0.0.1:1/",
        "http://a@127.0.0.1:1/",
        "http://127.0.0.1:1/a b",
        "http://127.0.0.1:1/\r\nx",
        "\thttp://127.0.0.1:1/",
        "http://127.0.0.1:1\\@example.com/",
        "http://127.0.0.1:99999/",
    ] {
        state.budget.fetches = 1;
        assert_eq!(code(&mut state, get(url)).await, "invalid", "{url:?}");
    }
}

#[tokio::test]
async fn tls_needs_a_certificate_that_is_trusted() {
    LocalSet::new()
        .run_until(async {
            let made = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
            let certificate = made.cert.der().clone();
            let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
            let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
            let config = ServerConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![certificate.clone()], key)
                .unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = listener.local_addr().unwrap().port();
            tokio::task::spawn_local(async move {
                let acceptor = TlsAcceptor::from(Arc::new(config));
                while let Ok((stream, _)) = listener.accept().await {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        let answer = Rc::new(|_: &str| ok("secure"));
                        tokio::task::spawn_local(serve(stream, Rc::default(), answer));
                    }
                }
            });

            let trusting = |roots| {
                let services = Services::new(Secrets::default());
                let connector = TlsConnector::from(tls::trusting(roots).unwrap());
                services.http.trust(connector);
                let origin = |host| format!("https://{host}:{port}");
                state_with(services, &[&origin("localhost"), &origin("127.0.0.1")])
            };
            let url = |host| get(&format!("https://{host}:{port}/"));
            let mut roots = RootCertStore::empty();
            roots.add(certificate).unwrap();
            let mut state = trusting(roots);
            assert_eq!(code(&mut state, url("localhost")).await, "200");
            assert_eq!(
                code(&mut state, url("127.0.0.1")).await,
                "unavailable",
                "another name"
            );
            let other = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
            let mut roots = RootCertStore::empty();
            roots.add(other.cert.der().clone()).unwrap();
            assert_eq!(
                code(&mut trusting(roots), url("localhost")).await,
                "unavailable"
            );
        })
        .await;
}
