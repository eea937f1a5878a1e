use serde::Serialize;

use crate::bindings::wasmgate::plugin::types;

/// A complete answer.
///
/// ```
/// use wasmgate_sdk::Response;
///
/// let response = Response::text("gone").status(410).header("cache-control", "no-store");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The status, 200 to 599.
    pub status: u16,
    /// Header fields in order. `content-length` is the host's.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer without a body.
    pub fn new(status: u16) -> Self {
        Response {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// 200 with a text.
    pub fn text(body: impl Into<String>) -> Self {
        Response::new(200)
            .header("content-type", "text/plain; charset=utf-8")
            .body(body.into())
    }

    /// 200 with a value as JSON.
    ///
    /// # Errors
    /// Where the value cannot be written as JSON, such as a map whose keys are no texts.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        let body = serde_json::to_vec(value)?;
        Ok(Response::new(200)
            .header("content-type", "application/json")
            .body(body))
    }

    /// Sets the status.
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Adds a header field.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

impl From<Response> for types::Response {
    fn from(response: Response) -> Self {
        types::Response {
            status: response.status,
            headers: response.headers,
            body: response.body,
            extra: Vec::new(),
        }
    }
}
