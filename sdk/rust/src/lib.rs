//! Write wasmgate plugins in Rust.
//!
//! A plugin is a type that implements [`Plugin`] and a trait for each hook that it has: [`Authorizer`],
//! [`RequestFilter`], [`ResponseFilter`], [`Validator`], [`Mapper`], [`Function`], [`Observer`]. [`export!`] makes it a
//! plugin, `cargo build --target wasm32-unknown-unknown` a file for the gateway's plugin directory.
//!
//! ```
//! use wasmgate_sdk::prelude::*;
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Token {
//!     /// What callers send as `Authorization`.
//!     token: String,
//! }
//!
//! impl Settings for Token {}
//!
//! impl Authorizer for Token {
//!     fn interest(&self) -> Interest {
//!         Interest::default().header("authorization")
//!     }
//!
//!     fn authorize(&self, request: &Request) -> Result<Grant, Refusal> {
//!         let token = request.header("authorization").ok_or(Refusal::unauthorized())?;
//!         if !crypto::equal(token, &self.token) {
//!             return Err(Refusal::forbidden());
//!         }
//!         Ok(Grant::to("someone"))
//!     }
//! }
//!
//! wasmgate_sdk::export!(Token: authorizer);
//! ```
//!
//! # What a plugin may do
//! Ask for what it needs: [`clock`], [`context`], [`crypto`], [`log`], [`metrics`], [`random`], [`table`], [`assets`],
//! and, where the operator granted them, [`http`], [`kv`] and [`secrets`]. What is never called is never linked, and
//! costs nothing.
//!
//! # What to know
//! - `configure` runs once. Its memory is frozen, and each request starts from it: what a request writes to memory is
//!   gone afterwards. What has to stay goes to [`kv`].
//! - Randomness that is drawn in `configure` is the same for every request. That holds for the keys of `HashMap` too,
//!   and on `wasm32-unknown-unknown` they are known to everyone: whoever sends the keys can make such a map slow. Use
//!   `BTreeMap`, or a sorted `Vec`, for what clients name.
//! - A panic denies the request; its message and place go to the gateway's log.
//! - `std::time` has no clock on `wasm32-unknown-unknown`; [`clock`] has. `println!` goes nowhere; [`log`] does.
//!
//! # Testing
//! A plugin is ordinary code under `cargo test`: [`mod@test`] stands in for the host.
#![doc = include_str!("../README.md")]

/// What most plugins use.
pub mod prelude {
    pub use schemars::{self, JsonSchema};
    pub use serde::{self, Deserialize, Serialize};

    pub use crate::{
        Authorizer, Capability, Function, Grant, Interest, Mapper, NoConfig, Observer, Patch,
        Plugin, Problem, Refusal, Reply, Request, RequestFilter, Response, ResponseFilter,
        Settings, Validator, assets, clock, context, crypto, http, kv, log, metrics, random,
        secrets, table,
    };
}

mod plugin;

pub use plugin::{
    Authorizer, Capability, Function, Mapper, Observer, Plugin, RequestFilter, ResponseFilter,
    Settings, Validator,
};

mod problem;

pub use problem::{Mistake, Problem};

mod interest;

pub use interest::Interest;

mod request;

pub use request::{Reply, Request};

mod grant;

pub use grant::Grant;

mod refusal;

pub use refusal::Refusal;

mod patch;

pub use patch::{Change, Patch};

mod response;

pub use response::Response;

mod error;

pub use error::Error;

pub mod assets;

pub mod clock;

pub mod context;

pub mod crypto;

pub mod http;

pub mod kv;

pub mod log;

pub mod media;

pub mod metrics;

pub mod random;

pub mod secrets;

pub mod table;

#[cfg(not(target_family = "wasm"))]
pub mod test;

#[doc(hidden)]
pub mod bindings;
#[doc(hidden)]
pub mod export;
#[doc(hidden)]
pub mod packed;

#[cfg(target_family = "wasm")]
mod allocator;
#[cfg(all(target_family = "wasm", feature = "getrandom"))]
mod getrandom;
mod host;
#[cfg(target_family = "wasm")]
mod panic;
mod pointer;

/// The configuration of a plugin that has no settings.
#[derive(Clone, Debug, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoConfig {}
