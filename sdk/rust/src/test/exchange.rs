//! Requests and replies for tests, and what an interest leaves of them.

use std::ops::Deref;

use super::{Interest, Reply, Request, types};

/// A request that a test builds. It is a [`Request`] wherever one is wanted.
#[derive(Clone, Debug)]
pub struct TestRequest {
    record: types::Request,
    request: Request,
}

impl TestRequest {
    pub(super) fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        TestRequest::of(types::Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: Vec::new(),
            query_parameters: query
                .split('&')
                .filter(|part| !part.is_empty())
                .map(parameter)
                .collect(),
            path_parameters: Vec::new(),
            context: Vec::new(),
            body: None,
            extra: Vec::new(),
        })
    }

    fn of(record: types::Request) -> Self {
        let request = record.clone().into();
        TestRequest { record, request }
    }

    /// Adds a header field.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let field = (name.to_ascii_lowercase(), value.to_owned());
        self.record.headers.push(field);
        Self::of(self.record)
    }

    /// Adds a path parameter.
    pub fn path_parameter(mut self, name: &str, value: &str) -> Self {
        let parameter = (name.to_owned(), value.to_owned());
        self.record.path_parameters.push(parameter);
        Self::of(self.record)
    }

    /// Adds a context value.
    pub fn context(mut self, name: &str, value: &str) -> Self {
        let value = (name.to_owned(), value.to_owned());
        self.record.context.push(value);
        Self::of(self.record)
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.record.body = Some(body.into());
        Self::of(self.record)
    }
}

impl Deref for TestRequest {
    type Target = Request;

    fn deref(&self) -> &Request {
        &self.request
    }
}

/// A reply that a test builds. It is a [`Reply`] wherever one is wanted.
#[derive(Clone, Debug)]
pub struct TestReply {
    record: types::Reply,
    reply: Reply,
}

impl TestReply {
    pub(super) fn new(status: u16) -> Self {
        TestReply::of(types::Reply {
            status,
            headers: Vec::new(),
            body: None,
            extra: Vec::new(),
        })
    }

    fn of(record: types::Reply) -> Self {
        let reply = record.clone().into();
        TestReply { record, reply }
    }

    /// Adds a header field.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let field = (name.to_ascii_lowercase(), value.to_owned());
        self.record.headers.push(field);
        Self::of(self.record)
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.record.body = Some(body.into());
        Self::of(self.record)
    }

    /// Adds what an observer is told besides, such as `latency-us`.
    pub fn extra(mut self, name: &str, value: &str) -> Self {
        self.record.extra.push((name.to_owned(), value.to_owned()));
        Self::of(self.record)
    }
}

impl Deref for TestReply {
    type Target = Reply;

    fn deref(&self) -> &Reply {
        &self.reply
    }
}

/// What the host would hand over of a request.
pub(super) fn seen(request: &Request, interest: &Interest) -> Request {
    let query = Some(request.query()).filter(|_| wants(&interest.query, "*"));
    let body = interest
        .body
        .then(|| request.body().unwrap_or_default().to_owned());
    Request::from(types::Request {
        method: request.method().to_owned(),
        path: request.path().to_owned(),
        query: query.unwrap_or_default().to_owned(),
        headers: wanted(request.headers(), &interest.headers),
        query_parameters: wanted(request.query_parameters(), &interest.query),
        path_parameters: wanted(request.path_parameters(), &interest.path),
        context: wanted(request.contexts(), &interest.context),
        body,
        extra: Vec::new(),
    })
}

/// What the host would hand over of a reply.
pub(super) fn reply_seen(reply: &Reply, interest: &Interest) -> Reply {
    let body = interest
        .reply_body
        .then(|| reply.body().unwrap_or_default().to_owned());
    Reply::from(types::Reply {
        status: reply.status(),
        headers: wanted(reply.headers(), &interest.reply_headers),
        body,
        extra: wanted(reply.extras(), &["*".to_owned()]),
    })
}

fn wanted<'a>(
    all: impl Iterator<Item = (&'a str, &'a str)>,
    names: &[String],
) -> Vec<(String, String)> {
    let wanted = all.filter(|(name, _)| wants(names, name));
    wanted
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn wants(names: &[String], name: &str) -> bool {
    names.iter().any(|wanted| wanted == name || wanted == "*")
}

fn parameter(part: &str) -> (String, String) {
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    (decoded(name), decoded(value))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        let escaped = text.get(text.len() - tail.len()..text.len() - tail.len() + 2);
        match (
            first,
            escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()),
        ) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_interest_asks_for_is_seen() {
        let request = Request::test("GET", "/x?a=1&b=2")
            .header("X-A", "1")
            .header("x-b", "2")
            .body("text");
        let seen = seen(&request, &Interest::default().header("x-b").query("a"));
        assert_eq!(seen.headers().collect::<Vec<_>>(), [("x-b", "2")]);
        assert_eq!(seen.query_parameters().collect::<Vec<_>>(), [("a", "1")]);
        assert_eq!((seen.query(), seen.body()), ("", None));
    }

    #[test]
    fn query_parameters_are_decoded() {
        let request = Request::test("GET", "/?q=a%20b+c&bad=%zz%e");
        assert_eq!(request.query_parameter("q"), Some("a b c"));
        assert_eq!(request.query_parameter("bad"), Some("%zz%e"));
    }
}
