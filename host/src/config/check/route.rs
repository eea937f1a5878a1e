//! Route keys: a method and a path pattern.

use http::Method;

/// What a route matches.
#[derive(Debug, PartialEq)]
pub(super) struct RouteKey<'a> {
    /// None for `ANY`.
    pub(super) method: Option<Method>,
    /// The pattern, or `$default`.
    pub(super) path: &'a str,
    /// Names of parameters.
    pub(super) parameters: Vec<&'a str>,
}

/// Why a text is not a route key.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub(super) struct InvalidRoute {
    pub(super) message: String,
    pub(super) help: String,
}

/// What a route may match; the same that Amazon API Gateway knows.
const METHODS: [&str; 8] = [
    "ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT",
];

impl RouteKey<'_> {
    /// Reads `GET /orders/{id}`, `ANY /{proxy+}` or `$default`.
    pub(super) fn parse(key: &str) -> Result<RouteKey<'_>, InvalidRoute> {
        if key == "$default" {
            return Ok(RouteKey {
                method: None,
                path: key,
                parameters: Vec::new(),
            });
        }
        let Some((method, path)) = key.split_once(' ') else {
            let help = match key.starts_with('/') {
                true => format!("write `ANY {key}`, or one method"),
                false => {
                    "write a method and a path such as `GET /orders/{id}`, or `$default`".to_owned()
                }
            };
            return Err(invalid(format!("`{key}` is not a route"), help));
        };
        let method = method_of(method)?;
        let parameters = parameters(path)?;
        Ok(RouteKey {
            method,
            path,
            parameters,
        })
    }

    /// The route without the names of its parameters: two routes of one shape match the same requests.
    pub(super) fn shape(&self) -> String {
        let method = self.method.as_ref().map_or("ANY", Method::as_str);
        let segments = self.path.split('/').map(|segment| match segment {
            _ if segment.ends_with("+}") => "{+}",
            _ if segment.starts_with('{') => "{}",
            literal => literal,
        });
        format!("{method} {}", segments.collect::<Vec<_>>().join("/"))
    }
}

fn invalid(message: impl Into<String>, help: impl Into<String>) -> InvalidRoute {
    InvalidRoute {
        message: message.into(),
        help: help.into(),
    }
}

fn method_of(name: &str) -> Result<Option<Method>, InvalidRoute> {
    if !METHODS.contains(&name) {
        let help = crate::config::problem::did_you_mean(name, METHODS).unwrap_or_default();
        return Err(invalid(format!("unknown method `{name}`"), help));
    }
    Ok(Method::from_bytes(name.as_bytes())
        .ok()
        .filter(|_| name != "ANY"))
}

/// Checks a path pattern and names its parameters.
fn parameters(path: &str) -> Result<Vec<&str>, InvalidRoute> {
    let Some(inside) = path.strip_prefix('/') else {
        let help = format!("write `/{}`", path.trim_start_matches([' ', '/']));
        return Err(invalid(
            format!("path `{path}` does not begin with `/`"),
            help,
        ));
    };
    let mut names = Vec::new();
    let mut segments = inside.split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        if segment.is_empty() && !last {
            let help = "a request with `//` matches `{proxy+}` only";
            return Err(invalid(format!("path `{path}` has an empty segment"), help));
        }
        let Some(name) = segment
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
        else {
            literal(segment)?;
            continue;
        };
        let name = match name.strip_suffix('+') {
            Some(_) if !last => {
                let help = "only the last segment can take all that follows";
                return Err(invalid(
                    format!("`{segment}` is not the last segment"),
                    help,
                ));
            }
            Some(name) => name,
            None => name,
        };
        parameter(name)?;
        if names.contains(&name) {
            let help = "give each parameter a name of its own";
            return Err(invalid(
                format!("parameter `{{{name}}}` is in the path twice"),
                help,
            ));
        }
        names.push(name);
    }
    Ok(names)
}

fn parameter(name: &str) -> Result<(), InvalidRoute> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:".contains(&byte);
    match !name.is_empty() && name.bytes().all(letter) {
        true => Ok(()),
        false => Err(invalid(
            format!("`{{{name}}}` is not a path parameter"),
            "write `{name}` with letters, digits, `.`, `_`, `-`, `:`; `{name+}` takes all that follows",
        )),
    }
}

