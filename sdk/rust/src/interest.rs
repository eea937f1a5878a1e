use serde::Serialize;

/// What a hook wants to see of an exchange. The host hands over this and nothing else, so ask for little: the default
/// shows method and path.
///
/// ```
/// use wasmgate_sdk::Interest;
///
/// let interest = Interest::default().header("x-api-key").query("version").context("identity.sourceIp");
/// ```
///
/// The name `*` stands for all.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Interest {
    pub(crate) headers: Vec<String>,
    pub(crate) query: Vec<String>,
    pub(crate) path: Vec<String>,
    pub(crate) context: Vec<String>,
    pub(crate) body: bool,
    pub(crate) reply_headers: Vec<String>,
    pub(crate) reply_body: bool,
    pub(crate) sets: Vec<String>,
    pub(crate) identity: Vec<String>,
}

impl Interest {
    /// A header field of the request, in any case.
    pub fn header(mut self, name: impl AsRef<str>) -> Self {
        self.headers.push(name.as_ref().to_ascii_lowercase());
        self
    }

    /// A query parameter. All of them (`*`) shows the raw query too.
    pub fn query(mut self, name: impl Into<String>) -> Self {
        self.query.push(name.into());
        self
    }

    /// A parameter of the route's path, such as `id` in `/orders/{id}`.
    pub fn path(mut self, name: impl Into<String>) -> Self {
        self.path.push(name.into());
        self
    }

    /// A value of `$context`, such as `identity.sourceIp` or `authorizer.tenant`.
    pub fn context(mut self, name: impl Into<String>) -> Self {
        self.context.push(name.into());
        self
    }

    /// The request's whole body. The host buffers and decodes it, up to the route's limit.
    pub fn body(mut self) -> Self {
        self.body = true;
        self
    }

    /// A header field of the reply, in any case.
    pub fn reply_header(mut self, name: impl AsRef<str>) -> Self {
        self.reply_headers.push(name.as_ref().to_ascii_lowercase());
        self
    }

    /// The reply's whole body.
    pub fn reply_body(mut self) -> Self {
        self.reply_body = true;
        self
    }

    /// A field that this request filter or mapper sets for the upstream. The client's own field of that name is
    /// removed before, so that nobody can forge it.
    pub fn sets(mut self, name: impl AsRef<str>) -> Self {
        self.sets.push(name.as_ref().to_ascii_lowercase());
        self
    }

    /// A header field by which an authorizer's grants may be cached. A request without it is refused without a call.
    pub fn identity_header(self, name: impl AsRef<str>) -> Self {
        let name = name.as_ref().to_ascii_lowercase();
        self.identity("header", &name).header(name)
    }

    /// A query parameter by which an authorizer's grants may be cached.
    pub fn identity_query(self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.identity("query", &name).query(name)
    }

    /// A path parameter by which an authorizer's grants may be cached.
    pub fn identity_path(self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.identity("path", &name).path(name)
    }

    /// A context value by which an authorizer's grants may be cached.
    pub fn identity_context(self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.identity("context", &name).context(name)
    }

    fn identity(mut self, kind: &str, name: &str) -> Self {
        self.identity.push([kind, ".", name].concat());
        self
    }
}
