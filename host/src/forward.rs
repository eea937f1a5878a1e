//! What a gateway changes in a message that it passes on: hop-by-hop fields go, forwarding fields come.
//!
//! RFC 9110 section 7.6, RFC 7239. `receive` runs before any plugin sees the request, so that a client cannot name
//! a field in `Connection` that a plugin sets later; `announce` runs after all of them, so that nobody can forge one.

use std::{cell::RefCell, fmt::Write, net::SocketAddr};

use http::{
    HeaderMap, HeaderName, HeaderValue, Version,
    header::{CONNECTION, COOKIE, FORWARDED, HOST, TE, UPGRADE, VIA},
};

mod trailers;

pub(crate) use trailers::Sieve;

/// The connection's other end as the upstream is told of it. Made once a connection.
#[derive(Debug)]
pub(crate) struct Peer {
    /// The peer's address alone, as `X-Forwarded-For` has it.
    address: HeaderValue,
    /// The peer's address as RFC 7239 has it, quoted where it must be.
    node: String,
    port: HeaderValue,
    scheme: &'static str,
    /// Whether the peer is a trusted proxy, whose forwarding fields are kept and added to.
    trusted: bool,
    /// The last `Forwarded` element and the host that it was made for; connections rarely change theirs.
    element: RefCell<Option<(HeaderValue, HeaderValue)>>,
}

/// What the hop-by-hop fields of a request said.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Hop {
    /// The protocol that the client would like to go on with. Only `websocket` is passed on: `h2c` would be a way
    /// around every check, since the requests that follow the switch are the upstream's alone.
    pub upgrade: Option<HeaderValue>,
    /// Whether the client takes trailers.
    pub trailers: bool,
}

/// The field that carries the request's id, to the client and to the upstream.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("apigw-requestid");

/// Fields that [`announce`] sets.
const ANNOUNCED: usize = 7;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

impl Peer {
    /// The peer of a connection that was accepted on `local`.
    pub(crate) fn new(peer: SocketAddr, local: SocketAddr, tls: bool, trusted: bool) -> Peer {
        let ip = peer.ip().to_canonical();
        Peer {
            address: text(&ip.to_string()),
            node: match ip.is_ipv6() {
                true => format!("\"[{ip}]\""),
                false => ip.to_string(),
            },
            port: HeaderValue::from(local.port()),
            scheme: if tls { "https" } else { "http" },
            trusted,
            element: RefCell::default(),
        }
    }

    /// This hop's element of `Forwarded`.
    fn element(&self, host: Option<&HeaderValue>) -> HeaderValue {
        let Some(host) = host else {
            return text(&format!("for={};proto={}", self.node, self.scheme));
        };
        let mut last = self.element.borrow_mut();
        if let Some((known, element)) = &*last
            && known == host
        {
            return element.clone();
        }
        let element = self.write_element(host);
        *last = Some((host.clone(), element.clone()));
        element
    }

    fn write_element(&self, host: &HeaderValue) -> HeaderValue {
        let mut element = format!("for={}", self.node);
        // A host that would have to be escaped cannot be right, and is left out.
        if let Ok(host) = host.to_str()
            && !host.contains(['"', '\\'])
        {
            let quote = if host.bytes().all(is_token) { "" } else { "\"" };
            let _ = write!(element, ";host={quote}{host}{quote}");
        }
        let _ = write!(element, ";proto={}", self.scheme);
        text(&element)
    }
}

/// Takes the hop-by-hop fields out of a client's request, and every field that `Connection` names.
pub(crate) fn receive(headers: &mut HeaderMap) -> Hop {
    let doomed = hop_by_hop(headers);
    // Most requests have none, and are done after one look at each name.
    if doomed.is_empty() {
        return Hop::default();
    }
    let hop = Hop {
        upgrade: upgrade(headers).filter(is_websocket),
        trailers: names(headers, &TE, "trailers"),
    };
    drop_fields(headers, doomed);
    hop
}

/// Joins the cookies that HTTP/2 may send in fields of their own; nobody else takes more than one field (RFC 9113,
/// section 8.2.3).
pub(crate) fn join_cookies(headers: &mut HeaderMap) {
    let cookies = headers.get_all(COOKIE);
    if cookies.iter().nth(1).is_none() {
        return;
    }
    let cookies: Vec<_> = cookies.iter().map(HeaderValue::as_bytes).collect();
    let joined = bytes::Bytes::from(cookies.join(&b"; "[..]));
    if let Ok(joined) = HeaderValue::from_maybe_shared(joined) {
        headers.insert(COOKIE, joined);
    }
}

/// Takes out the fields with `_` in their names. CGI, WSGI and PHP read `X_User` and `X-User` as one variable, so by the
/// one a client could forge the other, which a plugin or the gateway sets.
pub(crate) fn drop_twins(headers: &mut HeaderMap) {
    let twins = headers.keys().filter(|name| has_twin(name));
    // Most requests have none, and nothing is allocated for them.
    for name in twins.cloned().collect::<Vec<_>>() {
        headers.remove(name);
    }
}

/// Takes the hop-by-hop fields out of an upstream's response. Gives the protocol that it switches to, if it does.
pub(crate) fn reply(headers: &mut HeaderMap) -> Option<HeaderValue> {
    let doomed = hop_by_hop(headers);
    if doomed.is_empty() {
        return None;
    }
    let upgrade = upgrade(headers);
    drop_fields(headers, doomed);
    upgrade
}

