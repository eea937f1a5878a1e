//! Values that outlive a request, shared by all instances of this plugin and hidden from others. A capability:
//! [`Capability::Kv`](crate::Capability::Kv).
//!
//! ```no_run
//! # fn main() -> Result<(), wasmgate_sdk::Error> {
//! use std::time::Duration;
//! use wasmgate_sdk::kv;
//!
//! let calls = kv::increment("calls", 1, Some(Duration::from_secs(60)))?;
//! # Ok(()) }
//! ```
//!
//! Keys may have 1 KiB, values 64 KiB; all plugins share 64 MiB, where the least used go first.

use std::time::Duration;

use crate::{Error, host};

/// The value of a key; none where there is none or its time is over.
///
/// # Errors
/// `denied` where the plugin has no grant.
pub fn get(key: &str) -> Result<Option<Vec<u8>>, Error> {
    Ok(host::kv::get(key)?)
}

/// Sets a value, for a time or without end.
///
/// # Errors
/// `denied` without a grant, `limit` where key or value are too long.
pub fn set(key: &str, value: impl AsRef<[u8]>, ttl: Option<Duration>) -> Result<(), Error> {
    Ok(host::kv::set(key, value.as_ref(), milliseconds(ttl))?)
}

/// Removes a key; fine where there is none.
///
/// # Errors
/// `denied` where the plugin has no grant.
pub fn delete(key: &str) -> Result<(), Error> {
    Ok(host::kv::delete(key)?)
}

/// Sets a value only where the present one is `expected` (none: where there is none). Whether it was set.
///
/// # Errors
/// `denied` without a grant, `limit` where key or value are too long.
pub fn compare_and_swap(
    key: &str,
    expected: Option<&[u8]>,
    value: impl AsRef<[u8]>,
    ttl: Option<Duration>,
) -> Result<bool, Error> {
    Ok(host::kv::compare_and_swap(
        key,
        expected,
        value.as_ref(),
        milliseconds(ttl),
    )?)
}

/// Adds to a number atomically and gives the sum. A missing key counts as 0 and gets `ttl`; an existing one keeps its
/// end.
///
/// # Errors
/// `denied` without a grant, `conflict` where the value is no number.
pub fn increment(key: &str, by: i64, ttl: Option<Duration>) -> Result<i64, Error> {
    Ok(host::kv::increment(key, by, milliseconds(ttl))?)
}

fn milliseconds(ttl: Option<Duration>) -> Option<u64> {
    ttl.map(|ttl| u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX))
}
