//! Stands in for the host where a plugin's own tests run, by plain `cargo test`.
//!
//! ```
//! # use wasmgate_sdk::prelude::*;
//! # #[derive(Debug)]
//! # struct Token;
//! # impl Plugin for Token {
//! #     type Config = NoConfig;
//! #     fn configure(_: NoConfig) -> Result<Self, Problem> { Ok(Token) }
//! # }
//! # impl Authorizer for Token {
//! #     fn interest(&self) -> Interest { Interest::default().header("authorization") }
//! #     fn authorize(&self, request: &Request) -> Result<Grant, Refusal> {
//! #         request.header("authorization").map(Grant::to).ok_or(Refusal::unauthorized())
//! #     }
//! # }
//! use wasmgate_sdk::test;
//!
//! let plugin: Token = test::configure("{}").unwrap();
//! let request = Request::test("GET", "/orders?page=2").header("Authorization", "alice");
//! assert_eq!(test::authorize(&plugin, &request), Ok(Grant::to("alice")));
//! ```
//!
//! The hooks are called as the gateway does it: with what the plugin's interest asks for, and nothing else. Each test
//! thread has a host of its own, empty at first.

use crate::{
    Authorizer, Function, Grant, Interest, Mapper, Observer, Patch, Plugin, Problem, Refusal,
    Reply, Request, RequestFilter, Response, ResponseFilter, Validator,
    bindings::wasmgate::plugin::types, export, log::Level,
};

pub(crate) mod host;

mod exchange;

pub use exchange::{TestReply, TestRequest};

/// Configures a plugin with a JSON text, as the gateway does.
///
/// # Errors
/// The problems that an operator would see.
pub fn configure<T: Plugin>(config: &str) -> Result<T, Problem> {
    export::configure(config)
}

/// Calls an authorizer.
///
/// # Errors
/// Its refusal.
pub fn authorize<T: Authorizer>(plugin: &T, request: &Request) -> Result<Grant, Refusal> {
    plugin.authorize(&exchange::seen(request, &plugin.interest()))
}

/// Calls a request filter.
///
/// # Errors
/// Its refusal.
pub fn filter_request<T: RequestFilter>(plugin: &T, request: &Request) -> Result<Patch, Refusal> {
    plugin.filter_request(&exchange::seen(request, &plugin.interest()))
}

/// Calls a response filter.
///
/// # Errors
/// Its refusal.
pub fn filter_response<T: ResponseFilter>(
    plugin: &T,
    request: &Request,
    reply: &Reply,
) -> Result<Patch, Refusal> {
    let interest = plugin.interest();
    plugin.filter_response(
        &exchange::seen(request, &interest),
        &exchange::reply_seen(reply, &interest),
    )
}

/// Calls a validator.
///
/// # Errors
/// Its refusal.
pub fn validate<T: Validator>(plugin: &T, request: &Request) -> Result<(), Refusal> {
    plugin.validate(&exchange::seen(request, &plugin.interest()))
}

/// Calls a mapper with a request.
///
/// # Errors
/// Its refusal.
pub fn map_request<T: Mapper>(plugin: &T, request: &Request) -> Result<Patch, Refusal> {
    plugin.map_request(&exchange::seen(request, &plugin.interest()))
}

/// Calls a mapper with a reply.
///
/// # Errors
/// Its refusal.
pub fn map_response<T: Mapper>(
    plugin: &T,
    request: &Request,
    reply: &Reply,
) -> Result<Patch, Refusal> {
    let interest = plugin.interest();
    plugin.map_response(
        &exchange::seen(request, &interest),
        &exchange::reply_seen(reply, &interest),
    )
}

/// Calls a function.
///
/// # Errors
/// Its refusal.
pub fn handle<T: Function>(plugin: &T, request: &Request) -> Result<Response, Refusal> {
    plugin.handle(&exchange::seen(request, &plugin.interest()))
}

/// Tells an observer.
pub fn observe<T: Observer>(plugin: &T, request: &Request, reply: &Reply) {
    let interest = plugin.interest();
    plugin.observe(
        &exchange::seen(request, &interest),
        &exchange::reply_seen(reply, &interest),
    );
}

/// Grants a secret.
pub fn secret(name: &str, value: &str) {
    host::with(|host| host.secrets.insert(name.to_owned(), value.to_owned()));
}

/// Gives `$context` a value, for [`context::get`](crate::context::get).
pub fn context(name: &str, value: &str) {
    host::with(|host| host.context.insert(name.to_owned(), value.to_owned()));
}

/// Answers requests to a URL with this, for [`http`](crate::http). Others are `unavailable`.
pub fn answer(url: &str, response: Response) {
    host::with(|host| host.answers.insert(url.to_owned(), response));
}

/// The URLs that were fetched so far, in order.
pub fn fetched() -> Vec<String> {
    host::with(|host| host.fetched.clone())
}

/// Makes a file, and gives what a configuration holds in the place of `{file: name}`.
pub fn asset(name: &str, content: impl Into<Vec<u8>>) -> String {
    let content = content.into();
    let size = content.len();
    let number = host::with(|host| {
        host.assets.push(content);
        host.assets.len() - 1
    });
    serde_json::json!({ "asset": number, "name": name, "size": size }).to_string()
}

/// Sets the time of [`clock`](crate::clock), in milliseconds since 1970; it stands still from then on.
pub fn time(milliseconds: u64) {
    host::with(|host| host.time = Some(milliseconds));
}

/// Has a signature of an algorithm with public keys count as valid: the stand-in computes `HS` only.
pub fn accept(message: &[u8], signature: &[u8]) {
    host::with(|host| {
        host.accepted
            .push((message.to_owned(), signature.to_owned()))
    });
}

/// Has every call of [`kv`](crate::kv) fail from now on, as `unavailable`.
pub fn fail_kv() {
    host::with(|host| host.kv_fails = true);
}

/// What was logged so far.
pub fn logged() -> Vec<(Level, String)> {
    host::with(|host| host.lines.clone())
}

/// The value of a metric; of a histogram the last one.
pub fn metric(name: &str) -> Option<f64> {
    host::with(|host| {
        host.metrics
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| *value)
    })
}

impl Request {
    /// A request for a test, of this method and target: `Request::test("GET", "/orders?page=2")`.
    pub fn test(method: &str, target: &str) -> TestRequest {
        TestRequest::new(method, target)
    }
}

impl Reply {
    /// A reply for a test.
    pub fn test(status: u16) -> TestReply {
        TestReply::new(status)
    }
}
