//! The plugin's own metrics, shown by the gateway as `wasmgate_plugin_NAME`. Made in `configure`, at most 64.
//!
//! ```
//! # fn main() -> Result<(), wasmgate_sdk::Error> {
//! use wasmgate_sdk::metrics::Counter;
//!
//! let refused = Counter::new("tokens_refused", "Tokens that were refused.")?;
//! refused.add(1.0);
//! # Ok(()) }
//! ```
//!
//! Names have lower-case letters, digits and `_`, at most 64 characters.

use crate::{Error, host};

/// A number that grows.
#[derive(Clone, Copy, Debug)]
pub struct Counter(u32);

impl Counter {
    /// Registers a counter, in `configure` only.
    ///
    /// # Errors
    /// `denied` outside of `configure`, `invalid` for a bad name, `limit` for too many.
    pub fn new(name: &str, help: &str) -> Result<Self, Error> {
        Ok(Counter(host::metrics::counter(name, help)?))
    }

    /// Adds to it.
    pub fn add(&self, value: f64) {
        host::metrics::add(self.0, value);
    }
}

/// A number that rises and falls.
#[derive(Clone, Copy, Debug)]
pub struct Gauge(u32);

impl Gauge {
    /// Registers a gauge, in `configure` only.
    ///
    /// # Errors
    /// `denied` outside of `configure`, `invalid` for a bad name, `limit` for too many.
    pub fn new(name: &str, help: &str) -> Result<Self, Error> {
        Ok(Gauge(host::metrics::gauge(name, help)?))
    }

    /// Adds to it.
    pub fn add(&self, value: f64) {
        host::metrics::add(self.0, value);
    }

    /// Sets it.
    pub fn set(&self, value: f64) {
        host::metrics::observe(self.0, value);
    }
}

/// How values are spread.
#[derive(Clone, Copy, Debug)]
pub struct Histogram(u32);

impl Histogram {
    /// Registers a histogram with these upper bounds, ascending, at most 32, in `configure` only.
    ///
    /// # Errors
    /// `denied` outside of `configure`, `invalid` for a bad name or bounds, `limit` for too many.
    pub fn new(name: &str, help: &str, bounds: &[f64]) -> Result<Self, Error> {
        Ok(Histogram(host::metrics::histogram(name, help, bounds)?))
    }

    /// Records a value.
    pub fn record(&self, value: f64) {
        host::metrics::observe(self.0, value);
    }
}