/// Checks a segment that is matched as it stands, byte by byte.
pub(super) fn literal(segment: &str) -> Result<(), InvalidRoute> {
    if segment.contains(['{', '}']) {
        let help = "a parameter takes a whole segment: `/{name}/`";
        return Err(invalid(format!("segment `{segment}` holds a brace"), help));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%".contains(&byte);
    if let Some(other) = segment
        .chars()
        .find(|other| !u8::try_from(*other).is_ok_and(allowed))
    {
        let mut bytes = [0; 4];
        let encoded = other.encode_utf8(&mut bytes).bytes();
        let encoded: String = encoded.map(|byte| format!("%{byte:02X}")).collect();
        let help = match other {
            '?' => "a route is chosen by its path alone; the query is for plugins".to_owned(),
            _ => format!("write `{encoded}`, as it is sent"),
        };
        return Err(invalid(
            format!("segment `{segment}` holds `{other}`"),
            help,
        ));
    }
    if is_dots(segment) {
        let help = "such requests are refused before a route is looked for";
        return Err(invalid(
            format!("path has the dot segment `{segment}`"),
            help,
        ));
    }
    let mut rest = segment;
    while let Some((_, encoded)) = rest.split_once('%') {
        escape(segment, encoded)?;
        rest = &encoded[2..];
    }
    Ok(())
}

/// Whether a segment is `.` or `..`, also where dots are encoded.
fn is_dots(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    matches!(plain.as_str(), "." | "..")
}

/// Checks what follows a `%`.
fn escape(segment: &str, after: &str) -> Result<(), InvalidRoute> {
    let digits = after
        .get(..2)
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
    match byte {
        None => Err(invalid(
            format!("segment `{segment}` has a `%` without two hexadecimal digits"),
            "write `%25` for a percent sign",
        )),
        Some(0) => Err(invalid(
            format!("segment `{segment}` holds `%00`"),
            "such requests are refused before a route is looked for",
        )),
        Some(plain) if plain.is_ascii_alphanumeric() || b"-._~".contains(&plain) => {
            let plain = char::from(plain);
            Err(invalid(
                format!("segment `{segment}` encodes `{plain}`, which clients send as it is"),
                format!("write `{plain}`"),
            ))
        }
        Some(_) => Ok(()),
    }
}

/// Checks the path of an integration, whose `{parameters}` must be among those of the route.
pub(super) fn template(path: &str, known: &[&str]) -> Result<(), InvalidRoute> {
    if !path.starts_with('/') {
        return Err(invalid(
            format!("path `{path}` does not begin with `/`"),
            format!("write `/{path}`"),
        ));
    }
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        plain(path, before)?;
        let Some((name, after)) = after.split_once('}') else {
            let help = "close the parameter with `}`";
            return Err(invalid(
                format!("path `{path}` has a brace without its partner"),
                help,
            ));
        };
        if !known.contains(&name.trim_end_matches('+')) {
            let help = match crate::config::problem::did_you_mean(name, known.iter().copied()) {
                Some(help) => help,
                None => "the route's path has no parameters".to_owned(),
            };
            return Err(invalid(
                format!("unknown path parameter `{{{name}}}`"),
                help,
            ));
        }
        rest = after;
    }
    plain(path, rest)?;
    match path
        .split('?')
        .next()
        .unwrap_or_default()
        .split('/')
        .any(is_dots)
    {
        true => Err(invalid(
            format!("path `{path}` has a dot segment"),
            "write the path without it",
        )),
        false => Ok(()),
    }
}

fn plain(path: &str, piece: &str) -> Result<(), InvalidRoute> {
    let bad = |letter: &char| !letter.is_ascii_graphic() || "\"#<>\\^`|}".contains(*letter);
    match piece.chars().find(bad) {
        Some('}') => Err(invalid(
            format!("path `{path}` has a brace without its partner"),
            "write `{name}`",
        )),
        Some(other) => Err(invalid(
            format!("path `{path}` holds `{other}`"),
            "percent-encode it, as it is to be sent",
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn keys_are_taken_apart() {
        let key = RouteKey::parse("GET /a/{b}/{c+}").unwrap();
        assert_eq!(key.method, Some(Method::GET));
        assert_eq!(key.parameters, ["b", "c"]);
        assert_eq!(key.shape(), "GET /a/{}/{+}");
        assert_eq!(RouteKey::parse("ANY /").unwrap().method, None);
        assert_eq!(RouteKey::parse("$default").unwrap().path, "$default");
    }

    #[test]
    fn patterns_that_cannot_match_are_refused() {
        let paths = [
            "a", "/a//b", "/{a+}/b", "/{a}/{a}", "/x{a}", "/{a}x", "/{}", "/{a b}", "/a?b", "/é",
            "/a b", "/%", "/%4", "/%zz", "/%00", "/%41", "/%2e%2E", "/..", "/./a", "/a#b", "/a\\b",
            "/%é",
        ];
        for path in paths {
            assert!(RouteKey::parse(&format!("GET {path}")).is_err(), "{path}");
        }
    }

    #[test]
    fn patterns_that_can_match_are_kept() {
        for path in [
            "/",
            "/a/",
            "/a.b/~c",
            "/%C3%A9",
            "/a%2Fb",
            "/{a.b-c}",
            "/{proxy+}",
            "/@me:x",
        ] {
            assert!(RouteKey::parse(&format!("GET {path}")).is_ok(), "{path}");
        }
    }

    #[test]
    fn templates_use_known_parameters() {
        for path in ["/a/{id}", "/{proxy+}", "/a?id={id}&b=c", "/"] {
            assert_eq!(template(path, &["id", "proxy"]), Ok(()), "{path}");
        }
        for path in [
            "a", "/{x}", "/{id", "/id}", "/a b", "/../{id}", "/%2e%2E", "/a#b",
        ] {
            assert!(template(path, &["id"]).is_err(), "{path}");
        }
    }
}
