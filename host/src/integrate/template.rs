//! The path that an integration asks for, with `{parameters}` put in as the client sent them.

use std::{fmt::Write, sync::Arc};

use bytes::Bytes;
use http::uri::PathAndQuery;

/// A path with places for path parameters, such as `/v2/{proxy}` or `/find?id={id}`.
#[derive(Clone, Debug)]
pub(crate) struct PathTemplate {
    pieces: Vec<Piece>,
    /// Whether the template has a query of its own, to which the client's is added.
    query: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    Parameter(String),
}

/// What is wrong with a template.
#[derive(Debug, thiserror::Error, PartialEq)]
pub(crate) enum TemplateError {
    #[error("path `{0}` must begin with `/`")]
    Relative(String),
    #[error("path `{0}` has a brace without its partner")]
    Brace(String),
    #[error("parameter `{{{0}}}` is not in the route's path")]
    UnknownParameter(String),
    #[error("path `{0}` holds a character that must be percent-encoded")]
    Character(String),
    #[error("path `{0}` holds a dot segment")]
    DotSegment(String),
}

/// Parameters that do not make a path, such as one that turns a segment into `..`.
#[derive(Debug, thiserror::Error)]
#[error("path `{0}` cannot be asked for")]
pub(crate) struct PathRefused(pub String);

impl PathTemplate {
    /// Reads a template whose parameters are among those of the route.
    pub(crate) fn parse(text: &str, known: &[&str]) -> Result<PathTemplate, TemplateError> {
        if !text.starts_with('/') {
            return Err(TemplateError::Relative(text.to_owned()));
        }
        let pieces = pieces(text).ok_or_else(|| TemplateError::Brace(text.to_owned()))?;
        for piece in &pieces {
            piece.check(text, known)?;
        }
        Ok(PathTemplate {
            query: text.contains('?'),
            pieces,
        })
    }

    /// The path and query to ask for. Parameters are raw, and so is the query.
    pub(crate) fn fill(
        &self,
        parameters: &[(Arc<str>, String)],
        query: Option<&str>,
    ) -> Result<PathAndQuery, PathRefused> {
        let mut filled = String::with_capacity(128);
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Parameter(name) => {
                    let value = parameters.iter().find(|(known, _)| **known == **name);
                    filled.push_str(value.map_or("", |(_, value)| value));
                }
            }
        }
        if let Some(query) = query.filter(|query| !query.is_empty()) {
            let separator = if self.query { '&' } else { '?' };
            let _ = write!(filled, "{separator}{query}");
        }
        if has_dot_segment(&filled) {
            return Err(PathRefused(filled));
        }
        let filled = Bytes::from(filled);
        PathAndQuery::from_maybe_shared(filled.clone())
            .map_err(|_| PathRefused(String::from_utf8_lossy(&filled).into_owned()))
    }
}

impl Piece {
    fn check(&self, text: &str, known: &[&str]) -> Result<(), TemplateError> {
        match self {
            Piece::Parameter(name) if !known.contains(&name.as_str()) => {
                Err(TemplateError::UnknownParameter(name.clone()))
            }
            Piece::Text(piece) if piece.bytes().any(|byte| !is_path_byte(byte)) => {
                Err(TemplateError::Character(text.to_owned()))
            }
            Piece::Text(piece) if piece.starts_with('/') && has_dot_segment(text) => {
                Err(TemplateError::DotSegment(text.to_owned()))
            }
            _ => Ok(()),
        }
    }
}

/// Cuts a template at its braces; none where they do not pair. `{proxy+}` means the same as `{proxy}`.
fn pieces(text: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        if before.contains('}') || name.contains('{') {
            return None;
        }
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        pieces.push(Piece::Parameter(name.trim_end_matches('+').to_owned()));
        rest = after;
    }
    if rest.contains('}') {
        return None;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Some(pieces)
}

/// The printable ASCII that a path or query may have as it is; `#` would begin a fragment.
fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"#<>\\^`{|}".contains(&byte)
}

/// Whether a segment before the query is `.` or `..`, also where dots are encoded.
fn has_dot_segment(path: &str) -> bool {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    // Hardly any path has a dot right behind a slash, so most are done after one search.
    let suspicious = path.contains("/.") || path.contains("/%2");
    suspicious && path.split('/').any(is_dot_segment)
}

fn is_dot_segment(segment: &str) -> bool {
    let mut dots = 0;
    let mut rest = segment;
    while !rest.is_empty() {
        rest = match (rest.strip_prefix('.'), rest.get(..3)) {
            (Some(after), _) => after,
            (None, Some(code)) if code.eq_ignore_ascii_case("%2e") => &rest[3..],
            _ => return false,
        };
        dots += 1;
    }
    dots == 1 || dots == 2
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn fill(template: &str, id: &str, query: Option<&str>) -> Result<String, PathRefused> {
        PathTemplate::parse(template, &["id"])
            .unwrap()
            .fill(&[("id".into(), id.to_owned())], query)
            .map(|path| path.to_string())
    }

    #[test]
    fn parameters_are_put_in_raw() {
        let cases = [
            ("/v2/{id}", "a%2Fb", None, "/v2/a%2Fb"),
            ("/v2/{id}/x", "a", Some("q=%20&q"), "/v2/a/x?q=%20&q"),
            ("/v2/{id+}", "a/b//c", None, "/v2/a/b//c"),
            ("/find?id={id}", "7", Some("x=1"), "/find?id=7&x=1"),
            ("/plain", "7", Some(""), "/plain"),
            ("/.well-known/{id}", "..a", None, "/.well-known/..a"),
        ];
        for (template, id, query, path) in cases {
            assert_eq!(fill(template, id, query).unwrap(), path);
        }
    }

    #[test]
    fn parameters_cannot_climb() {
        for (template, id) in [
            ("/a/.{id}", "."),
            ("/a/{id}", "b/../c"),
            ("/a/{id}", "%2e%2E"),
            ("/a/{id}", ".%2e/x"),
        ] {
            assert!(fill(template, id, None).is_err(), "{template} {id}");
        }
        assert_eq!(fill("/a?x=/../{id}", "b", None).unwrap(), "/a?x=/../b");
    }

    #[test]
    fn mistakes_are_named() {
        let parse = |text: &str| PathTemplate::parse(text, &["id"]).unwrap_err().to_string();
        assert_eq!(parse("x"), "path `x` must begin with `/`");
        assert_eq!(parse("/{id"), "path `/{id` has a brace without its partner");
        assert_eq!(parse("/}"), "path `/}` has a brace without its partner");
        assert_eq!(parse("/{x}"), "parameter `{x}` is not in the route's path");
        assert_eq!(
            parse("/a b"),
            "path `/a b` holds a character that must be percent-encoded"
        );
        assert_eq!(parse("/a/../b"), "path `/a/../b` holds a dot segment");
    }
}
