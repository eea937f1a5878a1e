//! IAM policies that authorizers give (reference, sections 8.4 and 8.5): deny beats allow beats nothing.

use serde::Deserialize;

use crate::{
    failure::Failure,
    plugin::{Fault, PluginFailure, RequestView},
};

const ACTION: &str = "execute-api:Invoke";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Policy {
    #[serde(rename = "Version")]
    _version: Option<String>,
    #[serde(rename = "Id")]
    _id: Option<String>,
    statement: OneOrMany<Statement>,
}

/// `Condition` and `Principal` are unknown members on purpose: what is not evaluated must not be overlooked.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    effect: Effect,
    action: Option<OneOrMany<String>>,
    not_action: Option<OneOrMany<String>>,
    resource: Option<OneOrMany<String>>,
    not_resource: Option<OneOrMany<String>>,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

/// Allows the request, or says which plugin's policy denies it.
pub(super) fn evaluate(
    document: &str,
    request: &RequestView<'_>,
    plugin: &str,
) -> Result<(), Failure> {
    let policy: Policy = serde_json::from_str(document).map_err(|error| PluginFailure {
        plugin: plugin.into(),
        fault: Fault::Contract(format!("gave a policy that cannot be evaluated: {error}")),
    })?;
    if policy.allows(&request.context.method_arn(request.method, request.path)) {
        return Ok(());
    }
    Err(Failure::PolicyDenied {
        plugin: plugin.to_owned(),
    })
}

impl Policy {
    fn allows(&self, arn: &str) -> bool {
        let mut allowed = false;
        for statement in self.statement.as_slice() {
            match statement.effect {
                Effect::Deny if statement.covers(arn) => return false,
                Effect::Allow => allowed |= statement.covers(arn),
                Effect::Deny => {}
            }
        }
        allowed
    }
}

impl Statement {
    fn covers(&self, arn: &str) -> bool {
        let action = ACTION.to_ascii_lowercase();
        let acts = |pattern: &String| matches(&pattern.to_ascii_lowercase(), &action);
        let names = |pattern: &String| matches(pattern, arn);
        covered(&self.action, &self.not_action, acts)
            && covered(&self.resource, &self.not_resource, names)
    }
}

/// Whether one of the patterns fits, or none of the excluded ones does.
fn covered(
    patterns: &Option<OneOrMany<String>>,
    excluded: &Option<OneOrMany<String>>,
    fits: impl Fn(&String) -> bool,
) -> bool {
    match (patterns, excluded) {
        (Some(patterns), None) => patterns.as_slice().iter().any(fits),
        (None, Some(excluded)) => !excluded.as_slice().iter().any(fits),
        _ => false,
    }
}

impl<T> OneOrMany<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many,
        }
    }
}

/// Matches `*` (any text, slashes too) and `?` (one byte), in time linear in pattern times text.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match &mut star {
                None => return false,
                Some((at, from)) => {
                    *from += 1;
                    (p, t) = (*at + 1, *from);
                }
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:execute-api:local:000000000000:shop/$default/GET/orders/7";

    fn allows(statements: &str) -> bool {
        let document = format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#);
        serde_json::from_str::<Policy>(&document)
            .unwrap()
            .allows(ARN)
    }

    #[test]
    fn deny_beats_allow_beats_nothing() {
        let allow = r#"{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"}"#;
        let deny = r#"{"Effect":"Deny","Action":"*","Resource":["*/GET/orders/*"]}"#;
        assert!(allows(allow));
        assert!(!allows(&format!("[{allow},{deny}]")));
        assert!(!allows(deny));
        assert!(!allows("[]"));
    }

    #[test]
    fn patterns_cross_slashes_and_mind_case() {
        let resource = |pattern: &str| {
            allows(&format!(
                r#"{{"Effect":"Allow","Action":"EXECUTE-API:inv*","Resource":"{pattern}"}}"#
            ))
        };
        assert!(resource("arn:*:shop/*/GET/orders/?"));
        assert!(resource("*"));
        assert!(!resource("arn:*:shop/*/get/orders/?"));
        assert!(!resource("arn:*:shop/*/GET/orders/??"));
    }

    #[test]
    fn excluded_resources_are_not_covered() {
        let with = |pattern: &str| {
            allows(&format!(
                r#"{{"Effect":"Allow","Action":"*","NotResource":"{pattern}"}}"#
            ))
        };
        assert!(with("*/POST/*"));
        assert!(!with("*/GET/*"));
    }

    #[test]
    fn condition_is_not_overlooked() {
        let document =
            r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{}}}"#;
        assert!(serde_json::from_str::<Policy>(document).is_err());
    }
}
