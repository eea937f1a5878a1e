//! Who is compared, and how each is told what to do.

use std::{
    cell::RefCell,
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::net::TcpStream;
use wasmgate_tests::{Authority, Connection, Directory, Signer, client::request, target, until};

use super::{
    Origin, caddy, envoy, haproxy, nginx,
    process::{Process, free_address},
    wasmgate,
};

/// A gateway's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    Wasmgate,
    Nginx,
    Haproxy,
    Caddy,
    Envoy,
}

/// What is done with a request before it goes to the upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Nothing.
    Proxy,
    /// Its API key is looked up among so many, at least a thousand.
    Key(usize),
    /// Its token, signed as RS256, is verified.
    Jwt,
    /// A filter in WebAssembly copies a field.
    Copy,
    /// A filter in Lua copies a field.
    CopyByLua,
    /// So many plugins look at a field each.
    Chain(usize),
    /// On each route a plugin looks for a field that no other route's does.
    Each,
    /// Five built-in plugins, each with something to do.
    Builtin,
}

/// How clients speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    Http1,
    /// In plain text, with prior knowledge.
    Http2,
    /// HTTP/1.1 over TLS 1.3.
    Tls,
}

/// How wasmgate keeps calls apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    Request,
    Reuse,
}

/// A gateway with something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contender {
    pub product: Product,
    pub work: Work,
    pub door: Door,
    pub isolation: Isolation,
    /// Whether each request is a line in a log.
    pub log: bool,
    /// How many routes there are; requests match the last.
    pub routes: usize,
}

/// What a gateway is told.
pub(super) struct Setup<'s> {
    pub(super) contender: &'s Contender,
    pub(super) upstream: SocketAddr,
    pub(super) jwks: &'s Value,
}

/// A gateway that runs.
#[derive(Debug)]
pub struct Gateway {
    pub address: SocketAddr,
    pub process: Process,
    /// From the start of the process until it answered, or listened where it does not speak HTTP/1.1 in plain text.
    pub first: Duration,
}

/// What all gateways of a run and the clients have in common.
#[derive(Debug)]
pub struct World {
    pub origin: Origin,
    pub authority: Authority,
    signer: Signer,
}

/// Fields of every request, as browsers and clients of APIs send them.
pub const FIELDS: [&str; 8] = [
    "user-agent",
    "accept",
    "accept-encoding",
    "accept-language",
    "x-api-key",
    "x-a",
    "cache-control",
    "cookie",
];

impl Contender {
    /// Passes requests on, with an access log, as HTTP/1.1.
    pub const fn new(product: Product) -> Contender {
        Contender {
            product,
            work: Work::Proxy,
            door: Door::Http1,
            isolation: Isolation::Reuse,
            log: true,
            routes: 1,
        }
    }

    pub const fn doing(self, work: Work) -> Contender {
        Contender { work, ..self }
    }

    pub const fn by(self, door: Door) -> Contender {
        Contender { door, ..self }
    }

    /// With a pristine instance for each call.
    pub const fn pristine(self) -> Contender {
        let isolation = Isolation::Request;
        Contender { isolation, ..self }
    }

    pub const fn without_log(self) -> Contender {
        Contender { log: false, ..self }
    }

    pub const fn routes(self, routes: usize) -> Contender {
        Contender { routes, ..self }
    }

    /// Starts it, and waits until it answers.
    pub async fn start(&self, world: &World) -> Gateway {
        let directory = Directory::new();
        let signed = world.authority.sign(&["localhost"]);
        directory.write("certificate.pem", signed.certificate);
        directory.write("key.pem", signed.key);
        let address = free_address();
        let setup = Setup {
            contender: self,
            upstream: world.origin.address,
            jwks: &world.jwks(),
        };
        let configure = match self.product {
            Product::Wasmgate => wasmgate::gateway,
            Product::Nginx => nginx::gateway,
            Product::Haproxy => haproxy::gateway,
            Product::Caddy => caddy::gateway,
            Product::Envoy => envoy::gateway,
        };
        let command = configure(&setup, &directory, address);
        let begun = Instant::now();
        let mut process = Process::start(command, directory);
        match self.door {
            Door::Http1 => answers(&mut process, address, "/").await,
            _ => listens(&mut process, address).await,
        }
        Gateway {
            address,
            process,
            first: begun.elapsed(),
        }
    }
}

impl World {
    pub async fn start() -> World {
        World {
            origin: Origin::start().await,
            authority: Authority::new(),
            signer: Signer::rs256("2026"),
        }
    }

    fn jwks(&self) -> Value {
        json!({ "keys": [self.signer.jwk()] })
    }

    /// A token that all accept.
    pub fn token(&self) -> String {
        self.signer.sign(&json!({
            "iss": "https://idp.example.com", "aud": "api", "sub": "alice", "exp": 4_000_000_000_u64,
            "iat": 1_700_000_000, "scope": "read write", "name": "Alice", "email": "alice@example.com",
            "tenant": "north", "roles": ["buyer", "seller"],
        }))
    }
}

/// One of the API keys.
pub(super) fn key(number: usize) -> String {
    format!("key-{number:028}")
}

/// Something that `tests/bench/peers/install` has installed.
pub(super) fn installed(path: &str) -> PathBuf {
    let path = target().join("bench-peers").join(path);
    assert!(path.exists(), "{}: run `make bench-peers`", path.display());
    path
}

/// Where wasmgate keeps code from one start to the next.
pub(super) fn cache() -> PathBuf {
    let path = target().join("bench-cache");
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// Waits until a server answers anything.
pub(super) async fn answers(process: &mut Process, address: SocketAddr, path: &str) {
    listens(process, address).await;
    let mut connection = Connection::http1(address).await;
    let answered = connection.try_send(request("GET", path, &[])).await;
    answered.unwrap_or_else(|error| panic!("{error}:\n{}", process.said()));
}

async fn listens(process: &mut Process, address: SocketAddr) {
    let process = RefCell::new(process);
    let runs = || process.borrow_mut().runs();
    until("a listening server", async || {
        assert!(runs(), "it ended: {}", process.borrow().said());
        TcpStream::connect(address).await.is_ok()
    })
    .await;
}
