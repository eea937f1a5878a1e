//! The harness: a real gateway on a port of its own, upstreams that record, clients that speak as they are told.
//!
//! A test is arrange, one request, assert. Everything has a time limit; a failing wait shows the gateway's log.
#![expect(clippy::unwrap_used, reason = "a harness fails by panicking")]

/// Starts the binary and talks to it.
mod gateway;

/// Sends requests: HTTP/1.1, HTTP/2, TLS, or bytes as they are.
pub mod client;

/// HTTP/2 written by hand.
pub mod frames;

/// A server that records what it gets and answers by a script.
mod upstream;

/// An upstream that speaks HTTP/2.
mod http2;

/// Certificates for a test.
mod authority;

/// Runs a command of the binary to its end.
mod command;

/// Addresses of names, for one gateway.
mod names;

/// Folders that are gone after a test.
mod directory;

/// Guests: plugins that misbehave; and those that are built in.
mod guest;

/// Plugins' projects in any language.
pub mod project;

/// Tokens as issuers sign them.
mod token;

/// An OpenID provider and a SOAP service.
mod peer;

/// Cases as data: one folder each.
pub mod cases;

/// Cases of HTTP/1's framing.
pub mod framing;

/// Another reader of HTTP/1.1, to compare with.
pub mod reading;

use std::time::Duration;

pub use self::{
    authority::Authority,
    client::{Connection, Reply},
    command::{Ended, Running, run},
    directory::Directory,
    gateway::{Gateway, Setup},
    guest::{binary, examples, guest, guests, peer, plugin, target},
    http2::Echo,
    names::Names,
    peer::{Peer, token},
    token::{Signer, base64url, from_base64url},
    upstream::{Answer, Recorded, Upstream},
};

/// Waits for something that must come, or fails.
pub async fn limit<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(LIMIT, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: nothing after {LIMIT:?}"),
    }
}

/// Waits for something of which no event tells: looks again, soon.
pub async fn until(what: &str, happened: impl AsyncFn() -> bool) {
    let looked = async {
        while !happened().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    limit(what, looked).await;
}

/// Long enough for a plugin to be compiled on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(30);
