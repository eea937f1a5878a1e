#![expect(clippy::unwrap_used, reason = "tests")]

use std::{convert::Infallible, rc::Rc};

use http::Method;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::spawn_local,
};

use super::*;
use crate::config;

const LONG: Duration = Duration::from_secs(20);

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, test)
}

async fn listen() -> (TcpListener, std::net::SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn upstream(address: std::net::SocketAddr) -> config::Upstream {
    config::Upstream {
        name: "orders".to_owned(),
        targets: vec![config::Target {
            tls: false,
            host: address.ip().to_string(),
            port: address.port(),
        }],
        roots: None,
        http2: false,
        connect_timeout: LONG,
        keep_alive: LONG,
        resolve: LONG,
        retries: config::Retries {
            attempts: 0,
            backoff: LONG,
            budget: 0,
        },
        health: config::Health {
            failures: 5,
            pause: LONG,
            check: None,
        },
    }
}

struct Proxy {
    upstreams: Upstreams,
    connections: Connections,
    peer: Peer,
    path: Option<PathTemplate>,
}

impl Proxy {
    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
        let mut request = request.map(|body| Body::incoming(body, 1 << 20, LONG));
        let hop = forward::receive(request.headers_mut());
        let outgoing = Outgoing {
            request,
            upstream: 0,
            path: self.path.as_ref(),
            parameters: &[("id".into(), "a%2Fb".to_owned())],
            timeout: LONG,
            idle: LONG,
            hop: &hop,
            peer: &self.peer,
            id: &HeaderValue::from_static("id-1"),
            asked: &Cell::default(),
        };
        Ok(call(outgoing, &self.upstreams, &self.connections)
            .await
            .unwrap_or_else(|failure| {
                let mut response = Response::new(Body::full(failure.to_string()));
                *response.status_mut() = StatusCode::BAD_GATEWAY;
                response
            }))
    }
}

/// A proxy before `upstream`; gives a client's stream to it.
async fn proxy(upstream_address: std::net::SocketAddr, path: Option<&str>) -> TcpStream {
    let (listener, address) = listen().await;
    let proxy = Rc::new(Proxy {
        upstreams: Upstreams::new(&[upstream(upstream_address)]).unwrap(),
        connections: Connections::default(),
        peer: Peer::new("192.0.2.7:1".parse().unwrap(), address, false, false),
        path: path.map(|path| PathTemplate::parse(path, &["id"]).unwrap()),
    });
    spawn_local(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let service = service_fn(|request| {
            let proxy = proxy.clone();
            async move { proxy.answer(request).await }
        });
        let _ = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades()
            .await;
    });
    TcpStream::connect(address).await.unwrap()
}

/// Answers one connection: reads up to `until`, then writes `answer` and gives what was read, and the stream.
async fn answer_once(listener: TcpListener, until: &str, answer: &str) -> (String, TcpStream) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let text = read_until(&mut stream, until).await;
    stream.write_all(answer.as_bytes()).await.unwrap();
    (text, stream)
}

async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    while !text.ends_with(end) {
        text.push(char::from(stream.read_u8().await.unwrap()));
    }
    text
}

#[test]
fn request_arrives_as_it_should() {
    run(async {
        let (listener, address) = listen().await;
        let mut client = proxy(address, Some("/v2/{id}")).await;
        let request = "GET /x/a%2Fb?q=%20 HTTP/1.1\r\nhost: api.example\r\nconnection: x-secret\r\n\
                       x-secret: 1\r\nx-forwarded-for: 6.6.6.6\r\naccept: */*\r\n\r\n";
        client.write_all(request.as_bytes()).await.unwrap();
        let answer = "HTTP/1.1 200 OK\r\nconnection: x-inner\r\nx-inner: 1\r\nkeep-alive: timeout=5\r\n\
                      content-length: 2\r\n\r\nok";
        let (request, _stream) = answer_once(listener, "\r\n\r\n", answer).await;
        let port = client.peer_addr().unwrap().port();
        let mut lines: Vec<_> = request.trim_end().lines().collect();
        lines[1..].sort_unstable();
        assert_eq!(
            lines,
            [
                "GET /v2/a%2Fb?q=%20 HTTP/1.1",
                "accept: */*",
                "apigw-requestid: id-1",
                "forwarded: for=192.0.2.7;host=api.example;proto=http",
                &format!("host: {address}"),
                "via: 1.1 wasmgate",
                "x-forwarded-for: 192.0.2.7",
                "x-forwarded-host: api.example",
                &format!("x-forwarded-port: {port}"),
                "x-forwarded-proto: http",
            ]
        );
        let response = read_until(&mut client, "ok").await;
        assert!(
            !response.contains("x-inner") && !response.contains("keep-alive"),
            "{response}"
        );
        assert!(response.contains("content-length: 2\r\n"), "{response}");
    });
}

