use std::error::Error;

use serde::Serialize;

use crate::bindings::wasmgate::plugin::types;

/// Why a hook did not do its work, and what the client reads.
///
/// Every ordinary error becomes a failure by `?`: the client gets a plain 500, the log gets the error.
///
/// ```
/// use wasmgate_sdk::{Refusal, Request};
///
/// fn page(request: &Request) -> Result<u32, Refusal> {
///     let page = request.query_parameter("page").ok_or(Refusal::invalid("`page` is missing"))?;
///     Ok(page.parse()?)
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    code: &'static str,
    message: String,
    headers: Vec<(String, String)>,
    context: Vec<(String, String)>,
    details: Option<String>,
}

impl Refusal {
    /// 401: nobody knows who calls.
    pub fn unauthorized() -> Self {
        Refusal::new("unauthorized", String::new())
    }

    /// 403: the caller may not do this.
    pub fn forbidden() -> Self {
        Refusal::new("forbidden", String::new())
    }

    /// 400: the request is not well formed, for this reason.
    pub fn invalid(message: impl Into<String>) -> Self {
        Refusal::new("invalid", message.into())
    }

    /// 413: the body is too large.
    pub fn too_large() -> Self {
        Refusal::new("too-large", String::new())
    }

    /// 429: too many requests.
    pub fn too_many() -> Self {
        Refusal::new("too-many", String::new())
    }

    /// What `configure` fetched is out of date: the host runs it again, once for all, calls again once, and answers
    /// 401 with this refusal's message and fields if that does not help.
    pub fn stale() -> Self {
        Refusal::new("stale", String::new())
    }

    /// 500: the plugin cannot do its work. The message goes to the log, never to the client.
    pub fn failure(message: impl Into<String>) -> Self {
        Refusal::new("failure", message.into())
    }

    /// What the client reads in place of the standard message.
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// Adds a field to the answer, such as `www-authenticate`.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds a value for the access log, as `authorizer.NAME`.
    pub fn context(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.context.push((name.into(), value.into()));
        self
    }

    /// What the client reads as `details` beside the message: any value that JSON can say.
    pub fn details(mut self, details: &impl Serialize) -> Self {
        self.details = serde_json::to_string(details).ok();
        self
    }

    /// The code of the contract: `unauthorized`, `forbidden`, `invalid` and so on.
    pub fn code(&self) -> &str {
        self.code
    }

    fn new(code: &'static str, message: String) -> Self {
        Refusal {
            code,
            message,
            headers: Vec::new(),
            context: Vec::new(),
            details: None,
        }
    }
}

impl<E: Error> From<E> for Refusal {
    fn from(error: E) -> Self {
        Refusal::failure(error.to_string())
    }
}

impl Refusal {
    pub(crate) fn into_contract(self) -> types::Refusal {
        let details = self.details.map(|details| ("details".to_owned(), details));
        types::Refusal {
            code: self.code.to_owned(),
            message: self.message,
            headers: self.headers,
            context: self.context,
            extra: details.into_iter().collect(),
        }
    }
}