/// Tells the upstream who asked, over what, and under which id. `headers` still has the client's `Host`.
pub(crate) fn announce(headers: &mut HeaderMap, peer: &Peer, version: Version, id: &HeaderValue) {
    let host = headers.get(HOST).cloned();
    // The map grows once rather than bit by bit.
    let _ = headers.try_reserve(ANNOUNCED);
    if peer.trusted {
        append(headers, X_FORWARDED_FOR, &peer.address);
        append(headers, FORWARDED, &peer.element(host.as_ref()));
        keep(headers, X_FORWARDED_PROTO, || {
            HeaderValue::from_static(peer.scheme)
        });
        keep(headers, X_FORWARDED_PORT, || peer.port.clone());
        if let Some(host) = host {
            keep(headers, X_FORWARDED_HOST, || host);
        }
    } else {
        headers.insert(X_FORWARDED_FOR, peer.address.clone());
        headers.insert(FORWARDED, peer.element(host.as_ref()));
        headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static(peer.scheme));
        headers.insert(X_FORWARDED_PORT, peer.port.clone());
        match host {
            Some(host) => headers.insert(X_FORWARDED_HOST, host),
            None => headers.remove(X_FORWARDED_HOST),
        };
        headers.remove(X_REAL_IP);
    }
    headers.append(VIA, via(version));
    headers.insert(REQUEST_ID, id.clone());
}

/// Says to the other side that the connection is to switch to `protocol`.
pub(crate) fn switch(headers: &mut HeaderMap, protocol: HeaderValue) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, protocol);
}

/// The fields of a message that end here.
fn hop_by_hop(headers: &HeaderMap) -> Vec<HeaderName> {
    let doomed = headers.keys().filter(|name| ends_here(name));
    doomed.cloned().collect()
}

fn ends_here(name: &HeaderName) -> bool {
    match name.as_str() {
        "connection" | "keep-alive" | "proxy-connection" | "te" | "transfer-encoding"
        | "upgrade" | "http2-settings" => true,
        // They are about this hop's own proxy (RFC 9110 11.7).
        "proxy-authorization" | "proxy-authenticate" => true,
        // The server side answers it with 100 when the body is first read, and the client side does not wait.
        "expect" => true,
        _ => false,
    }
}

/// Whether [`announce`] sets a field, or the next proxy may take it for one that it does.
fn is_announced(name: &HeaderName) -> bool {
    [FORWARDED, VIA, REQUEST_ID, X_REAL_IP].contains(name)
        || name.as_str().starts_with("x-forwarded-")
}

fn has_twin(name: &HeaderName) -> bool {
    memchr::memchr(b'_', name.as_str().as_bytes()).is_some()
}

fn drop_fields(headers: &mut HeaderMap, doomed: Vec<HeaderName>) {
    let named = connection_names(headers);
    for name in doomed.into_iter().chain(named) {
        headers.remove(name);
    }
}

/// The fields that `Connection` names, without those that go in any case.
fn connection_names(headers: &HeaderMap) -> Vec<HeaderName> {
    const KNOWN: [&str; 4] = ["keep-alive", "close", "upgrade", "te"];
    let mut names = Vec::new();
    for value in headers.get_all(CONNECTION) {
        let elements = value.as_bytes().split(|byte| *byte == b',');
        for element in elements.map(<[u8]>::trim_ascii) {
            if !KNOWN
                .iter()
                .any(|known| element.eq_ignore_ascii_case(known.as_bytes()))
            {
                names.extend(HeaderName::from_bytes(element));
            }
        }
    }
    names
}

/// What the sender would like to switch to, or switches to.
fn upgrade(headers: &HeaderMap) -> Option<HeaderValue> {
    match names(headers, &CONNECTION, "upgrade") {
        true => headers.get(UPGRADE).cloned(),
        false => None,
    }
}

fn is_websocket(protocol: &HeaderValue) -> bool {
    protocol.as_bytes().eq_ignore_ascii_case(b"websocket")
}

/// Whether a list field has this element.
fn names(headers: &HeaderMap, field: &HeaderName, element: &str) -> bool {
    headers.get_all(field).iter().any(|value| {
        let mut elements = value.as_bytes().split(|byte| *byte == b',');
        elements.any(|found| found.trim_ascii().eq_ignore_ascii_case(element.as_bytes()))
    })
}

/// Adds an element to a list that stays one field, since some servers read only the first or the last.
fn append(headers: &mut HeaderMap, field: HeaderName, element: &HeaderValue) {
    let mut list = Vec::new();
    for value in headers.get_all(&field) {
        list.extend_from_slice(value.as_bytes());
        list.extend_from_slice(b", ");
    }
    if list.is_empty() {
        headers.insert(field, element.clone());
        return;
    }
    list.extend_from_slice(element.as_bytes());
    if let Ok(list) = HeaderValue::from_maybe_shared(bytes::Bytes::from(list)) {
        headers.insert(field, list);
    }
}

/// Sets a field unless a trusted proxy has set it already.
fn keep(headers: &mut HeaderMap, field: HeaderName, value: impl FnOnce() -> HeaderValue) {
    headers.entry(field).or_insert_with(value);
}

fn via(version: Version) -> HeaderValue {
    HeaderValue::from_static(match version {
        Version::HTTP_10 => "1.0 wasmgate",
        Version::HTTP_2 => "2.0 wasmgate",
        _ => "1.1 wasmgate",
    })
}

/// A value made of addresses, tokens and checked hosts only.
fn text(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static("for=unknown"))
}

/// RFC 9110 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests;
