//! The host's side: the real one in a component, a stand-in where a plugin's own tests run.

#[cfg(target_family = "wasm")]
pub(crate) use crate::bindings::wasmgate::plugin::{
    assets, clock, context, crypto, http, kv, log, metrics, random, secrets, table,
};

#[cfg(not(target_family = "wasm"))]
pub(crate) use crate::test::host::{
    assets, clock, context, crypto, http, kv, log, metrics, random, secrets, table,
};
