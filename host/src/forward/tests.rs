#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn shown(headers: &HeaderMap) -> Vec<String> {
    let mut lines: Vec<_> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    lines
}

fn peer(address: &str, trusted: bool) -> Peer {
    let local = "10.0.0.1:8443".parse().unwrap();
    Peer::new(address.parse().unwrap(), local, true, trusted)
}

/// Names and values, as they come in.
type Fields = &'static [(&'static str, &'static str)];

#[test]
fn hop_by_hop_fields_are_dropped() {
    let cases: [(Fields, &[&str]); 5] = [
        (&[("connection", "close"), ("a", "1")], &["a: 1"]),
        (
            &[
                ("connection", "keep-alive, X-Secret"),
                ("x-secret", "1"),
                ("a", "1"),
            ],
            &["a: 1"],
        ),
        (
            &[
                ("connection", "b"),
                ("connection", " c ,,"),
                ("b", "1"),
                ("c", "2"),
                ("a", "1"),
            ],
            &["a: 1"],
        ),
        (
            &[
                ("te", "trailers"),
                ("keep-alive", "timeout=5"),
                ("proxy-connection", "keep-alive"),
                ("transfer-encoding", "chunked"),
                ("upgrade", "h2c"),
                ("http2-settings", "AAMAAABkAAQ"),
                ("proxy-authorization", "Basic eA=="),
                ("expect", "100-continue"),
                ("trailer", "x"),
            ],
            &["trailer: x"],
        ),
        (&[("connection", "not a name"), ("a", "1")], &["a: 1"]),
    ];
    for (before, after) in cases {
        let mut headers = headers(before);
        receive(&mut headers);
        assert_eq!(shown(&headers), after, "{before:?}");
    }
}

#[test]
fn hop_tells_what_was_asked() {
    let mut websocket = headers(&[
        ("connection", "keep-alive, Upgrade"),
        ("upgrade", "websocket"),
    ]);
    assert_eq!(receive(&mut websocket).upgrade.unwrap(), "websocket");
    let mut h2c = headers(&[("connection", "upgrade"), ("upgrade", "h2c")]);
    assert_eq!(receive(&mut h2c).upgrade, None);
    let mut unasked = headers(&[("upgrade", "h2c")]);
    assert_eq!(receive(&mut unasked), Hop::default());
    let mut grpc = headers(&[("te", "gzip;q=0.5, Trailers")]);
    assert!(receive(&mut grpc).trailers);
}

#[test]
fn forged_fields_are_replaced() {
    let mut headers = headers(&[
        ("host", "api.example"),
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-for", "7.7.7.7"),
        ("x-forwarded-proto", "gopher"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-port", "1"),
        ("x-real-ip", "6.6.6.6"),
        ("forwarded", "for=6.6.6.6"),
    ]);
    let id = HeaderValue::from_static("id-1");
    announce(
        &mut headers,
        &peer("192.0.2.7:99", false),
        Version::HTTP_11,
        &id,
    );
    assert_eq!(
        shown(&headers),
        [
            "apigw-requestid: id-1",
            "forwarded: for=192.0.2.7;host=api.example;proto=https",
            "host: api.example",
            "via: 1.1 wasmgate",
            "x-forwarded-for: 192.0.2.7",
            "x-forwarded-host: api.example",
            "x-forwarded-port: 8443",
            "x-forwarded-proto: https",
        ]
    );
}

#[test]
fn trusted_fields_are_added_to() {
    let mut headers = headers(&[
        ("host", "inner:8080"),
        ("x-forwarded-for", "203.0.113.5"),
        ("x-forwarded-for", "198.51.100.1"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-host", "shop.example"),
        ("forwarded", "for=203.0.113.5"),
        ("via", "1.0 edge"),
    ]);
    let id = HeaderValue::from_static("id-1");
    announce(
        &mut headers,
        &peer("[2001:db8::1]:99", true),
        Version::HTTP_2,
        &id,
    );
    assert_eq!(
        shown(&headers),
        [
            "apigw-requestid: id-1",
            "forwarded: for=203.0.113.5, for=\"[2001:db8::1]\";host=\"inner:8080\";proto=https",
            "host: inner:8080",
            "via: 1.0 edge",
            "via: 2.0 wasmgate",
            "x-forwarded-for: 203.0.113.5, 198.51.100.1, 2001:db8::1",
            "x-forwarded-host: shop.example",
            "x-forwarded-port: 8443",
            "x-forwarded-proto: http",
        ]
    );
}

#[test]
fn hosts_change_within_a_connection() {
    let peer = peer("192.0.2.7:99", false);
    for host in ["a.example", "a.example", "b.example"] {
        let mut headers = headers(&[("host", host)]);
        announce(
            &mut headers,
            &peer,
            Version::HTTP_11,
            &HeaderValue::from_static("i"),
        );
        let expected = format!("for=192.0.2.7;host={host};proto=https");
        assert_eq!(headers[FORWARDED], expected);
    }
}

#[test]
fn mapped_addresses_are_shown_as_ipv4() {
    assert_eq!(peer("[::ffff:192.0.2.7]:99", false).address, "192.0.2.7");
}

#[test]
fn reply_keeps_end_to_end_fields() {
    let mut fields = headers(&[
        ("connection", "x-internal"),
        ("x-internal", "1"),
        ("transfer-encoding", "chunked"),
        ("proxy-authenticate", "Basic"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
    ]);
    assert_eq!(reply(&mut fields), None);
    assert_eq!(shown(&fields), ["set-cookie: a=1", "set-cookie: b=2"]);
}
