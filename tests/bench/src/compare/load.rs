//! Sends requests and checks each answer.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use rustls::ClientConfig;
use tokio::{sync::Semaphore, task::JoinSet};
use wasmgate_tests::{Connection, client::with_body};

use super::{
    contender::{Contender, Door, FIELDS, Gateway, Work, World, key},
    upstream::{SMALL, body},
};

/// What clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    pub connections: usize,
    /// How many of them ask at once; the others wait for their turn.
    pub at_once: usize,
    pub shape: Shape,
}

/// What a request is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// 100 bytes come back.
    Get,
    /// So many bytes come back.
    Down(usize),
    /// So many bytes are sent.
    Up(usize),
    /// A connection of its own for each request, with a full handshake.
    Handshake,
}

/// Clients of one gateway, connected.
pub struct Clients {
    asks: Arc<Asks>,
    connections: Vec<Connection>,
    /// In the order in which connections have come.
    turns: Arc<Semaphore>,
    shape: Shape,
}

/// What is asked for, and what has to come back.
struct Asks {
    address: SocketAddr,
    door: Door,
    tls: Arc<ClientConfig>,
    request: Request<Full<Bytes>>,
    expected: Bytes,
}

impl Load {
    /// Small requests on so many connections, which are all busy.
    pub const fn of(connections: usize) -> Load {
        Load {
            connections,
            at_once: Semaphore::MAX_PERMITS,
            shape: Shape::Get,
        }
    }
}

impl Clients {
    pub async fn connect(
        gateway: &Gateway,
        contender: &Contender,
        load: Load,
        world: &World,
    ) -> Clients {
        let asks = Arc::new(Asks {
            address: gateway.address,
            door: contender.door,
            tls: world.authority.client(&["http/1.1"]),
            request: request(contender, load.shape, world),
            expected: expected(contender, load.shape),
        });
        let mut connections = Vec::new();
        if load.shape != Shape::Handshake {
            for _ in 0..load.connections {
                connections.push(asks.connect().await);
            }
        }
        Clients {
            asks,
            connections,
            turns: Arc::new(Semaphore::new(load.at_once)),
            shape: load.shape,
        }
    }

    /// Opens more connections, each of which asks once before the next is opened, until there are so many.
    pub async fn grow(&mut self, connections: usize) {
        while self.connections.len() < connections {
            let mut connection = self.asks.connect().await;
            self.asks.ask(&mut connection).await;
            self.connections.push(connection);
        }
    }

    /// Asks on all connections, each as soon as it has its answer and its turn comes; how many answers came.
    pub async fn ask_for(&mut self, time: Duration) -> u64 {
        let end = Instant::now() + time;
        if self.shape == Shape::Handshake {
            return self.asks.handshakes(end).await;
        }
        let mut running = JoinSet::new();
        for mut connection in self.connections.drain(..) {
            let (asks, turns) = (Arc::clone(&self.asks), Arc::clone(&self.turns));
            running.spawn(async move {
                let mut count = 0;
                while Instant::now() < end {
                    let _turn = turns.acquire().await;
                    asks.ask(&mut connection).await;
                    count += 1;
                }
                (connection, count)
            });
        }
        let mut count = 0;
        while let Some(ended) = running.join_next().await {
            let (connection, asked) = ended.unwrap();
            self.connections.push(connection);
            count += asked;
        }
        count
    }

    /// Asks once.
    pub async fn ask_once(&mut self) {
        self.asks.ask(&mut self.connections[0]).await;
    }

    /// Asks so many times a second, whether answers have come or not; how long each took from when it was due, sorted.
    pub async fn ask_steadily(&mut self, rate: u32, time: Duration) -> Vec<Duration> {
        let apart = Duration::from_secs(1) / rate;
        let step = apart * u32::try_from(self.connections.len()).unwrap();
        let begun = tokio::time::Instant::now() + Duration::from_millis(20);
        let mut running = JoinSet::new();
        for (number, mut connection) in (0..).zip(self.connections.drain(..)) {
            let asks = Arc::clone(&self.asks);
            running.spawn(async move {
                let mut took = Vec::new();
                let mut due = begun + apart * number;
                while due < begun + time {
                    tokio::time::sleep_until(due).await;
                    asks.ask(&mut connection).await;
                    took.push(due.elapsed());
                    due += step;
                }
                (connection, took)
            });
        }
        let mut took = Vec::new();
        while let Some(ended) = running.join_next().await {
            let (connection, each) = ended.unwrap();
            self.connections.push(connection);
            took.extend(each);
        }
        took.sort_unstable();
        took
    }
}

impl Asks {
    async fn connect(&self) -> Connection {
        match self.door {
            Door::Http1 => Connection::http1(self.address).await,
            Door::Http2 => Connection::http2(self.address).await,
            Door::Tls => Connection::tls(self.address, "localhost", self.tls.clone()).await,
        }
    }

    async fn ask(&self, connection: &mut Connection) {
        let reply = connection.try_send(self.request.clone()).await;
        let reply = reply.unwrap_or_else(|error| panic!("{}: {error}", self.address));
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert!(
            reply.body == self.expected,
            "another answer: {}",
            reply.text()
        );
    }

    /// One after the other.
    async fn handshakes(&self, end: Instant) -> u64 {
        let mut count = 0;
        while Instant::now() < end {
            self.ask(&mut self.connect().await).await;
            count += 1;
        }
        count
    }
}

/// What all ask, whatever the gateway does with it.
fn request(contender: &Contender, shape: Shape, world: &World) -> Request<Full<Bytes>> {
    let (method, path, sent) = match shape {
        Shape::Get | Shape::Handshake => ("GET", path(contender), Vec::new()),
        Shape::Down(size) => ("GET", format!("/files/{size}"), Vec::new()),
        Shape::Up(size) => ("POST", "/up".to_owned(), body(size)),
    };
    let shown = key(500);
    let bearer = format!("Bearer {}", world.token());
    let mut headers: Vec<_> = FIELDS
        .iter()
        .map(|field| (*field, value(field, &shown)))
        .collect();
    if matches!(contender.work, Work::Jwt | Work::Builtin) {
        headers.push(("authorization", &bearer));
    }
    with_body(method, &path, &headers, sent)
}

/// The last route where there are many; what shows the field where one is copied.
fn path(contender: &Contender) -> String {
    match (contender.work, contender.routes) {
        (Work::Copy | Work::CopyByLua, _) => "/echo".to_owned(),
        // No request has what the plugin looks for.
        (Work::Each, _) | (_, 1) => "/".to_owned(),
        (_, routes) => format!("/r{}", routes / 2),
    }
}

fn value<'k>(field: &str, key: &'k str) -> &'k str {
    match field {
        "x-api-key" => key,
        "x-a" => COPIED,
        _ => "a value of usual length",
    }
}

const COPIED: &str = "copy me";

fn expected(contender: &Contender, shape: Shape) -> Bytes {
    match (shape, contender.work) {
        (Shape::Get, Work::Copy | Work::CopyByLua) => Bytes::from(COPIED),
        (Shape::Get | Shape::Handshake, _) => Bytes::from(SMALL),
        (Shape::Down(size), _) => Bytes::from(body(size)),
        (Shape::Up(size), _) => Bytes::from(size.to_string()),
    }
}
