//! A second reader of HTTP/1.1, strict and slow: what a connection's bytes say, read without a look at the gateway's code.
//!
//! It takes a little more than the gateway does (any host, any target), so that what the gateway lets through must be
//! among what stands here.

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub body: Vec<u8>,
}

/// The requests at the beginning of these bytes, up to the first that is incomplete or wrong.
pub fn requests(mut bytes: &[u8]) -> Vec<Read> {
    let mut requests = Vec::new();
    while let Some((request, rest)) = request(bytes) {
        requests.push(request);
        bytes = rest;
    }
    requests
}

/// Whether a head as it was recorded can be read in one way only.
pub fn is_plain(head: &str) -> bool {
    let Some(Head { host, fields, .. }) = head_of(head) else {
        return false;
    };
    let named = |name: &str| fields.iter().filter(|(field, _)| field == name).count();
    let lengths = named("content-length") + named("transfer-encoding");
    host == 1 && lengths <= 1 && named("upgrade") == 0
}

struct Head {
    method: String,
    target: String,
    host: usize,
    fields: Vec<(String, String)>,
}

fn request(bytes: &[u8]) -> Option<(Read, &[u8])> {
    let bytes = bytes.strip_prefix(b"\r\n").unwrap_or(bytes);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    // One character a byte.
    let text: String = bytes[..end].iter().map(|byte| char::from(*byte)).collect();
    let head = head_of(&text)?;
    let values = |name: &str| {
        let named = head.fields.iter().filter(|(field, _)| field == name);
        named.map(|(_, value)| value.as_str()).collect::<Vec<_>>()
    };
    let rest = &bytes[end..];
    let (body, rest) = match (&*values("content-length"), &*values("transfer-encoding")) {
        ([], []) => (Vec::new(), rest),
        ([length], []) if length.bytes().all(|digit| digit.is_ascii_digit()) => {
            let (body, rest) = rest.split_at_checked(length.parse().ok()?)?;
            (body.to_vec(), rest)
        }
        ([], [coding]) if coding.eq_ignore_ascii_case("chunked") => chunked(rest)?,
        _ => return None,
    };
    let read = Read {
        method: head.method,
        target: head.target,
        body,
    };
    Some((read, rest))
}

fn head_of(text: &str) -> Option<Head> {
    let lines = text.strip_suffix("\r\n\r\n")?.split("\r\n");
    let mut lines = lines.map(|line| (!line.contains(['\r', '\n', '\0'])).then_some(line));
    let words = lines.next()??.split(' ').collect::<Vec<_>>();
    let [method, target, "HTTP/1.1" | "HTTP/1.0"] = *words else {
        return None;
    };
    let mut fields = Vec::new();
    for line in lines {
        let (name, value) = line?.split_once(':')?;
        let token =
            |letter: char| letter.is_ascii_graphic() && !"\"(),/:;<=>?@[\\]{}".contains(letter);
        if name.is_empty() || !name.chars().all(token) {
            return None;
        }
        fields.push((
            name.to_ascii_lowercase(),
            value.trim_matches([' ', '\t']).to_owned(),
        ));
    }
    Some(Head {
        method: method.to_owned(),
        target: origin(target),
        host: fields.iter().filter(|(name, _)| name == "host").count(),
        fields,
    })
}

/// Path and query of a target that may be a URL.
fn origin(target: &str) -> String {
    let Some((_, rest)) = target
        .split_once("://")
        .filter(|_| !target.starts_with('/'))
    else {
        return target.to_owned();
    };
    match rest.find(['/', '?']) {
        Some(at) if rest[at..].starts_with('/') => rest[at..].to_owned(),
        Some(at) => format!("/{}", &rest[at..]),
        None => "/".to_owned(),
    }
}

fn chunked(mut bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut body = Vec::new();
    loop {
        let (line, rest) = line(bytes)?;
        let size = line.split(|byte| *byte == b';').next()?;
        if size.is_empty() || !size.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let size = usize::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()?;
        if size == 0 {
            bytes = rest;
            break;
        }
        let (chunk, rest) = rest.split_at_checked(size)?;
        body.extend_from_slice(chunk);
        bytes = rest.strip_prefix(b"\r\n")?;
    }
    loop {
        let (trailer, rest) = line(bytes)?;
        bytes = rest;
        if trailer.is_empty() {
            return Some((body, bytes));
        }
    }
}

fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.windows(2).position(|two| two == b"\r\n")?;
    Some((&bytes[..end], &bytes[end + 2..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framing::{self, Outcome};

    #[test]
    fn good_cases_are_read() {
        for case in framing::cases() {
            if let Outcome::Reads(count) = case.outcome {
                assert_eq!(requests(&case.bytes).len(), count, "{}", case.name);
            }
        }
    }

    #[test]
    fn classics_are_not() {
        for bytes in [
            &b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"[..],
            b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\n\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\n X: b\r\n\r\n",
        ] {
            assert_eq!(requests(bytes), [], "{}", bytes.escape_ascii());
        }
    }
}
