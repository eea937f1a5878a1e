use serde::de::DeserializeOwned;

use crate::{Refusal, bindings::wasmgate::plugin::types};

/// A request, as much of it as the hook's [`Interest`](crate::Interest) asks for.
#[derive(Clone, Debug)]
pub struct Request(pub(crate) types::Request);

impl Request {
    /// The method as the client sent it, such as `GET`.
    pub fn method(&self) -> &str {
        &self.0.method
    }

    /// The raw path, percent-encoded: the bytes that the router saw and the upstream gets.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The raw query without its `?`, where the interest names `*`; else empty.
    pub fn query(&self) -> &str {
        &self.0.query
    }

    /// The first value of a header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.0.headers, |field| field.eq_ignore_ascii_case(name))
    }

    /// All header fields that the interest asks for, in wire order, names in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        pairs(&self.0.headers)
    }

    /// The value of a cookie. Needs the header `cookie` in the interest.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.headers()
            .filter(|(field, _)| *field == "cookie")
            .flat_map(|(_, value)| value.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .find(|(cookie, _)| *cookie == name)
            .map(|(_, value)| value)
    }

    /// The first value of a query parameter, decoded.
    pub fn query_parameter(&self, name: &str) -> Option<&str> {
        first(&self.0.query_parameters, |parameter| parameter == name)
    }

    /// All query parameters that the interest asks for, in wire order, decoded.
    pub fn query_parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        pairs(&self.0.query_parameters)
    }

    /// The value of a path parameter, raw as in the path.
    pub fn path_parameter(&self, name: &str) -> Option<&str> {
        first(&self.0.path_parameters, |parameter| parameter == name)
    }

    /// All path parameters that the interest asks for.
    pub fn path_parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        pairs(&self.0.path_parameters)
    }

    /// A value of `$context` that the interest asks for, such as `identity.sourceIp`. For others there is
    /// [`context::get`](crate::context::get).
    pub fn context(&self, name: &str) -> Option<&str> {
        first(&self.0.context, |value| value == name)
    }

    /// All values of `$context` that the interest asks for.
    pub fn contexts(&self) -> impl Iterator<Item = (&str, &str)> {
        pairs(&self.0.context)
    }

    /// Who calls, as an authorizer before this hook found out. Needs `authorizer.principalId` in the interest's context.
    pub fn principal(&self) -> Option<&str> {
        self.context("authorizer.principalId")
    }

    /// The whole body, decoded; none where the interest does not want it.
    pub fn body(&self) -> Option<&[u8]> {
        self.0.body.as_deref()
    }

    /// The body as JSON. One that is none, or of another shape, is refused as `invalid`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        serde_json::from_slice(self.body().unwrap_or_default())
            .map_err(|e| Refusal::invalid(format!("invalid request body: {e}")))
    }
}

/// A reply on its way to the client, as much of it as the hook's [`Interest`](crate::Interest) asks for.
#[derive(Clone, Debug)]
pub struct Reply(pub(crate) types::Reply);

impl Reply {
    /// The status, 100 to 599.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The first value of a header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.0.headers, |field| field.eq_ignore_ascii_case(name))
    }

    /// All header fields that the interest asks for, in wire order, names in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        pairs(&self.0.headers)
    }

    /// The whole body, decoded; none where the interest does not want it.
    pub fn body(&self) -> Option<&[u8]> {
        self.0.body.as_deref()
    }

    /// What an observer is told besides: `latency-us`, `upstream-latency-us`, `bytes-in`, `bytes-out`, `failure`.
    pub fn extra(&self, name: &str) -> Option<&str> {
        first(&self.0.extra, |extra| extra == name)
    }
}

type Pairs = Vec<(String, String)>;

fn first(all: &Pairs, is: impl Fn(&str) -> bool) -> Option<&str> {
    pairs(all)
        .find(|(name, _)| is(name))
        .map(|(_, value)| value)
}

fn pairs(all: &Pairs) -> impl Iterator<Item = (&str, &str)> {
    all.iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
}

impl From<types::Request> for Request {
    fn from(request: types::Request) -> Self {
        Request(request)
    }
}

impl From<types::Reply> for Reply {
    fn from(reply: types::Reply) -> Self {
        Reply(reply)
    }
}
