//! IAM policies that authorizers give (reference, sections 8.4 and 8.5): deny beats allow beats nothing.

use serde::Deserialize;

use crate::{
    failure::Failure,
    plugin::{Fault, PluginFailure, RequestView},
};

mod pattern;

use pattern::Text;

/// What every request does, in lower case: actions are compared without regard to it.
const ACTION: &str = "execute-api:invoke";

/// A policy as it is evaluated: read once, when it is given.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Policy {
    #[serde(rename = "Version")]
    _version: Option<String>,
    #[serde(rename = "Id")]
    _id: Option<String>,
    statement: OneOrMany<Statement>,
}

/// What is written. `Condition` and `Principal` are unknown members on purpose: what is not evaluated must not be
/// overlooked.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Written {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    effect: Effect,
    action: Option<OneOrMany<String>>,
    not_action: Option<OneOrMany<String>>,
    resource: Option<OneOrMany<String>>,
    not_resource: Option<OneOrMany<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "Written")]
struct Statement {
    effect: Effect,
    /// Whether it is about what every request does.
    acts: bool,
    resources: Covered,
}

/// What a statement is about: what one of the patterns fits, or all but that.
#[derive(Debug)]
enum Covered {
    These(Vec<String>),
    AllBut(Vec<String>),
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl Policy {
    /// Reads what a plugin gave. One that cannot be evaluated is the plugin's failure.
    pub(super) fn read(document: &str, plugin: &str) -> Result<Policy, PluginFailure> {
        serde_json::from_str(document).map_err(|error| PluginFailure {
            plugin: plugin.into(),
            fault: Fault::Contract(format!("gave a policy that cannot be evaluated: {error}")),
        })
    }

    /// Allows the request, or says which plugin's policy denies it.
    pub(super) fn check(&self, request: &RequestView<'_>, plugin: &str) -> Result<(), Failure> {
        let arn = request.context.method_arn(request.method, request.path);
        match self.allows(arn.as_bytes()) {
            true => Ok(()),
            false => Err(Failure::PolicyDenied {
                plugin: plugin.to_owned(),
            }),
        }
    }

    fn allows(&self, arn: &[u8]) -> bool {
        let resource = Text::new(arn);
        let mut allowed = false;
        for statement in self.statement.as_slice() {
            let covered = statement.acts && statement.resources.covers(&resource);
            match statement.effect {
                Effect::Deny if covered => return false,
                Effect::Allow => allowed |= covered,
                Effect::Deny => {}
            }
        }
        allowed
    }
}

impl TryFrom<Written> for Statement {
    type Error = String;

    fn try_from(written: Written) -> Result<Statement, String> {
        let mut actions = Covered::read("Action", written.action, written.not_action)?;
        for action in actions.patterns() {
            action.make_ascii_lowercase();
        }
        Ok(Statement {
            effect: written.effect,
            acts: actions.covers(&Text::new(ACTION.as_bytes())),
            resources: Covered::read("Resource", written.resource, written.not_resource)?,
        })
    }
}

impl Covered {
    /// A statement that is about nothing is a mistake, and ignoring it would ignore a `Deny`.
    fn read(
        member: &str,
        these: Option<OneOrMany<String>>,
        all_but: Option<OneOrMany<String>>,
    ) -> Result<Covered, String> {
        let mut covered = match (these, all_but) {
            (Some(these), None) => Covered::These(these.into_vec()),
            (None, Some(all_but)) => Covered::AllBut(all_but.into_vec()),
            _ => {
                return Err(format!(
                    "a statement needs either `{member}` or `Not{member}`"
                ));
            }
        };
        match covered.patterns().is_empty() {
            true => Err(format!(
                "`{member}` or `Not{member}` of a statement is empty"
            )),
            false => Ok(covered),
        }
    }

    fn patterns(&mut self) -> &mut [String] {
        match self {
            Covered::These(patterns) | Covered::AllBut(patterns) => patterns,
        }
    }

    fn covers(&self, text: &Text) -> bool {
        let fits = |pattern: &String| text.fits(pattern.as_bytes());
        match self {
            Covered::These(patterns) => patterns.iter().any(fits),
            Covered::AllBut(patterns) => !patterns.iter().any(fits),
        }
    }
}

impl<T> OneOrMany<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many,
        }
    }

    fn into_vec(self) -> Vec<T> {
        match self {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const ARN: &[u8] = b"arn:aws:execute-api:local:000000000000:shop/$default/GET/orders/7";

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

    #[test]
    fn statements_about_nothing_are_refused() {
        for members in [
            r#""Effect":"Deny""#,
            r#""Effect":"Deny","Action":"*""#,
            r#""Effect":"Deny","Resource":"*""#,
            r#""Effect":"Deny","Action":"*","Resource":[]"#,
            r#""Effect":"Deny","Action":[],"Resource":"*""#,
            r#""Effect":"Deny","Action":null,"Resource":"*""#,
            r#""Effect":"Deny","Action":"*","NotAction":"x","Resource":"*""#,
            r#""Effect":"Deny","Action":"*","Resource":"*","NotResource":"*""#,
            r#""Effect":"deny","Action":"*","Resource":"*""#,
            r#""Effect":"Refuse","Action":"*","Resource":"*""#,
            r#""Action":"*","Resource":"*""#,
        ] {
            let document = format!(r#"{{"Statement":[{{{members}}}]}}"#);
            let read = serde_json::from_str::<Policy>(&document);
            assert!(read.is_err(), "{members}");
        }
    }
}
