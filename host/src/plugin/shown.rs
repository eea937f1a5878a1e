//! What of a request and a reply a guest is shown: only what the interest asks for, borrowed from the pipeline.

use std::{borrow::Cow, convert::Infallible};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::{Interest, Names, Refusal, ReplyView, RequestView};

/// A request, as far as an interest goes. Names and values are given one pair after another.
#[derive(Clone, Copy)]
pub(super) struct ShownRequest<'a> {
    pub(super) view: RequestView<'a>,
    pub(super) interest: &'a Interest,
}

impl<'a> ShownRequest<'a> {
    /// The raw query, for those who want all of it.
    pub(super) fn query(self) -> &'a str {
        match self.interest.query.all {
            true => self.view.query.unwrap_or_default(),
            false => "",
        }
    }

    pub(super) fn body(self) -> Option<&'a [u8]> {
        wanted(self.view.body, self.interest.body)
    }

    /// Refused where the interest asks for a field that is not UTF-8.
    pub(super) fn headers(
        self,
        mut show: impl FnMut(Cow<'a, str>, Cow<'a, str>),
    ) -> Result<(), Box<Refusal>> {
        fields(self.view.headers, &self.interest.headers, |name, value| {
            let value = std::str::from_utf8(value.as_bytes());
            show(
                name.into(),
                value.map_err(|_| unreadable("header", name))?.into(),
            );
            Ok(())
        })
    }

    /// Decoded; refused where the interest asks for a parameter that is not UTF-8.
    pub(super) fn query_parameters(
        self,
        mut show: impl FnMut(Cow<'a, str>, Cow<'a, str>),
    ) -> Result<(), Box<Refusal>> {
        let names = &self.interest.query;
        let Some(query) = self.view.query.filter(|_| !names.is_empty()) else {
            return Ok(());
        };
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
                show(name, value);
            }
        }
        Ok(())
    }

    pub(super) fn path_parameters(self, mut show: impl FnMut(Cow<'a, str>, Cow<'a, str>)) {
        for (name, value) in self.view.parameters {
            if self.interest.path.contain(name) {
                show((&**name).into(), value.into());
            }
        }
    }

    pub(super) fn context(self, mut show: impl FnMut(Cow<'a, str>, Cow<'a, str>)) {
        let Names { all, names } = &self.interest.context;
        if *all {
            self.view
                .context
                .all()
                .for_each(|(name, value)| show(name, value));
            return;
        }
        for name in names {
            if let Some(value) = self.view.context.get(name) {
                show(name.into(), value);
            }
        }
    }
}

/// A reply, as far as an interest goes.
#[derive(Clone, Copy)]
pub(super) struct ShownReply<'a> {
    pub(super) view: ReplyView<'a>,
    pub(super) interest: &'a Interest,
}

impl<'a> ShownReply<'a> {
    pub(super) fn body(self) -> Option<&'a [u8]> {
        wanted(self.view.body, self.interest.reply_body)
    }

    /// What is not UTF-8 is shown as U+FFFD.
    pub(super) fn headers(self, mut show: impl FnMut(Cow<'a, str>, Cow<'a, str>)) {
        let Ok(()) = fields(
            self.view.headers,
            &self.interest.reply_headers,
            |name, value| {
                show(name.into(), String::from_utf8_lossy(value.as_bytes()));
                Ok::<_, Infallible>(())
            },
        );
    }

    pub(super) fn extra(self, mut show: impl FnMut(Cow<'a, str>, Cow<'a, str>)) {
        for (name, value) in self.view.extra {
            show((*name).into(), value.into());
        }
    }
}

/// The wanted fields in wire order. A single one is looked up, which is cheaper than to compare all with it.
fn fields<'a, E>(
    headers: &'a HeaderMap,
    names: &'a Names,
    mut show: impl FnMut(&'a str, &'a HeaderValue) -> Result<(), E>,
) -> Result<(), E> {
    if let (false, [name]) = (names.all, &*names.names) {
        let mut values = headers.get_all(name).iter();
        return values.try_for_each(|value| show(name, value));
    }
    if names.is_empty() {
        return Ok(());
    }
    for (name, value) in headers {
        if names.contain(name.as_str()) {
            show(name.as_str(), value)?;
        }
    }
    Ok(())
}

fn wanted(body: Option<&Bytes>, wanted: bool) -> Option<&[u8]> {
    body.filter(|_| wanted).map(|body| &**body)
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
