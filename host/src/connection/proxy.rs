//! The PROXY protocol, versions 1 and 2: a proxy in front of us says whose connection it passes on.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use memchr::memchr;
use tokio::io::AsyncRead;

use super::begun::Begun;

/// The client's address and the one that it connected to; none where the proxy speaks for itself.
pub(super) type Ends = Option<(SocketAddr, SocketAddr)>;

/// Why a connection does not begin as it must.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection does not begin with a PROXY header")]
pub(super) struct ProxyRefused;

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// The longest header of version 1, line end included.
const LONGEST: usize = 107;

/// A header of version 2 with more beside its addresses is nothing that a proxy needs to say.
const LARGEST: usize = 2048;

/// Reads the header off a connection; bytes behind it stay.
pub(super) async fn read(stream: &mut Begun<impl AsyncRead + Unpin>) -> io::Result<Ends> {
    loop {
        let parsed = parse(stream.first());
        if let Some((length, ends)) = parsed.map_err(io::Error::other)? {
            stream.consume(length);
            return Ok(ends);
        }
        if !stream.read_more().await? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// The header's length and content, once all of it is there.
fn parse(bytes: &[u8]) -> Result<Option<(usize, Ends)>, ProxyRefused> {
    let known = bytes.len().min(SIGNATURE.len());
    if bytes[..known] == SIGNATURE[..known] {
        return binary(bytes);
    }
    let known = bytes.len().min(6);
    if bytes[..known] != b"PROXY "[..known] {
        return Err(ProxyRefused);
    }
    let within = &bytes[..bytes.len().min(LONGEST)];
    match memchr(b'\n', within) {
        Some(end) => text(&bytes[6..end]).map(|ends| Some((end + 1, ends))),
        None if bytes.len() >= LONGEST => Err(ProxyRefused),
        None => Ok(None),
    }
}

/// What stands in version 1 between `PROXY ` and the line feed.
fn text(line: &[u8]) -> Result<Ends, ProxyRefused> {
    let line = line.strip_suffix(b"\r").ok_or(ProxyRefused)?;
    let line = std::str::from_utf8(line).map_err(|_| ProxyRefused)?;
    let words = line.split(' ').collect::<Vec<_>>();
    match *words {
        ["UNKNOWN", ..] => Ok(None),
        ["TCP4", from, to, from_port, to_port] => {
            let ends = (
                of::<Ipv4Addr>(from, from_port)?,
                of::<Ipv4Addr>(to, to_port)?,
            );
            Ok(Some(ends))
        }
        ["TCP6", from, to, from_port, to_port] => {
            let ends = (
                of::<Ipv6Addr>(from, from_port)?,
                of::<Ipv6Addr>(to, to_port)?,
            );
            Ok(Some(ends))
        }
        _ => Err(ProxyRefused),
    }
}

fn of<A: FromStr + Into<IpAddr>>(address: &str, port: &str) -> Result<SocketAddr, ProxyRefused> {
    let address = address.parse::<A>().map_err(|_| ProxyRefused)?;
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ProxyRefused);
    }
    let port = port.parse().map_err(|_| ProxyRefused)?;
    Ok(SocketAddr::new(address.into(), port))
}

/// Version 2: signature, version and command, family, length, addresses, and what we do not ask for.
fn binary(bytes: &[u8]) -> Result<Option<(usize, Ends)>, ProxyRefused> {
    let Some(([command, family, high, low], rest)) = bytes
        .get(SIGNATURE.len()..)
        .and_then(<[u8]>::split_first_chunk)
    else {
        return Ok(None);
    };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    let total = SIGNATURE.len() + 4 + length;
    if total > LARGEST {
        return Err(ProxyRefused);
    }
    let Some(body) = rest.get(..length) else {
        return Ok(None);
    };
    let ends = match (command, family) {
        (0x20, _) | (0x21, 0x00) => None,
        (0x21, 0x11) => Some(addresses::<4>(body)?),
        (0x21, 0x21) => Some(addresses::<16>(body)?),
        _ => return Err(ProxyRefused),
    };
    Ok(Some((total, ends)))
}

