use serde::de::DeserializeOwned;

use crate::{
    Refusal,
    bindings::wasmgate::plugin::types,
    packed::{self, Pairs, Reader, Text, Writer},
};

/// A request, as much of it as the hook's [`Interest`](crate::Interest) asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// All of its texts, as the host hands them over; the members say where each stands.
    values: Vec<u8>,
    method: Text,
    path: Text,
    query: Text,
    headers: Pairs,
    query_parameters: Pairs,
    path_parameters: Pairs,
    context: Pairs,
    body: Option<Vec<u8>>,
}

impl Request {
    /// Reads a request, and gives back what stands behind it.
    pub(crate) fn read(mut values: Vec<u8>, body: Option<Vec<u8>>) -> (Self, Vec<u8>) {
        let mut reader = Reader::new(&values);
        let mut request = Request {
            method: reader.text(),
            path: reader.text(),
            query: reader.text(),
            headers: reader.pairs(),
            query_parameters: reader.pairs(),
            path_parameters: reader.pairs(),
            context: reader.pairs(),
            body,
            values: Vec::new(),
        };
        reader.pairs(); // `extra`
        let end = reader.at();
        let rest = if end < values.len() {
            values.split_off(end)
        } else {
            Vec::new()
        };
        request.values = values;
        (request, rest)
    }

    fn text(&self, text: Text) -> &str {
        packed::text(&self.values, text)
    }

    fn find(&self, pairs: Pairs, is: impl Fn(&[u8]) -> bool) -> Option<&str> {
        packed::find(&self.values, pairs, is)
    }

    fn pairs(&self, pairs: Pairs) -> impl Iterator<Item = (&str, &str)> {
        packed::pairs(&self.values, pairs)
    }

    /// The method as the client sent it, such as `GET`.
    pub fn method(&self) -> &str {
        self.text(self.method)
    }

    /// The raw path, percent-encoded: the bytes that the router saw and the upstream gets.
    pub fn path(&self) -> &str {
        self.text(self.path)
    }

    /// The raw query without its `?`, where the interest names `*`; else empty.
    pub fn query(&self) -> &str {
        self.text(self.query)
    }

    /// The first value of a header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.find(self.headers, |field| {
            field.eq_ignore_ascii_case(name.as_bytes())
        })
    }

    /// All header fields that the interest asks for, in wire order, names in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs(self.headers)
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
        self.find(self.query_parameters, |parameter| {
            parameter == name.as_bytes()
        })
    }

    /// All query parameters that the interest asks for, in wire order, decoded.
    pub fn query_parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs(self.query_parameters)
    }

    /// The value of a path parameter, raw as in the path.
    pub fn path_parameter(&self, name: &str) -> Option<&str> {
        self.find(self.path_parameters, |parameter| {
            parameter == name.as_bytes()
        })
    }

    /// All path parameters that the interest asks for.
    pub fn path_parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs(self.path_parameters)
    }

    /// A value of `$context` that the interest asks for, such as `identity.sourceIp`. For others there is
    /// [`context::get`](crate::context::get).
    pub fn context(&self, name: &str) -> Option<&str> {
        self.find(self.context, |value| value == name.as_bytes())
    }

    /// All values of `$context` that the interest asks for.
    pub fn contexts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs(self.context)
    }

    /// Who calls, as an authorizer before this hook found out. Needs `authorizer.principalId` in the interest's context.
    pub fn principal(&self) -> Option<&str> {
        self.context("authorizer.principalId")
    }

    /// The whole body, decoded; none where the interest does not want it.
    pub fn body(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }

    /// The body as JSON. One that is none, or of another shape, is refused as `invalid`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        serde_json::from_slice(self.body().unwrap_or_default())
            .map_err(|e| Refusal::invalid(format!("invalid request body: {e}")))
    }
}

/// A reply on its way to the client, as much of it as the hook's [`Interest`](crate::Interest) asks for.
#[derive(Clone, Debug)]
pub struct Reply {
    values: Vec<u8>,
    status: u16,
    headers: Pairs,
    extra: Pairs,
    body: Option<Vec<u8>>,
}

impl Reply {
    pub(crate) fn read(values: Vec<u8>, body: Option<Vec<u8>>) -> Self {
        let mut reader = Reader::new(&values);
        Reply {
            status: u16::try_from(reader.number()).unwrap_or_default(),
            headers: reader.pairs(),
            extra: reader.pairs(),
            body,
            values,
        }
    }
    /// The status, 100 to 599.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The first value of a header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        packed::find(&self.values, self.headers, |field| {
            field.eq_ignore_ascii_case(name.as_bytes())
        })
    }

    /// All header fields that the interest asks for, in wire order, names in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        packed::pairs(&self.values, self.headers)
    }

    /// The whole body, decoded; none where the interest does not want it.
    pub fn body(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }

    pub(crate) fn extras(&self) -> impl Iterator<Item = (&str, &str)> {
        packed::pairs(&self.values, self.extra)
    }

    /// What an observer is told besides: `latency-us`, `upstream-latency-us`, `bytes-in`, `bytes-out`, `failure`.
    pub fn extra(&self, name: &str) -> Option<&str> {
        self.extras()
            .find(|(extra, _)| *extra == name)
            .map(|(_, value)| value)
    }
}

impl From<types::Request> for Request {
    fn from(request: types::Request) -> Self {
        let mut values = Writer::default();
        values.text(&request.method);
        values.text(&request.path);
        values.text(&request.query);
        values.pairs(&request.headers);
        values.pairs(&request.query_parameters);
        values.pairs(&request.path_parameters);
        values.pairs(&request.context);
        values.pairs(&request.extra);
        Request::read(values.done(), request.body).0
    }
}

impl From<types::Reply> for Reply {
    fn from(reply: types::Reply) -> Self {
        let mut values = Writer::default();
        values.number(reply.status.into());
        values.pairs(&reply.headers);
        values.pairs(&reply.extra);
        Reply::read(values.done(), reply.body)
    }
}
