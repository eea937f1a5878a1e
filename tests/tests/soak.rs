//! Mixed load for a while, with reloads and swaps all along: no request fails, and memory stays flat.
//!
//! A few seconds among the tests; `make soak` takes ten minutes, `make soak MINUTES=1` as many as that.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::task::JoinSet;
use wasmgate_tests::{
    Answer, Connection, Gateway, Upstream,
    client::{request, with_body},
    guest, until,
};

/// Seconds, where nobody says how many.
const SHORT: u64 = 5;
/// From where memory is judged: in less time buffers have hardly filled.
const JUDGED: Duration = Duration::from_secs(60);
/// By what share it may grow from the middle third to the last.
const GROWTH: f64 = 0.05;
/// Requests of a connection, which is then opened anew.
const KEPT: usize = 500;
/// More than a socket's buffers hold.
const LARGE: usize = 300_000;

#[tokio::test]
async fn mixed_load_with_reloads_and_swaps_is_served_in_flat_memory() {
    let lasts = std::env::var_os("SOAK")
        .map_or(SHORT, |seconds| seconds.to_string_lossy().parse().unwrap());
    let soak = Arc::new(Soak::start(Duration::from_secs(lasts)).await);
    let mut clients = JoinSet::new();
    for kind in [
        Kind::Kept,
        Kind::Kept,
        Kind::Http2,
        Kind::Http2,
        Kind::Fresh,
    ] {
        let soak = Arc::clone(&soak);
        clients.spawn(async move { soak.ask(kind).await });
    }
    soak.change().await;
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
    soak.judge();
}

struct Soak {
    gateway: Gateway,
    upstream: Upstream,
    end: Instant,
    lasts: Duration,
    served: AtomicUsize,
    /// Bytes that the gateway held after each change.
    memory: Mutex<Vec<usize>>,
}

#[derive(Clone, Copy)]
enum Kind {
    /// HTTP/1.1 on a connection that is kept.
    Kept,
    /// HTTP/1.1 on a connection of its own.
    Fresh,
    Http2,
}

impl Soak {
    async fn start(lasts: Duration) -> Soak {
        let upstream = Upstream::start().await;
        upstream.answer(Answer::ok(vec![b'a'; 2_000]));
        let setup = Gateway::setup(&yaml(&upstream, 0))
            .guest("reads_headers")
            .guest("patches")
            .guest("validates")
            .file("plugins/swapped.wasm", numbered(0))
            .patient();
        Soak {
            gateway: setup.start().await,
            upstream,
            end: Instant::now() + lasts,
            lasts,
            served: AtomicUsize::new(0),
            memory: Mutex::default(),
        }
    }

    fn over(&self) -> bool {
        Instant::now() >= self.end
    }

    /// Sends one request after the other; each gets the answer that it must.
    async fn ask(&self, kind: Kind) {
        while !self.over() {
            let mut connection = match kind {
                Kind::Http2 => Connection::http2(self.gateway.address()).await,
                _ => Connection::http1(self.gateway.address()).await,
            };
            let requests = match kind {
                Kind::Fresh => 1,
                _ => KEPT,
            };
            for _ in 0..requests {
                self.ask_one(&mut connection).await;
            }
        }
    }

    async fn ask_one(&self, connection: &mut Connection) {
        let number = self.served.fetch_add(1, Relaxed);
        let large = vec![b'a'; LARGE];
        let (request, status) = match number % 8 {
            0 => (request("GET", "/version", &[]), 200),
            1 => (request("GET", "/function", &[]), 200),
            2 => (request("GET", "/key", &[("x-api-key", "secret")]), 200),
            3 => (request("GET", "/key", &[("x-api-key", "wrong")]), 403),
            4 => (request("GET", "/chain", &[("x-a", "1")]), 200),
            5 => (
                with_body(
                    "POST",
                    "/valid",
                    &[("content-type", "application/json")],
                    r#"{"a":1}"#,
                ),
                200,
            ),
            6 => (
                with_body(
                    "POST",
                    "/valid",
                    &[("content-type", "application/json")],
                    "{}",
                ),
                400,
            ),
            _ if number.is_multiple_of(64) => (with_body("POST", "/plain", &[], large), 200),
            _ => (request("GET", "/plain", &[]), 200),
        };
        let asked = request.uri().path().to_owned();
        let reply = connection.send(request).await;
        assert_eq!(
            reply.status,
            status,
            "{asked}: {reply:?}\n{}",
            self.gateway.log.text()
        );
        // The upstream would keep all of them.
        if number.is_multiple_of(100) {
            self.upstream.take();
        }
    }

