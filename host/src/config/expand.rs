//! Puts environment variables into texts: `${NAME}`, `${NAME:-default}`, and `$${` for a plain `${`.

use std::borrow::Cow;

use super::Environment;

/// Why a text cannot be expanded.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum ExpandError {
    #[error("environment variable `{0}` is not set")]
    Unset(String),
    #[error("`${{{0}` is not a reference to an environment variable")]
    Malformed(String),
}

impl ExpandError {
    pub(super) fn help(&self) -> String {
        match self {
            ExpandError::Unset(name) => {
                format!("set it, or give a default: `${{{name}:-value}}`")
            }
            ExpandError::Malformed(_) => {
                "write `${NAME}` with capital letters, digits and `_`, or `$${` for a plain `${`"
                    .to_owned()
            }
        }
    }
}

/// Puts the variables in. In a `foreign` text, what does not look like a variable of ours stays as it is.
pub(super) fn expand<'a>(
    text: &'a str,
    foreign: bool,
    environment: Environment<'_>,
) -> Result<Cow<'a, str>, ExpandError> {
    if !text.contains("${") {
        return Ok(Cow::Borrowed(text));
    }
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, reference) = (&rest[..at], &rest[at + 2..]);
        if let Some(before) = before.strip_suffix('$') {
            expanded.push_str(before);
            expanded.push_str("${");
            rest = reference;
            continue;
        }
        expanded.push_str(before);
        match parse(reference) {
            Some(Reference {
                name,
                default,
                after,
            }) => {
                let value = environment(name).or_else(|| default.map(str::to_owned));
                expanded += &value.ok_or_else(|| ExpandError::Unset(name.to_owned()))?;
                rest = after;
            }
            None if foreign => {
                expanded.push_str("${");
                rest = reference;
            }
            None => {
                let shown = reference.split_inclusive('}').next().unwrap_or_default();
                return Err(ExpandError::Malformed(shown.to_owned()));
            }
        }
    }
    expanded.push_str(rest);
    Ok(Cow::Owned(expanded))
}

struct Reference<'a> {
    name: &'a str,
    default: Option<&'a str>,
    after: &'a str,
}

/// Reads what follows `${`.
fn parse(text: &str) -> Option<Reference<'_>> {
    let (inside, after) = text.split_once('}')?;
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    let letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let first = name.bytes().next().filter(|byte| !byte.is_ascii_digit());
    (first.is_some() && name.bytes().all(letter)).then_some(Reference {
        name,
        default,
        after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, foreign: bool) -> Result<String, ExpandError> {
        let environment = |name: &str| (name == "A").then(|| "${B}".to_owned());
        expand(text, foreign, &environment).map(Cow::into_owned)
    }

    #[test]
    fn variables_are_put_in_once() {
        assert_eq!(of("x${A}y", false), Ok("x${B}y".to_owned()));
        assert_eq!(of("${B:-b:-c}${B:-}", false), Ok("b:-c".to_owned()));
        assert_eq!(of("$${A} $A {A}", false), Ok("${A} $A {A}".to_owned()));
    }

    #[test]
    fn unset_variables_are_named() {
        assert_eq!(of("${B}", true), Err(ExpandError::Unset("B".to_owned())));
    }

    #[test]
    fn foreign_templates_stay() {
        assert_eq!(
            of("${context.a} ${x", true),
            Ok("${context.a} ${x".to_owned())
        );
        let malformed = ExpandError::Malformed("context.a}".to_owned());
        assert_eq!(of("${context.a} ", false), Err(malformed));
    }
}
