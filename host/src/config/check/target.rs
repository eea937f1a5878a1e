//! URLs of upstreams: an origin, and a path where one is written.

use std::net::Ipv6Addr;

use crate::config::Target;

/// A URL of a server.
#[derive(Debug, PartialEq)]
pub(super) struct Url<'a> {
    pub(super) target: Target,
    /// The path and query, beginning with `/`; empty where none is written.
    pub(super) path: &'a str,
}

/// Why a text is not the URL of a server.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum InvalidUrl {
    #[error("the scheme has to be `http` or `https`")]
    Scheme,
    #[error("a user name or password does not belong into it")]
    User,
    #[error("a fragment never reaches a server")]
    Fragment,
    #[error("the host is not a name or an address")]
    Host,
    #[error("the port is not a number from 1 to 65535")]
    Port,
}

/// Reads `http://host:port/path`.
pub(super) fn parse(text: &str) -> Result<Url<'_>, InvalidUrl> {
    let (scheme, rest) = text.split_once("://").ok_or(InvalidUrl::Scheme)?;
    let (tls, default) = match scheme.to_ascii_lowercase().as_str() {
        "http" => (false, 80),
        "https" => (true, 443),
        _ => return Err(InvalidUrl::Scheme),
    };
    if rest.contains('#') {
        return Err(InvalidUrl::Fragment);
    }
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(InvalidUrl::User);
    }
    if authority.starts_with('[') && !authority.contains(']') {
        return Err(InvalidUrl::Host);
    }
    let after_address = authority.rfind(']').map_or(0, |end| end + 1);
    let (host, port) = match authority[after_address..].find(':') {
        None => (authority, default),
        Some(colon) => {
            let (host, port) = authority.split_at(after_address + colon);
            (host, port_of(&port[1..]).ok_or(InvalidUrl::Port)?)
        }
    };
    let host = host_of(host).ok_or(InvalidUrl::Host)?;
    let target = Target { tls, host, port };
    Ok(Url { target, path })
}

/// The origin of a server as text, which is the name of an upstream that has no other.
pub(super) fn origin(target: &Target) -> String {
    let scheme = if target.tls { "https" } else { "http" };
    match target.host.contains(':') {
        true => format!("{scheme}://[{}]:{}", target.host, target.port),
        false => format!("{scheme}://{}:{}", target.host, target.port),
    }
}

fn port_of(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port > 0)
}

fn host_of(text: &str) -> Option<String> {
    match text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
    {
        Some(address) => address
            .parse::<Ipv6Addr>()
            .ok()
            .map(|address| address.to_string()),
        None => is_name(text).then(|| text.to_ascii_lowercase()),
    }
}

/// Whether a text is a host name (RFC 1123, with `_` as many have it) or an IPv4 address.
pub(super) fn is_name(text: &str) -> bool {
    let label = |label: &str| {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (1..=63).contains(&label.len())
            && label.bytes().all(letter)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(label)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let cases = [
            ("http://h", "http://h:80", ""),
            (
                "HTTPS://Host.example:8443/a?b=c",
                "https://host.example:8443",
                "/a?b=c",
            ),
            ("http://[::1]:9000/", "http://[::1]:9000", "/"),
            ("http://10.0.0.1/{proxy}", "http://10.0.0.1:80", "/{proxy}"),
        ];
        for (text, expected, path) in cases {
            let url = parse(text).unwrap();
            assert_eq!((origin(&url.target).as_str(), url.path), (expected, path));
        }
    }

    #[test]
    fn other_urls_are_refused() {
        let cases = [
            ("ftp://h", InvalidUrl::Scheme),
            ("h:80", InvalidUrl::Scheme),
            ("http://u:p@h", InvalidUrl::User),
            ("http://h/#a", InvalidUrl::Fragment),
            ("http://", InvalidUrl::Host),
            ("http://a..b", InvalidUrl::Host),
            ("http://[::1", InvalidUrl::Host),
            ("http://a b", InvalidUrl::Host),
            ("http://h:", InvalidUrl::Port),
            ("http://h:0", InvalidUrl::Port),
            ("http://h:+1", InvalidUrl::Port),
            ("http://h:65536", InvalidUrl::Port),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Err(expected), "{text}");
        }
    }
}
