//! What `configure` answers: the interests of all entries, or the mistakes in them.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;

use crate::plugin::{Hook, Interest, image::Interests};

/// Refreshing later than this is never.
const LONGEST_REFRESH: u64 = 400 * 24 * 60 * 60;
/// Where the values come from by which an outcome may be cached.
const SOURCES: [&str; 4] = ["header.", "query.", "path.", "context."];

/// The entries are accepted.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) interests: Vec<Interests>,
    pub(super) refresh: Option<Duration>,
}

/// One mistake that a plugin found in its entries.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mistake {
    #[serde(default)]
    pub(crate) entry: Option<usize>,
    /// A JSON Pointer into the entry.
    #[serde(default)]
    pub(crate) pointer: String,
    /// From 1, within the text that the pointer points to.
    #[serde(default)]
    pub(crate) line: Option<u32>,
    #[serde(default)]
    pub(crate) column: Option<u32>,
    pub(crate) message: String,
}

/// Why an answer is none that the contract knows.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadAnswer {
    #[error("what `configure` returns is not as the contract says: {0}")]
    Json(#[from] serde_json::Error),
    #[error("`configure` answers for {found} entries and was given {given}")]
    Count { found: usize, given: usize },
    #[error("`configure` names the hook `{0}`, which the plugin does not export")]
    UnknownHook(String),
    #[error(
        "`configure` names `{0}` as a part of an identity; it takes `header.NAME`, `query.NAME`, `path.NAME` or `context.NAME`"
    )]
    Identity(String),
    #[error("`configure` wants to run again after 0 seconds; 1 is the least")]
    Refresh,
    #[error("`configure` refuses its entries without saying why")]
    NoMistake,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    entries: Vec<BTreeMap<String, Interest>>,
    #[serde(default)]
    refresh: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    problems: Vec<Mistake>,
}

impl Answer {
    pub(super) fn parse(text: &str, given: usize, hooks: &[Hook]) -> Result<Answer, BadAnswer> {
        let written: Written = serde_json::from_str(text)?;
        let found = written.entries.len();
        if found != given {
            return Err(BadAnswer::Count { found, given });
        }
        let interests = written.entries.into_iter();
        let interests = interests.map(|entry| interests_of(entry, hooks));
        Ok(Answer {
            interests: interests.collect::<Result<_, _>>()?,
            refresh: written.refresh.map(refresh).transpose()?,
        })
    }
}

/// The mistakes of a refusal, each with an entry that exists.
pub(super) fn mistakes(text: &str, given: usize) -> Result<Vec<Mistake>, BadAnswer> {
    let refusal: Refusal = serde_json::from_str(text)?;
    let mut mistakes = refusal.problems;
    for mistake in &mut mistakes {
        mistake.entry = mistake.entry.filter(|entry| *entry < given);
    }
    match mistakes.is_empty() {
        true => Err(BadAnswer::NoMistake),
        false => Ok(mistakes),
    }
}

fn interests_of(entry: BTreeMap<String, Interest>, hooks: &[Hook]) -> Result<Interests, BadAnswer> {
    let mut interests = Interests::default();
    for (name, mut interest) in entry {
        let Some(hook) = hooks.iter().find(|hook| hook.name() == name) else {
            return Err(BadAnswer::UnknownHook(name));
        };
        check_identity(&interest.identity)?;
        lower(&mut interest);
        interests.set(*hook, interest);
    }
    Ok(interests)
}

fn check_identity(identity: &[String]) -> Result<(), BadAnswer> {
    let named = |value: &String| {
        let mut sources = SOURCES.iter();
        sources.any(|source| value.len() > source.len() && value.starts_with(source))
    };
    match identity.iter().find(|value| !named(value)) {
        Some(value) => Err(BadAnswer::Identity(value.clone())),
        None => Ok(()),
    }
}

/// Field names are compared in lower case from here on.
fn lower(interest: &mut Interest) {
    let fields = [
        &mut interest.headers.names,
        &mut interest.reply_headers.names,
        &mut interest.sets,
    ];
    for name in fields.into_iter().flatten() {
        name.make_ascii_lowercase();
    }
    for value in &mut interest.identity {
        if value.starts_with("header.") {
            value.make_ascii_lowercase();
        }
    }
}

fn refresh(seconds: u64) -> Result<Duration, BadAnswer> {
    match seconds {
        0 => Err(BadAnswer::Refresh),
        seconds => Ok(Duration::from_secs(seconds.min(LONGEST_REFRESH))),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const HOOKS: [Hook; 1] = [Hook::Authorizer];

    #[test]
    fn interests_are_read_by_entry_and_hook() {
        let text = r#"{ "entries": [ { "authorizer": { "headers": ["X-Api-Key"], "identity": ["header.X-Api-Key"] } }, {} ],
            "refresh": 300 }"#;
        let answer = Answer::parse(text, 2, &HOOKS).unwrap();
        let interest = answer.interests[0].of(Hook::Authorizer);
        assert_eq!(interest.headers.names, ["x-api-key"]);
        assert_eq!(interest.identity, ["header.x-api-key"]);
        assert_eq!(
            answer.interests[1].of(Hook::Authorizer),
            &Interest::default()
        );
        assert_eq!(answer.refresh, Some(Duration::from_secs(300)));
    }

    #[test]
    fn unknown_hooks_and_members_are_refused() {
        let refused = |text: &str| Answer::parse(text, 1, &HOOKS).unwrap_err().to_string();
        assert!(refused(r#"{"entries": [{"mapper": {}}]}"#).contains("`mapper`"));
        assert!(refused(r#"{"entries": [{"authorizer": {"header": []}}]}"#).contains("header"));
        assert!(refused(r#"{"entries": [{}], "more": 1}"#).contains("more"));
        assert!(
            refused(r#"{"entries": [{"authorizer": {"identity": ["cookie.a"]}}]}"#)
                .contains("cookie.a")
        );
        assert!(
            refused(r#"{"entries": [{"authorizer": {"identity": ["header."]}}]}"#)
                .contains("header.")
        );
        assert!(refused(r#"{"entries": [{}], "refresh": 0}"#).contains("0 seconds"));
        assert!(refused(r#"{"entries": []}"#).contains("0 entries"));
        assert!(refused("").contains("configure"));
    }

    #[test]
    fn mistakes_keep_their_places() {
        let text = r#"{"problems": [
            {"entry": 1, "pointer": "/template", "line": 3, "column": 7, "message": "no such function"},
            {"entry": 9, "message": "elsewhere"}]}"#;
        let mistakes = mistakes(text, 2).unwrap();
        assert_eq!(mistakes[0].entry, Some(1));
        assert_eq!((mistakes[0].line, mistakes[0].column), (Some(3), Some(7)));
        assert_eq!(mistakes[1].entry, None);
    }

    #[test]
    fn refusing_without_a_reason_breaks_the_contract() {
        assert!(mistakes(r#"{"problems": []}"#, 1).is_err());
        assert!(mistakes("no", 1).is_err());
    }
}
