//! Requests and replies as the records that guests get: only what the interest asks for, borrowed from the pipeline.

use std::borrow::Cow;

use bumpalo::Bump;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use smallvec::SmallVec;

use super::{
    Interest, Names, Refusal, ReplyView, RequestView,
    bindings::wasmgate::plugin::types::{PairParam, Reply, Request},
};

/// Pairs while they are gathered.
type Pairs<'a> = SmallVec<[PairParam<'a>; 16]>;

/// A request's record. Refused where the interest asks for a field or parameter that is not UTF-8.
pub(super) fn request<'a>(
    view: RequestView<'a>,
    interest: &'a Interest,
    arena: &'a Bump,
) -> Result<Request<'a>, Box<Refusal>> {
    let query = view.query.unwrap_or_default();
    Ok(Request {
        method: view.method,
        path: view.path,
        query: if interest.query.all { query } else { "" },
        headers: request_headers(view.headers, &interest.headers, arena)?,
        query_parameters: parameters(query, &interest.query, arena)?,
        path_parameters: path_parameters(view, &interest.path, arena),
        context: context(view, &interest.context, arena),
        body: wanted(view.body, interest.body),
        extra: &[],
    })
}

/// A reply's record. What is not UTF-8 is shown as U+FFFD.
pub(super) fn reply<'a>(view: ReplyView<'a>, interest: &'a Interest, arena: &'a Bump) -> Reply<'a> {
    let shown = |(name, value): (&'a http::HeaderName, &'a http::HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (name.as_str(), keep(value, arena))
    };
    let headers = view.headers.iter();
    let wanted_headers = headers.filter(|(name, _)| interest.reply_headers.contain(name.as_str()));
    let extra = view.extra.iter();
    Reply {
        status: view.status.as_u16(),
        headers: gather(wanted_headers.map(shown), arena),
        body: wanted(view.body, interest.reply_body),
        extra: gather(extra.map(|(name, value)| (*name, value.as_str())), arena),
    }
}

fn gather<'a>(pairs: impl Iterator<Item = PairParam<'a>>, arena: &'a Bump) -> &'a [PairParam<'a>] {
    slice(&pairs.collect(), arena)
}

fn slice<'a>(pairs: &Pairs<'a>, arena: &'a Bump) -> &'a [PairParam<'a>] {
    match pairs.is_empty() {
        true => &[],
        false => arena.alloc_slice_copy(pairs),
    }
}

fn wanted(body: Option<&Bytes>, wanted: bool) -> Option<&[u8]> {
    body.filter(|_| wanted).map(|body| &**body)
}

fn request_headers<'a>(
    headers: &'a HeaderMap,
    names: &Names,
    arena: &'a Bump,
) -> Result<&'a [PairParam<'a>], Box<Refusal>> {
    if names.is_empty() {
        return Ok(&[]);
    }
    let mut pairs = Pairs::new();
    for (name, value) in headers {
        if names.contain(name.as_str()) {
            let value = std::str::from_utf8(value.as_bytes())
                .map_err(|_| unreadable("header", name.as_str()))?;
            pairs.push((name.as_str(), value));
        }
    }
    Ok(slice(&pairs, arena))
}

fn parameters<'a>(
    query: &'a str,
    names: &Names,
    arena: &'a Bump,
) -> Result<&'a [PairParam<'a>], Box<Refusal>> {
    if names.is_empty() || query.is_empty() {
        return Ok(&[]);
    }
    let mut pairs = Pairs::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let Some(name) = decode(name) else {
            // No name of an interest is spelt like that, so only those who want all of them can mean it.
            if names.all {
                return Err(unreadable("query parameter", name));
            }
            continue;
        };
        if names.contain(&name) {
            let value = decode(value).ok_or_else(|| unreadable("query parameter", &name))?;
            pairs.push((keep(name, arena), keep(value, arena)));
        }
    }
    Ok(slice(&pairs, arena))
}

fn path_parameters<'a>(
    view: RequestView<'a>,
    names: &Names,
    arena: &'a Bump,
) -> &'a [PairParam<'a>] {
    let parameters = view.parameters.iter();
    let wanted = parameters.filter(|(name, _)| names.contain(name));
    gather(wanted.map(|(name, value)| (&**name, value.as_str())), arena)
}

fn context<'a>(view: RequestView<'a>, names: &'a Names, arena: &'a Bump) -> &'a [PairParam<'a>] {
    if names.is_empty() {
        return &[];
    }
    let mut pairs = Pairs::new();
    if names.all {
        for (name, value) in view.context.all() {
            pairs.push((keep(name, arena), keep(value, arena)));
        }
    }
    let known = names.names.iter().filter(|_| !names.all);
    for name in known {
        if let Some(value) = view.context.get(name) {
            pairs.push((name.as_str(), keep(value, arena)));
        }
    }
    slice(&pairs, arena)
}

/// Percent-decodes once, `+` as a space; none where that is not UTF-8. What is no escape stands for itself.
fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.bytes().any(|byte| byte == b'%' || byte == b'+') {
        return Some(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let (byte, after) = match (first, after) {
            (b'+', _) => (b' ', after),
            (b'%', [high, low, later @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, later),
                _ => (b'%', after),
            },
            _ => (*first, after),
        };
        decoded.push(byte);
        rest = after;
    }
    String::from_utf8(decoded).ok().map(Cow::Owned)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16)?.try_into().ok()
}

fn keep<'a>(text: Cow<'a, str>, arena: &'a Bump) -> &'a str {
    match text {
        Cow::Borrowed(text) => text,
        Cow::Owned(text) => arena.alloc_str(&text),
    }
}

fn unreadable(kind: &str, name: &str) -> Box<Refusal> {
    Box::new(Refusal {
        status: StatusCode::BAD_REQUEST,
        message: Some(format!("{kind} `{name}` is not UTF-8")),
        headers: HeaderMap::new(),
        context: Vec::new(),
        details: None,
    })
}

#[cfg(test)]
mod tests;
