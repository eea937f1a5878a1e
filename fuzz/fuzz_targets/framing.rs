//! The framing of HTTP/1: no bytes panic, the pieces they come in change nothing, and a head that passes is one that
//! another parser reads in the same way.
//!
//! `cargo +nightly fuzz run framing` in the folder above.
#![no_main]
#![allow(dead_code, reason = "the module has more users in the host")]

use libfuzzer_sys::fuzz_target;

#[path = "../../host/src/connection"]
mod connection {
    pub(crate) mod framing;
    mod head;
    mod host;
    pub(crate) mod refused;
}

use connection::{
    framing::{Bounds, Framing, State},
    refused::Refused,
};

const BOUNDS: Bounds = Bounds {
    target: 200,
    head: 1000,
    fields: 20,
};

fuzz_target!(|input: (u8, &[u8])| {
    let (piece, bytes) = input;
    let whole = read([bytes]);
    let pieces = read(bytes.chunks(usize::from(piece).max(1)));
    assert_eq!(kind(pieces.0), kind(whole.0));
    assert_eq!(pieces.1, whole.1);
    compare(&whole.1);
});

/// What is both too long and wrong is refused for what is seen first.
fn kind(state: State) -> State {
    match state {
        State::Refused(_) => State::Refused(Refused::RequestLine),
        State::Broken(_) => State::Broken(Refused::Chunk),
        other => other,
    }
}

/// How the reading ends, and what passes: pieces of bodies and whole heads in their order.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (State, Vec<u8>) {
    let mut framing = Framing::new(BOUNDS);
    let (mut held, mut passed) = (Vec::new(), Vec::new());
    for piece in pieces {
        held.extend_from_slice(piece);
        loop {
            let count = framing.judge(&held);
            passed.extend(held.drain(..count));
            if framing.state() != State::Asked {
                break;
            }
            framing.answered(false);
        }
    }
    (framing.state(), passed)
}

/// What passed begins with a head; httparse, which hyper uses, must find its end where we do.
fn compare(passed: &[u8]) {
    if passed.is_empty() {
        return;
    }
    let mut fields = [httparse::EMPTY_HEADER; 20];
    let mut request = httparse::Request::new(&mut fields);
    let length = request.parse(passed).expect("what passes is a request").unwrap();
    let mut framing = Framing::new(BOUNDS);
    // One byte less of the head, and nothing passes.
    assert_eq!(framing.judge(&passed[..length - 1]), 0);
    assert!(framing.judge(&passed[..length]) == length);
    let hosts = request.headers.iter().filter(|field| field.name.eq_ignore_ascii_case("host"));
    assert!(hosts.count() <= 1);
}