#[test]
fn websocket_is_joined_with_the_upstream() {
    run(async {
        let (listener, address) = listen().await;
        let mut client = proxy(address, None).await;
        let request = "GET /chat HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
                       sec-websocket-key: x\r\n\r\n";
        client.write_all(request.as_bytes()).await.unwrap();
        let answer = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\n\
                      upgrade: websocket\r\n\r\nhello";
        let (request, mut upstream) = answer_once(listener, "\r\n\r\n", answer).await;
        assert!(request.contains("connection: upgrade\r\n"), "{request}");
        assert!(request.contains("upgrade: websocket\r\n"), "{request}");
        let response = read_until(&mut client, "hello").await;
        assert!(response.starts_with("HTTP/1.1 101 "), "{response}");
        client.write_all(b"ping").await.unwrap();
        assert_eq!(read_until(&mut upstream, "ping").await, "ping");
        upstream.write_all(b"pong").await.unwrap();
        assert_eq!(read_until(&mut client, "pong").await, "pong");
        drop(upstream);
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
    });
}

#[test]
fn unasked_switch_is_refused() {
    run(async {
        for ask in ["", "connection: upgrade\r\nupgrade: h2c\r\n"] {
            let (listener, address) = listen().await;
            let mut client = proxy(address, None).await;
            let request = format!("GET / HTTP/1.1\r\nhost: a\r\n{ask}\r\n");
            client.write_all(request.as_bytes()).await.unwrap();
            let answer = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\n\
                          upgrade: h2c\r\n\r\n";
            let (request, _upstream) = answer_once(listener, "\r\n\r\n", answer).await;
            assert!(!request.contains("h2c"), "{request}");
            let response = read_until(&mut client, "\r\n\r\n").await;
            assert!(response.starts_with("HTTP/1.1 502 "), "{response}");
        }
    });
}

#[test]
fn events_stream_as_they_come() {
    run(async {
        let (listener, address) = listen().await;
        let mut client = proxy(address, None).await;
        client
            .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            .await
            .unwrap();
        let answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n7\r\ndata: 1\r\n";
        let (_, mut upstream) = answer_once(listener, "\r\n\r\n", answer).await;
        read_until(&mut client, "data: 1").await;
        upstream.write_all(b"7\r\ndata: 2\r\n").await.unwrap();
        read_until(&mut client, "data: 2").await;
        // The upstream breaks off: the client must not see a whole response.
        drop(upstream);
        let mut rest = String::new();
        let _ = client.read_to_string(&mut rest).await;
        assert!(!rest.contains("0\r\n\r\n"), "{rest}");
    });
}

#[test]
fn trailers_pass_where_they_are_announced() {
    run(async {
        let (listener, address) = listen().await;
        let mut client = proxy(address, None).await;
        let request = b"GET / HTTP/1.1\r\nhost: a\r\nte: trailers\r\nconnection: te\r\n\r\n";
        client.write_all(request).await.unwrap();
        let answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: sum\r\n\r\n\
                      2\r\nok\r\n0\r\nsum: 7\r\n\r\n";
        let _upstream = answer_once(listener, "\r\n\r\n", answer).await;
        let response = read_until(&mut client, "\r\nsum: 7\r\n\r\n").await;
        assert!(response.contains("trailer: sum\r\n"), "{response}");
    });
}

#[test]
fn request_body_streams_with_its_length() {
    run(async {
        let (listener, address) = listen().await;
        let mut client = proxy(address, None).await;
        let head =
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n";
        client.write_all(head.as_bytes()).await.unwrap();
        read_until(&mut client, "HTTP/1.1 100 Continue\r\n\r\n").await;
        client.write_all(b"body").await.unwrap();
        let (request, _stream) =
            answer_once(listener, "\r\n\r\nbody", "HTTP/1.1 204 No Content\r\n\r\n").await;
        assert!(request.contains("content-length: 4\r\n"), "{request}");
        assert!(!request.contains("expect"), "{request}");
        read_until(&mut client, "\r\n\r\n").await;
    });
}

#[test]
fn head_and_lengths_are_kept() {
    run(async {
        let (listener, address) = listen().await;
        let mut client = proxy(address, None).await;
        client
            .write_all(b"HEAD / HTTP/1.1\r\nhost: a\r\n\r\n")
            .await
            .unwrap();
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 1234\r\n\r\n";
        let (request, _stream) = answer_once(listener, "\r\n\r\n", answer).await;
        assert!(request.starts_with(Method::HEAD.as_str()));
        let response = read_until(&mut client, "\r\n\r\n").await;
        assert!(response.contains("content-length: 1234\r\n"), "{response}");
    });
}
