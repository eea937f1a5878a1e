//! The target of a request: what could be read in two ways is refused, so that router, plugins and upstream see the same.

use bytes::Bytes;
use http::{HeaderValue, Method, Uri, Version, header::HOST, uri::PathAndQuery};

use super::host;

/// Why a target is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum TargetRefused {
    #[error("the path does not begin with `/`")]
    Relative,
    #[error("the path has a dot segment, plain or encoded")]
    DotSegment,
    #[error("the path has an encoded NUL")]
    Nul,
    #[error("the path has a backslash")]
    Backslash,
    #[error("the path has a `%` that no two hexadecimal digits follow")]
    Percent,
    #[error("the path has a character that must be percent-encoded")]
    Character,
    #[error("the method `CONNECT` makes a tunnel, which this is not")]
    Connect,
    #[error("the target names another host than the field `Host`")]
    OtherHost,
    #[error("no host is named, more than one, or one that is none")]
    Host,
}

/// Checks the target of a request in whatever version it came.
pub(crate) fn check<B>(request: &http::Request<B>) -> Result<(), TargetRefused> {
    if request.method() == Method::CONNECT {
        return Err(TargetRefused::Connect);
    }
    check_authority(request)?;
    check_path(request.uri().path())
}

/// Writes characters as themselves that need no encoding: `/%61dmin` is `/admin` to every upstream (RFC 3986, section
/// 6.2.2.2), so it must be to the router and to policies. [`check`] comes after it, and refuses dots that are segments.
pub(crate) fn normalize<B>(request: &mut http::Request<B>) {
    let uri = request.uri();
    let Some(path) = normal(uri.path()) else {
        return;
    };
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = uri.clone().into_parts();
    // What it was made of was a target already; should it be none any more, it stays as it came.
    parts.path_and_query = PathAndQuery::from_maybe_shared(Bytes::from(target)).ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

/// A path without needless encodings; none where it has none.
fn normal(path: &str) -> Option<String> {
    // Most paths have nothing encoded, and cost one look.
    let (before, encoded) = path.split_once('%')?;
    let mut normal = String::from(before);
    let mut changed = false;
    for part in encoded.split('%') {
        let digits = part.get(..2).filter(|digits| !digits.starts_with('+'));
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte.filter(is_unreserved) {
            Some(byte) => {
                normal.push(char::from(byte));
                normal.push_str(&part[2..]);
                changed = true;
            }
            None => {
                normal.push('%');
                normal.push_str(part);
            }
        }
    }
    changed.then_some(normal)
}

/// Checks a raw path, without query.
pub(crate) fn check_path(path: &str) -> Result<(), TargetRefused> {
    let bytes = path.as_bytes();
    if bytes.first() != Some(&b'/') {
        return Err(TargetRefused::Relative);
    }
    // Most paths have none of these, and are done with in one look.
    if memchr::memchr3(b'%', b'.', b'\\', bytes).is_none() && bytes.iter().all(is_path) {
        return Ok(());
    }
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(b'%', rest) {
        match rest.get(at + 1..at + 3) {
            Some(b"00") => return Err(TargetRefused::Nul),
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => rest = &rest[at + 3..],
            _ => return Err(TargetRefused::Percent),
        }
    }
    if memchr::memchr(b'\\', bytes).is_some() {
        return Err(TargetRefused::Backslash);
    }
    if !bytes.iter().all(is_path) {
        return Err(TargetRefused::Character);
    }
    match bytes.split(|byte| *byte == b'/').any(is_dot_segment) {
        true => Err(TargetRefused::DotSegment),
        false => Ok(()),
    }
}

/// What may always stand unencoded (RFC 3986, section 2.3).
fn is_unreserved(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// `.` or `..`, each dot plain or as `%2e`.
fn is_dot_segment(segment: &[u8]) -> bool {
    let mut rest = segment;
    let mut dots = 0;
    while !rest.is_empty() {
        rest = match rest {
            [b'.', rest @ ..] => rest,
            [b'%', b'2', b'e' | b'E', rest @ ..] => rest,
            _ => return false,
        };
        dots += 1;
    }
    matches!(dots, 1 | 2)
}

/// What a path may hold unencoded (RFC 3986, section 3.3), and a few more that clients send and nobody misreads.
fn is_path(byte: &u8) -> bool {
    matches!(byte, 0x21 | 0x24..=0x3b | 0x3d | 0x40..=0x5b | 0x5d..=0x5f | 0x61..=0x7e | b'"' | b'`')
        || *byte >= 0x80
}

/// The host may stand in the target and in `Host`; two of them must be the same (RFC 9112, section 3.2.2).
fn check_authority<B>(request: &http::Request<B>) -> Result<(), TargetRefused> {
    let mut fields = request.headers().get_all(HOST).into_iter();
    let (field, second) = (fields.next().map(HeaderValue::as_bytes), fields.next());
    let host = match (authority(request.uri()), field) {
        _ if second.is_some() => return Err(TargetRefused::Host),
        (Some(authority), Some(host)) if !host.eq_ignore_ascii_case(authority) => {
            return Err(TargetRefused::OtherHost);
        }
        (authority, field) => authority.or(field),
    };
    match host {
        // The first line of HTTP/1.0 came before hosts had names.
        None if request.version() == Version::HTTP_10 => Ok(()),
        Some(host) if host::is_valid(host) => Ok(()),
        _ => Err(TargetRefused::Host),
    }
}

fn authority(uri: &Uri) -> Option<&[u8]> {
    uri.authority()
        .map(|authority| authority.as_str().as_bytes())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn ordinary_paths_pass() {
        for path in [
            "/",
            "/a/b",
            "/a%2Fb",
            "/a.b/..c/...",
            "/%20",
            "//",
            "/a;b=c,d@e:f",
            "/ü",
        ] {
            assert_eq!(check_path(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn needless_encodings_are_undone() {
        for (path, expected) in [
            ("/%61dmin/%7Ex%2Dy", Some("/admin/~x-y")),
            ("/%41%2f%5A", Some("/A%2fZ")),
            ("/%2561", None),
            ("/%+1", None),
            ("/a%2ephp", Some("/a.php")),
            ("/%2e%2E/x", Some("/../x")),
            ("/%6", None),
            ("/%C3%BC", None),
            ("/a", None),
        ] {
            assert_eq!(normal(path).as_deref(), expected, "{path}");
        }
        let mut request = http::Request::new(());
        *request.uri_mut() = Uri::from_static("http://a/%61?%61");
        normalize(&mut request);
        assert_eq!(request.uri(), "http://a/a?%61");
    }

    fn checked(uri: &str, version: Version, hosts: &[&str]) -> Result<(), TargetRefused> {
        let mut request = http::Request::builder().uri(uri).version(version);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        check(&request.body(()).unwrap())
    }

    #[test]
    fn one_host_is_named_in_every_version() {
        let two = Version::HTTP_2;
        assert_eq!(checked("http://a/", two, &[]), Ok(()));
        assert_eq!(checked("http://a/", two, &["A"]), Ok(()));
        assert_eq!(checked("/", two, &["a"]), Ok(()));
        assert_eq!(checked("/", Version::HTTP_10, &[]), Ok(()));
        assert_eq!(
            checked("http://a/", two, &["b"]),
            Err(TargetRefused::OtherHost)
        );
        assert_eq!(checked("/", two, &[]), Err(TargetRefused::Host));
        assert_eq!(
            checked("/", Version::HTTP_11, &[]),
            Err(TargetRefused::Host)
        );
        assert_eq!(checked("/", two, &["a", "a"]), Err(TargetRefused::Host));
        assert_eq!(checked("http://u@a/", two, &[]), Err(TargetRefused::Host));
        assert_eq!(checked("/", two, &["a,b"]), Err(TargetRefused::Host));
    }

    #[test]
    fn ambiguous_paths_are_refused() {
        let cases = [
            ("", TargetRefused::Relative),
            ("*", TargetRefused::Relative),
            ("/a/../b", TargetRefused::DotSegment),
            ("/..", TargetRefused::DotSegment),
            ("/./a", TargetRefused::DotSegment),
            ("/a/%2e%2E/b", TargetRefused::DotSegment),
            ("/a/.%2e", TargetRefused::DotSegment),
            ("/%2E", TargetRefused::DotSegment),
            ("/a%00b", TargetRefused::Nul),
            ("/a\\..\\b", TargetRefused::Backslash),
            ("/a%2", TargetRefused::Percent),
            ("/a%zz", TargetRefused::Percent),
            ("/a<b", TargetRefused::Character),
        ];
        for (path, expected) in cases {
            assert_eq!(check_path(path), Err(expected), "{path}");
        }
    }
}
