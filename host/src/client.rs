//! Who a request comes from: the peer, or whom a trusted proxy names.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use ipnet::IpNet;

use crate::{config, forward::Peer, gateway::Gateway};

/// The other end of a connection. Made once a connection.
#[derive(Debug)]
pub(crate) struct Client {
    /// The peer, or whom its PROXY header names.
    pub(crate) peer: SocketAddr,
    /// As the upstream is told of it.
    pub(crate) hop: Peer,
    trusted: bool,
}

impl Client {
    pub(crate) fn new(peer: SocketAddr, local: SocketAddr, tls: bool, gateway: &Gateway) -> Client {
        let trusted = gateway.trusts(peer.ip().to_canonical());
        Client {
            peer,
            hop: Peer::new(peer, local, tls, trusted),
            trusted,
        }
    }

    /// Whether it speaks for others.
    pub(crate) fn is_proxy(&self) -> bool {
        self.trusted
    }

    /// The client's address: the peer's, or what trusted proxies say of it.
    pub(crate) fn address<B>(&self, request: &http::Request<B>, gateway: &Gateway) -> IpAddr {
        let peer = self.peer.ip().to_canonical();
        match self.trusted {
            false => peer,
            true => forwarded(peer, request.headers(), gateway.trusted_proxies()),
        }
    }
}

/// The last address of `X-Forwarded-For`, else of `Forwarded`, that is no trusted proxy: what is left of it could
/// have been written by anybody.
fn forwarded(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let x_forwarded: Vec<_> = lines(headers, "x-forwarded-for")
        .flat_map(|line| line.split(','))
        .map(|element| address(element.trim()))
        .collect();
    let hops = match x_forwarded.is_empty() {
        false => x_forwarded,
        true => lines(headers, "forwarded")
            .flat_map(|line| split(line, ','))
            .map(for_parameter)
            .collect(),
    };
    let mut nearest = peer;
    for hop in hops.into_iter().rev() {
        let Some(hop) = hop else {
            break;
        };
        nearest = hop;
        if !config::trusts(trusted, hop) {
            break;
        }
    }
    nearest
}

fn lines<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).into_iter();
    lines.map(|line| line.to_str().unwrap_or("unknown"))
}

/// The parts of a text between separators; what stands in quotes, as a host that the client chose may, separates
/// nothing.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |letter| {
        let separates = letter == separator && !quoted;
        match letter {
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = quoted && letter == '\\' && !escaped;
        separates
    })
}

/// RFC 7239, section 4: the `for` parameter of an element.
fn for_parameter(element: &str) -> Option<IpAddr> {
    let mut pairs = split(element, ';').filter_map(|pair| pair.split_once('='));
    let (_, node) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    address(node.trim().trim_matches('"'))
}

/// An address with or without a port; IPv6 may stand in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.split(']').next())
        .unwrap_or(text);
    let parsed = bare.parse().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    parsed
        .or_else(with_port)
        .map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn seen(name: &'static str, value: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        forwarded("10.0.0.1".parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn last_untrusted_hop_is_the_client() {
        let seen = |value| seen("x-forwarded-for", value);
        assert_eq!(seen("203.0.113.7"), "203.0.113.7");
        assert_eq!(seen("6.6.6.6, 203.0.113.7, 10.1.1.1"), "203.0.113.7");
        assert_eq!(seen("203.0.113.7:4711"), "203.0.113.7");
        assert_eq!(seen("[2001:db8::1]:4711"), "2001:db8::1");
        assert_eq!(seen("6.6.6.6, nonsense, 10.1.1.1"), "10.1.1.1");
        assert_eq!(seen("::ffff:203.0.113.7"), "203.0.113.7");
    }

    #[test]
    fn forwarded_is_read_too() {
        let seen = |value| seen("forwarded", value);
        assert_eq!(seen("for=203.0.113.7;proto=https"), "203.0.113.7");
        assert_eq!(seen(r#"proto=http; For="[2001:db8::1]:80""#), "2001:db8::1");
        assert_eq!(seen("for=_hidden"), "10.0.0.1");
        assert_eq!(
            seen(r#"for=203.0.113.7;host="a, for=6.6.6.6""#),
            "203.0.113.7"
        );
        assert_eq!(
            seen(r#"host="a\";for=6.6.6.6;";for=203.0.113.7"#),
            "203.0.113.7"
        );
    }
}