    /// Reloads the configuration and swaps a plugin, in turn, each as soon as requests have met the last change.
    async fn change(&self) {
        for number in 1.. {
            if self.over() {
                return;
            }
            self.gateway.reconfigure(&yaml(&self.upstream, number));
            let version = number.to_string();
            let read = async || self.gateway.get("/version").await.text() == version;
            until("the new configuration", read).await;
            self.gateway.install("swapped", numbered(number));
            let swaps = r#"wasmgate_plugin_swaps_total{plugin="swapped"}"#;
            let swapped = async || self.gateway.metric(swaps).await >= Some(f64::from(number));
            until("the new plugin", swapped).await;
            let before = self.served.load(Relaxed);
            until("more requests", async || {
                self.over() || self.served.load(Relaxed) > before + 200
            })
            .await;
            self.memory.lock().unwrap().push(self.gateway.memory());
        }
    }

    fn judge(&self) {
        let memory = self.memory.lock().unwrap();
        let served = self.served.load(Relaxed);
        assert!(!memory.is_empty(), "no change took effect");
        let megabytes = |bytes: usize| bytes as f64 / 1e6;
        let thirds = [0, 1, 2].map(|third| {
            let from = memory.len() * third / 3;
            let mut part = memory[from..(memory.len() * (third + 1)).div_ceil(3)].to_vec();
            part.sort_unstable();
            part[part.len() / 2]
        });
        println!(
            "{served} requests in {:?} through {} reloads and as many swaps, none failed; memory in MB, by thirds: {:.1?}, \
             at first and last: {:.1?}",
            self.lasts,
            memory.len(),
            thirds.map(megabytes),
            [memory[0], memory[memory.len() - 1]].map(megabytes)
        );
        let growth = thirds[2] as f64 / thirds[1] as f64 - 1.0;
        assert!(
            self.lasts < JUDGED || growth < GROWTH,
            "memory grew by {:.1} % in the last third",
            growth * 100.0
        );
    }
}

/// A configuration that answers with its number.
fn yaml(upstream: &Upstream, number: u32) -> String {
    let (url, ok) = (upstream.url(), json!({ "respond": { "body": "ok" } }));
    let sets =
        |name| json!({ "use": "patches", "with": { "changes": [["set-header", name, "1"]] } });
    let reads = json!({ "use": "reads_headers", "with": { "headers": ["x-a"] } });
    let key =
        json!({ "use": "api-key", "with": { "keys": [{ "key": "secret", "principal": "ann" }] } });
    let valid = json!({ "use": "validates", "with": { "members": ["a"] } });
    let routes = json!({
        "GET /version": { "to": { "respond": { "body": number.to_string() } } },
        "GET /function": { "to": { "function": "swapped" } },
        "GET /key": { "authorize": [key], "to": ok },
        "GET /chain": { "authorize": [reads], "transform": [sets("x-first")], "respond": [sets("x-second")], "to": url },
        "POST /valid": { "validate": [valid], "to": ok },
        "ANY /plain": { "to": url },
    });
    // Each line of a log would be kept until the end.
    format!(
        "log: {{ level: warn, access: false }}\napis: {}\n",
        json!({ "main": { "routes": routes } })
    )
}

/// The same function in a file of its own: a custom section holds the number.
fn numbered(number: u32) -> Vec<u8> {
    let mut wasm = guest("keeps_state");
    wasm.extend_from_slice(&[0, 11, 6]);
    wasm.extend_from_slice(b"number");
    wasm.extend_from_slice(&number.to_le_bytes());
    wasm
}
