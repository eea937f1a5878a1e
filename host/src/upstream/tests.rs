#![expect(clippy::unwrap_used, reason = "tests")]

mod faults;
mod http2;
mod reuse;
mod server;

use std::{cell::Cell, net::SocketAddr, time::Duration};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::Frame;

use super::{Connections, SendOptions, UpstreamFailure, UpstreamFault, Upstreams};
use crate::{
    body::{Body, BodyError},
    config::{self, Health, Retries},
};
use server::Server;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const LONG: Duration = Duration::from_secs(20);

/// Runs on a worker's kind of runtime.
fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, test)
}

fn settings(targets: &[SocketAddr]) -> config::Upstream {
    config::Upstream {
        name: "orders".to_owned(),
        targets: targets.iter().map(target).collect(),
        roots: None,
        http2: false,
        connect_timeout: LONG,
        keep_alive: LONG,
        resolve: LONG,
        retries: Retries {
            attempts: 2,
            backoff: Duration::from_micros(10),
            budget: 20,
        },
        health: Health {
            failures: 100,
            pause: LONG,
            check: None,
        },
    }
}

fn target(address: &SocketAddr) -> config::Target {
    config::Target {
        tls: false,
        host: address.ip().to_string(),
        port: address.port(),
    }
}

/// One upstream and one worker's connections to it.
struct Client {
    upstreams: Upstreams,
    connections: Connections,
    timeout: Duration,
    idle: Duration,
}

impl Client {
    fn new(settings: config::Upstream) -> Client {
        Client {
            upstreams: Upstreams::new(&[settings]).unwrap(),
            connections: Connections::default(),
            timeout: LONG,
            idle: LONG,
        }
    }

    fn of(servers: &[&Server]) -> Client {
        let targets: Vec<_> = servers.iter().map(|server| server.address).collect();
        Client::new(settings(&targets))
    }

    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, UpstreamFailure> {
        self.send_to(0, request).await
    }

    async fn send_to(
        &self,
        upstream: usize,
        request: Request<Body>,
    ) -> Result<Response<Body>, UpstreamFailure> {
        let options = SendOptions {
            timeout: self.timeout,
            idle: self.idle,
            asked: &Cell::default(),
        };
        self.upstreams
            .send(upstream, request, &options, &self.connections)
            .await
    }

    /// The response's status, after its body has been read.
    async fn ask(&self, method: Method, body: Body) -> Result<u16, UpstreamFault> {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = "/a?b".parse().unwrap();
        let response = self.send(request).await.map_err(|failure| failure.fault)?;
        let status = response.status().as_u16();
        response.into_body().buffer(1 << 20).await.unwrap();
        Ok(status)
    }

    async fn get(&self) -> Result<u16, UpstreamFault> {
        self.ask(Method::GET, Body::empty()).await
    }

    async fn post(&self) -> Result<u16, UpstreamFault> {
        self.ask(Method::POST, Body::full("x")).await
    }
}

/// A body that comes in pieces, so that it can be sent only once.
fn pieces(pieces: &[Result<&'static str, BodyError>]) -> Body {
    let pieces = pieces.iter().cloned();
    frames(pieces.map(|piece| piece.map(|data| Frame::data(Bytes::from(data)))))
}

fn frames(frames: impl IntoIterator<Item = Result<Frame<Bytes>, BodyError>>) -> Body {
    struct Frames(std::collections::VecDeque<Result<Frame<Bytes>, BodyError>>);

    impl http_body::Body for Frames {
        type Data = Bytes;
        type Error = BodyError;

        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<Frame<Bytes>, BodyError>>> {
            std::task::Poll::Ready(self.0.pop_front())
        }
    }

    Body::stream(Frames(frames.into_iter().collect()))
}

/// An address where nobody listens.
async fn nobody() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}
