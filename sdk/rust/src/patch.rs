use std::borrow::Cow;

use crate::{Response, bindings::wasmgate::plugin::types};

/// Changes to a request or a reply: applied in order, all at once or, where one of them is invalid, not at all.
///
/// ```
/// use wasmgate_sdk::Patch;
///
/// let patch = Patch::new().set_header("x-tenant", "acme").remove_query("debug");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patch {
    changes: Vec<Change>,
    body: Option<Vec<u8>>,
    respond: Option<Response>,
}

/// One change: its code in the contract, what it is about, and the value.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What is done, such as `set-header`.
    pub code: Cow<'static, str>,
    /// The field or parameter; empty where the code needs none.
    pub name: String,
    /// The value; empty where the code needs none.
    pub value: String,
}

impl Patch {
    /// Changes nothing, yet.
    pub fn new() -> Self {
        Patch::default()
    }

    /// Answers now, in place of everything that would follow.
    pub fn respond(response: Response) -> Self {
        Patch {
            respond: Some(response),
            ..Patch::default()
        }
    }

    /// Sets a header field in place of all its values.
    pub fn set_header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.change("set-header", name, value)
    }

    /// Adds a header field to those of the same name.
    pub fn append_header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.change("append-header", name, value)
    }

    /// Removes a header field, all its values.
    pub fn remove_header(self, name: impl Into<String>) -> Self {
        self.change("remove-header", name, "")
    }

    /// Sets a query parameter in place of all its values. Not encoded: the host does that.
    pub fn set_query(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.change("set-query", name, value)
    }

    /// Adds a query parameter to those of the same name.
    pub fn append_query(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.change("append-query", name, value)
    }

    /// Removes a query parameter, all its values.
    pub fn remove_query(self, name: impl Into<String>) -> Self {
        self.change("remove-query", name, "")
    }

    /// Sets the path, raw; it begins with `/`.
    pub fn set_path(self, path: impl Into<String>) -> Self {
        self.change("set-path", "", path)
    }

    /// Sets the method.
    pub fn set_method(self, method: impl Into<String>) -> Self {
        self.change("set-method", "", method)
    }

    /// Sets the status of a reply, 200 to 599.
    pub fn set_status(self, status: u16) -> Self {
        self.change("set-status", "", status.to_string())
    }

    /// Sets a value that later hooks and the access log see as `authorizer.NAME`.
    pub fn set_context(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.change("set-context", name, value)
    }

    /// Sends the request to another upstream, one of those that the route allows.
    pub fn upstream(self, name: impl Into<String>) -> Self {
        self.change("upstream", "", name)
    }

    /// Replaces the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// A change by its code in the contract, for those that this SDK has no function for.
    pub fn change(
        mut self,
        code: impl Into<Cow<'static, str>>,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.changes.push(Change {
            code: code.into(),
            name: name.into(),
            value: value.into(),
        });
        self
    }

    /// The changes so far.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The new body.
    pub fn new_body(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }

    /// The answer that it gives in place of everything else.
    pub fn response(&self) -> Option<&Response> {
        self.respond.as_ref()
    }
}

impl From<Patch> for types::Patch {
    fn from(patch: Patch) -> Self {
        let change = |Change { code, name, value }: Change| types::Change {
            code: code.into_owned(),
            name,
            value,
        };
        types::Patch {
            changes: patch.changes.into_iter().map(change).collect(),
            body: patch.body,
            respond: patch.respond.map(Into::into),
            extra: Vec::new(),
        }
    }
}
