//! Requests to the outside. A capability, with a list of what may be reached:
//! [`Capability::Http`](crate::Capability::Http).
//!
//! ```no_run
//! # fn main() -> Result<(), wasmgate_sdk::Error> {
//! use std::time::Duration;
//! use wasmgate_sdk::http;
//!
//! let keys = http::get("https://idp.example.com/keys").timeout(Duration::from_secs(2)).send()?;
//! assert_eq!(keys.status(), 200);
//! # Ok(()) }
//! ```

use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::{Error, bindings::wasmgate::plugin::http as contract, host};

/// A request to the outside, before it is sent.
#[derive(Clone, Debug)]
pub struct Outgoing(contract::Outgoing);

/// A `GET` of an absolute URL.
pub fn get(url: impl Into<String>) -> Outgoing {
    request("GET", url)
}

/// A `POST` to an absolute URL.
pub fn post(url: impl Into<String>, body: impl Into<Vec<u8>>) -> Outgoing {
    request("POST", url).body(body)
}

/// A request with any method.
pub fn request(method: impl Into<String>, url: impl Into<String>) -> Outgoing {
    Outgoing(contract::Outgoing {
        method: method.into(),
        url: url.into(),
        headers: Vec::new(),
        body: Vec::new(),
        timeout: 0,
        extra: Vec::new(),
    })
}

impl Outgoing {
    /// Adds a header field.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.0.body = body.into();
        self
    }

    /// Until when the whole answer must be there. The plugin's own limit bounds it in any case.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = u32::try_from(timeout.as_millis())
            .unwrap_or(u32::MAX)
            .max(1);
        self
    }

    /// Sends it and waits for the whole answer.
    ///
    /// # Errors
    /// `denied` where the address is not granted, `timeout`, `limit` where the answer is too large, `unavailable` where
    /// nobody answers. An answer with a bad status is no error.
    pub fn send(self) -> Result<Incoming, Error> {
        Ok(Incoming(host::http::fetch(&self.0)?))
    }
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Incoming(contract::Incoming);

impl Incoming {
    /// The status.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The first value of a header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.0.headers.iter();
        fields
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The whole body.
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// Where it is no JSON of this shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(self.body())
    }
}
