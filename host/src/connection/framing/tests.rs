#![expect(clippy::unwrap_used, reason = "tests")]

use self::table::{Case, Outcome, cases};
use super::*;

/// The cases that the tests through the binary send too.
#[path = "../../../../tests/src/framing.rs"]
#[expect(unreachable_pub, reason = "the file has another user")]
pub(in crate::connection) mod table;

const BOUNDS: Bounds = Bounds {
    target: 200,
    head: 1000,
    fields: 10,
};

/// What passes of these bytes, and how the reading ends, when they come in these pieces.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, u64, State) {
    let mut framing = Framing::new(BOUNDS);
    let (mut held, mut passed) = (Vec::new(), Vec::new());
    for piece in pieces {
        held.extend_from_slice(piece);
        loop {
            let count = framing.judge(&held);
            passed.extend(held.drain(..count));
            match framing.state() {
                State::Asked => framing.answered(false),
                _ => break,
            }
        }
    }
    (passed, framing.heads, framing.state)
}

fn whole(bytes: &[u8]) -> (u64, State) {
    let (_, heads, state) = read([bytes]);
    (heads, state)
}

#[test]
fn every_case_has_its_outcome() {
    for Case {
        name,
        outcome,
        bytes,
    } in cases()
    {
        let (passed, heads, state) = read([&bytes[..]]);
        match outcome {
            Outcome::Reads(count) => {
                assert_eq!((heads, state), (count as u64, State::Head), "{name}");
                assert_eq!(passed, bytes, "{name}");
            }
            Outcome::Refused => assert!(matches!(state, State::Refused(_)), "{name}: {state:?}"),
            Outcome::Cut => {
                assert!(matches!(state, State::Broken(_)), "{name}: {state:?}");
                assert_eq!(heads, 1, "{name}");
            }
        }
    }
}

#[test]
fn outcome_does_not_depend_on_the_pieces() {
    for Case { name, bytes, .. } in cases() {
        let expected = read([&bytes[..]]);
        assert_eq!(read(bytes.chunks(1)), expected, "{name}, byte by byte");
        for at in 1..bytes.len() {
            let (first, second) = bytes.split_at(at);
            assert_eq!(read([first, second]), expected, "{name}, cut at {at}");
        }
    }
}

#[test]
fn damaged_requests_do_not_depend_on_the_pieces_either() {
    let cases = cases();
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..20_000 {
        let mut bytes = random.choice(&cases).unwrap().bytes.clone();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..bytes.len());
            match random.u8(..3) {
                0 => bytes[at] = *random.choice(b"\r\n\0 \t:;,0Aa#%/\xff").unwrap(),
                1 => bytes.insert(at, *random.choice(b"\r\n\0 \t:;,0Aa").unwrap()),
                _ if bytes.len() > 1 => drop(bytes.remove(at)),
                _ => {}
            }
        }
        let expected = read([&bytes[..]]);
        assert_eq!(
            read(bytes.chunks(random.usize(1..9))),
            expected,
            "{}",
            bytes.escape_ascii()
        );
    }
}

#[test]
fn refused_head_leaves_no_trace() {
    let good = b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n";
    let bad = b"GET /2 HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n";
    let (passed, heads, state) = read([&good[..], bad]);
    assert_eq!((&passed[..], heads), (&good[..], 1));
    assert_eq!(state, State::Refused(Refused::Length));
}

#[test]
fn switch_waits_for_its_answer() {
    let asked = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n";
    let mut framing = Framing::new(BOUNDS);
    let bytes = [&asked[..], b"\0\x01\x02"].concat();
    assert_eq!(framing.judge(&bytes), asked.len());
    assert_eq!(framing.judge(b"\0\x01\x02"), 0);
    framing.answered(true);
    assert_eq!(framing.judge(b"\0\x01\x02"), 3);
}

#[test]
fn long_targets_are_refused_before_they_end() {
    let target = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(199));
    assert_eq!(whole(target.as_bytes()), (1, State::Head));
    let target = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(200));
    assert_eq!(
        whole(target.as_bytes()).1,
        State::Refused(Refused::TargetTooLong)
    );
    let endless = format!("GET /{}", "x".repeat(300));
    assert_eq!(
        whole(endless.as_bytes()).1,
        State::Refused(Refused::TargetTooLong)
    );
    let endless = "x".repeat(1001);
    assert_eq!(
        whole(endless.as_bytes()).1,
        State::Refused(Refused::TargetTooLong)
    );
}

#[test]
fn large_heads_are_refused_before_they_end() {
    let field = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}", "x".repeat(1000));
    assert_eq!(
        whole(field.as_bytes()).1,
        State::Refused(Refused::HeadTooLarge)
    );
    let complete = format!("{field}\r\n\r\n");
    assert_eq!(
        whole(complete.as_bytes()).1,
        State::Refused(Refused::HeadTooLarge)
    );
}

#[test]
fn many_fields_are_refused() {
    let head = |fields| {
        format!(
            "GET / HTTP/1.1\r\nHost: a\r\n{}\r\n",
            "X: y\r\n".repeat(fields)
        )
    };
    assert_eq!(whole(head(9).as_bytes()), (1, State::Head));
    assert_eq!(
        whole(head(10).as_bytes()).1,
        State::Refused(Refused::TooManyFields)
    );
}

#[test]
fn trailers_and_chunk_extensions_are_bounded() {
    let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let broken = |rest: &str| whole(format!("{chunked}{rest}").as_bytes()).1;
    let many = format!("0\r\n{}", "X: y\r\n".repeat(11));
    assert_eq!(broken(&many), State::Broken(Refused::TooManyFields));
    let large = format!("0\r\nX: {}", "x".repeat(1000));
    assert_eq!(broken(&large), State::Broken(Refused::HeadTooLarge));
    let extension = format!("5;{}", "x".repeat(300));
    assert_eq!(broken(&extension), State::Broken(Refused::Chunk));
}

/// Prints what judging costs: `cargo test --release -p wasmgate --lib framing -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn cost_of_a_typical_head() {
    let head = b"GET /v1/orders/4711?expand=items HTTP/1.1\r\nHost: api.example.com\r\n\
        User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
        Accept: application/json\r\nAccept-Language: en-US,en;q=0.5\r\n\
        Accept-Encoding: gzip, deflate, br, zstd\r\n\
        Authorization: Bearer eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0\r\n\
        Connection: keep-alive\r\nX-Request-Id: 0f6d9e3a-5a1c-4b58-9f0e-4a6f3a1d2b7c\r\n\r\n";
    for (name, head) in [
        ("typical", &head[..]),
        ("small", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ] {
        let bounds = Bounds {
            target: 8192,
            head: 16384,
            fields: 100,
        };
        let mut framing = Framing::new(bounds);
        let rounds = 2_000_000;
        let began = std::time::Instant::now();
        for _ in 0..rounds {
            assert_eq!(framing.judge(std::hint::black_box(head)), head.len());
        }
        let each = began.elapsed().as_nanos() / rounds;
        println!("{name}: {} bytes, {each} ns", head.len());
    }
}