/// Source and destination address, then their ports.
fn addresses<const N: usize>(body: &[u8]) -> Result<(SocketAddr, SocketAddr), ProxyRefused>
where
    IpAddr: From<[u8; N]>,
{
    let (from, rest) = body.split_first_chunk::<N>().ok_or(ProxyRefused)?;
    let (to, rest) = rest.split_first_chunk::<N>().ok_or(ProxyRefused)?;
    let (ports, _) = rest.split_first_chunk::<4>().ok_or(ProxyRefused)?;
    let port = |at: usize| u16::from_be_bytes([ports[at], ports[at + 1]]);
    Ok((
        SocketAddr::new(IpAddr::from(*from), port(0)),
        SocketAddr::new(IpAddr::from(*to), port(2)),
    ))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn ends(bytes: &[u8]) -> Option<(String, String)> {
        let (length, ends) = parse(bytes).unwrap().unwrap();
        assert_eq!(length, bytes.len());
        ends.map(|(from, to)| (from.to_string(), to.to_string()))
    }

    fn binary(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        [SIGNATURE, &[command, family], &length, body].concat()
    }

    #[test]
    fn text_names_both_ends() {
        let line = b"PROXY TCP4 203.0.113.7 10.0.0.1 4711 443\r\n";
        let expected = ("203.0.113.7:4711".to_owned(), "10.0.0.1:443".to_owned());
        assert_eq!(ends(line), Some(expected));
        let line = b"PROXY TCP6 2001:db8::1 ::1 4711 443\r\n";
        let expected = ("[2001:db8::1]:4711".to_owned(), "[::1]:443".to_owned());
        assert_eq!(ends(line), Some(expected));
        assert_eq!(ends(b"PROXY UNKNOWN\r\n"), None);
        assert_eq!(ends(b"PROXY UNKNOWN ff::1 ff::1 1 2\r\n"), None);
    }

    #[test]
    fn binary_names_both_ends() {
        let body = [203, 0, 113, 7, 10, 0, 0, 1, 0x12, 0x67, 0x01, 0xbb];
        let expected = ("203.0.113.7:4711".to_owned(), "10.0.0.1:443".to_owned());
        assert_eq!(ends(&binary(0x21, 0x11, &body)), Some(expected.clone()));
        let with_more = [&body[..], b"\x04\x00\x01x"].concat();
        assert_eq!(ends(&binary(0x21, 0x11, &with_more)), Some(expected));
        assert_eq!(ends(&binary(0x20, 0x00, b"")), None);
    }

    #[test]
    fn every_part_of_a_header_waits_for_the_rest() {
        let body = [0; 36];
        for header in [
            b"PROXY TCP4 203.0.113.7 10.0.0.1 4711 443\r\n".to_vec(),
            binary(0x21, 0x21, &body),
        ] {
            for length in 0..header.len() {
                assert_eq!(parse(&header[..length]), Ok(None), "{length}");
            }
            let more = [&header[..], b"GET / HTTP/1.1\r\n"].concat();
            assert_eq!(parse(&more).unwrap().unwrap().0, header.len());
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(100));
        let large = binary(0x20, 0, &[0; 3000]);
        let cases: [&[u8]; 13] = [
            b"GET / HTTP/1.1\r\n",
            b"PROXY TCP4 203.0.113.7 10.0.0.1 4711 443\n",
            b"PROXY TCP4 203.0.113.7 10.0.0.1 4711\r\n",
            b"PROXY TCP4 203.0.113.7 10.0.0.1 4711 443 1\r\n",
            b"PROXY TCP4 203.0.113.7 10.0.0.1 4711 65536\r\n",
            b"PROXY TCP4 203.0.113.7 10.0.0.1 +4711 443\r\n",
            b"PROXY TCP4 2001:db8::1 ::1 4711 443\r\n",
            b"PROXY  TCP4 203.0.113.7 10.0.0.1 4711 443\r\n",
            b"PROXY UDP4 203.0.113.7 10.0.0.1 4711 443\r\n",
            long.as_bytes(),
            &large,
            &binary(0x31, 0x11, &[0; 12]),
            &binary(0x21, 0x11, &[0; 11]),
        ];
        for case in cases {
            assert_eq!(
                parse(case),
                Err(ProxyRefused),
                "{}",
                String::from_utf8_lossy(case)
            );
        }
    }
}
