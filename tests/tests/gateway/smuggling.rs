//! Damaged requests by the thousand: whatever a client sends, the upstream sees nothing but whole requests that stand
//! there, in their order, each with one reading.
//!
//! The same cases each time; `SMUGGLING_SEED` and `SMUGGLING_CASES` are for longer runs.

use std::{str::FromStr, sync::Arc};

use fastrand::Rng;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    task::JoinSet,
};
use wasmgate_tests::{
    Gateway, Recorded, Upstream, client,
    framing::{self, Outcome},
    limit,
    reading::{self, Read},
};

/// Gateways that are asked at once, each with an upstream of its own.
const LANES: usize = 4;

#[tokio::test]
async fn upstream_sees_only_what_stands_there() {
    let cases: Arc<[_]> = cases().into();
    let count = variable("SMUGGLING_CASES", 4000);
    let seed = variable("SMUGGLING_SEED", 1);
    let mut lanes = JoinSet::new();
    for lane in 0..LANES {
        let random = Rng::with_seed(seed + lane as u64);
        lanes.spawn(run(Arc::clone(&cases), random, count / LANES));
    }
    let seen: Vec<usize> = lanes.join_all().await;
    let seen: usize = seen.iter().sum();
    println!("{count} cases, {seen} requests at the upstreams");
    // The damage is small enough that much of it is none.
    assert!(seen > count / 4, "{seen} of {count}");
}

/// All cases, and the good ones as often as the others.
fn cases() -> Vec<Vec<u8>> {
    let (good, wrong): (Vec<_>, Vec<_>) = framing::cases()
        .into_iter()
        .partition(|case| matches!(case.outcome, Outcome::Reads(_)));
    let times = wrong.len() / good.len();
    let good = std::iter::repeat_n(good, times).flatten();
    let cases = wrong.into_iter().chain(good);
    cases.map(|case| case.bytes).collect()
}

#[expect(clippy::disallowed_methods, reason = "for longer runs, by hand")]
fn variable<T: FromStr>(name: &str, otherwise: T) -> T {
    let value = std::env::var(name).ok();
    value
        .and_then(|value| value.parse().ok())
        .unwrap_or(otherwise)
}

/// Sends so many cases; gives how many requests came through.
async fn run(cases: Arc<[Vec<u8>]>, mut random: Rng, count: usize) -> usize {
    let upstream = Upstream::start().await;
    let gateway = Gateway::start(&format!(
        "limits: {{ head_timeout: 50ms, body_idle: 50ms, keep_alive: 50ms, connections: 100000 }}\n\
         log: {{ level: warn, access: false }}\n\
         apis: {{ main: {{ routes: {{ $default: {{ to: '{}' }} }} }} }}\n",
        upstream.url()
    ))
    .await;
    let mut seen = 0;
    for _ in 0..count {
        let mut bytes = damaged(&cases, &mut random);
        // Ends a connection that is still well, and shows where a reader would have lost its place.
        bytes.extend_from_slice(b"GET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let mut stream = client::tcp(gateway.address()).await;
        limit("an end", async {
            // A server that refuses may close before it has read all.
            _ = stream.write_all(&bytes).await;
            _ = stream.read_to_end(&mut Vec::new()).await;
        })
        .await;
        let came = upstream.take();
        check(&bytes, &came);
        seen += came.len();
    }
    seen
}

/// What the upstream saw must be among what stands there, in the same order.
fn check(bytes: &[u8], seen: &[Recorded]) {
    let stands = reading::requests(bytes);
    let mut rest = stands.iter();
    for request in seen {
        let read = Read {
            method: word(request, 0),
            target: word(request, 1),
            body: request.body.clone(),
        };
        let sent = bytes.escape_ascii();
        assert!(reading::is_plain(&request.head), "{sent}\n{}", request.head);
        assert!(
            rest.any(|standing| *standing == read),
            "{sent}\nthe upstream saw {read:?}\nthere stands {stands:?}"
        );
    }
}

fn word(request: &Recorded, number: usize) -> String {
    let word = request.line().split(' ').nth(number);
    word.unwrap_or_default().to_owned()
}

/// One case or two in a row, with a few bytes changed or lines put between.
fn damaged(cases: &[Vec<u8>], random: &mut Rng) -> Vec<u8> {
    const BYTES: &[u8] = b"\r\n\0 \t:;,0Aa#%/\xff\x0b";
    const LINES: [&[u8]; 12] = [
        b"Content-Length: 3\r\n",
        b"Content-Length: 0\r\n",
        b"Content-Length: 44\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: identity\r\n",
        b"Host: b\r\n",
        b"Connection: close\r\n",
        b"Connection: content-length, transfer-encoding, host\r\n",
        b"Expect: 100-continue\r\n",
        b"Connection: upgrade\r\nUpgrade: x\r\n",
        b"0\r\n\r\n",
        b"\r\n",
    ];
    let mut bytes = random.choice(cases).cloned().unwrap_or_default();
    if random.u8(..4) == 0 {
        bytes.extend(random.choice(cases).cloned().unwrap_or_default());
    }
    for _ in 0..random.usize(..4) {
        let at = random.usize(..bytes.len());
        match random.u8(..4) {
            0 => bytes[at] = BYTES[random.usize(..BYTES.len())],
            1 => bytes.insert(at, BYTES[random.usize(..BYTES.len())]),
            2 if bytes.len() > 1 => drop(bytes.remove(at)),
            _ => {
                let line = LINES[random.usize(..LINES.len())];
                let at = after_line(&bytes, at);
                bytes.splice(at..at, line.iter().copied());
            }
        }
    }
    bytes
}

/// Where the line ends that this byte stands in.
fn after_line(bytes: &[u8], at: usize) -> usize {
    let feed = bytes[at..].iter().position(|byte| *byte == b'\n');
    feed.map_or(bytes.len(), |feed| at + feed + 1)
}
