//! A host with an optional port, as `Host`, `:authority` and URLs have it.

use std::net::Ipv6Addr;

/// Whether these bytes are one: a DNS name or IPv4 address, or an IPv6 address in brackets. Narrower than RFC 3986,
/// whose names may have commas, quotes and percent signs, which servers read differently and no DNS name has.
pub(crate) fn is_valid(bytes: &[u8]) -> bool {
    let (host, port) = match bytes.strip_prefix(b"[") {
        None => {
            let colon = memchr::memchr(b':', bytes).unwrap_or(bytes.len());
            let (name, port) = bytes.split_at(colon);
            (!name.is_empty() && name.iter().all(is_name), port)
        }
        Some(rest) => {
            let Some(end) = memchr::memchr(b']', rest) else {
                return false;
            };
            (is_ipv6(&rest[..end]), &rest[end + 1..])
        }
    };
    host && is_port(port)
}

fn is_name(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn is_ipv6(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes);
    text.is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok())
}

/// Nothing, or a colon and a number that may be missing (RFC 3986, section 3.2.3).
fn is_port(bytes: &[u8]) -> bool {
    let Some((colon, digits)) = bytes.split_first() else {
        return true;
    };
    let number = digits.iter().try_fold(0_u16, |number, digit| match digit {
        b'0'..=b'9' => number.checked_mul(10)?.checked_add(u16::from(digit - b'0')),
        _ => None,
    });
    *colon == b':' && digits.len() <= 5 && number.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_hosts() {
        for host in [
            "a",
            "example.com",
            "example.com:80",
            "example.com:",
            "127.0.0.1:65535",
            "[::1]",
            "[2001:db8::1]:443",
            "xn--nxasmq6b_x~1",
        ] {
            assert!(is_valid(host.as_bytes()), "{host}");
        }
    }

    #[test]
    fn what_could_be_read_differently_is_no_host() {
        for host in [
            "",
            ":80",
            "a b",
            "a,b",
            "a/b",
            "a@b",
            "a?b",
            "a:80:81",
            "a:65536",
            "a:+80",
            "a:8x",
            "a:000080",
            "[::1",
            "[::1]x",
            "[]",
            "[::1%25eth0]",
            "::1",
            "a%2eb",
            "é",
            "a\\b",
        ] {
            assert!(!is_valid(host.as_bytes()), "{host}");
        }
    }
}
