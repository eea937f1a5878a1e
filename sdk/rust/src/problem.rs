use std::{error::Error, fmt};

use serde::{Serialize, de::DeserializeOwned};

use crate::pointer;

/// Mistakes in a configuration, each with its place.
///
/// ```
/// use wasmgate_sdk::Problem;
///
/// fn check(keys: &[String]) -> Result<(), Problem> {
///     let empty = keys.iter().enumerate().filter(|(_, key)| key.is_empty());
///     Problem::all(empty.map(|(n, _)| Problem::at(format!("/keys/{n}"), "a key must not be empty")))
/// }
/// ```
///
/// Every ordinary error becomes a problem by `?`, at the configuration as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem(Vec<Mistake>);

/// One mistake.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Mistake {
    /// The entry it is in, by its place among all of this plugin.
    pub entry: usize,
    /// A JSON Pointer into the configuration; empty for the whole.
    pub pointer: String,
    /// The line within the text that `pointer` points to, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The column within that line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// What is wrong and what to do.
    pub message: String,
}

impl Problem {
    /// A mistake in the configuration as a whole.
    pub fn new(message: impl Into<String>) -> Self {
        Problem::at("", message)
    }

    /// A mistake at a JSON Pointer, such as `/keys/3`.
    pub fn at(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Problem(vec![Mistake {
            pointer: pointer.into(),
            message: message.into(),
            ..Mistake::default()
        }])
    }

    /// The place within the text that the pointer points to, for settings that are a language of their own.
    pub fn line(mut self, line: u32, column: u32) -> Self {
        for mistake in &mut self.0 {
            mistake.line = Some(line);
            mistake.column = Some(column);
        }
        self
    }

    /// This problem and another one.
    pub fn and(mut self, other: Problem) -> Self {
        self.0.extend(other.0);
        self
    }

    /// All of these problems as one; fine where there are none.
    ///
    /// # Errors
    /// Where there is at least one problem.
    pub fn all(problems: impl IntoIterator<Item = Problem>) -> Result<(), Problem> {
        problems
            .into_iter()
            .reduce(Problem::and)
            .map_or(Ok(()), Err)
    }

    /// The single mistakes.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.0
    }

    pub(crate) fn of_entry(self, entry: usize) -> impl Iterator<Item = Mistake> {
        self.0
            .into_iter()
            .map(move |mistake| Mistake { entry, ..mistake })
    }
}

impl<E: Error> From<E> for Problem {
    fn from(error: E) -> Self {
        Problem::new(error.to_string())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (
            n,
            Mistake {
                pointer, message, ..
            },
        ) in self.0.iter().enumerate()
        {
            let separator = if n == 0 { "" } else { "; " };
            let colon = if pointer.is_empty() { "" } else { ": " };
            write!(f, "{separator}{pointer}{colon}{message}")?;
        }
        Ok(())
    }
}

/// Reads a configuration from its JSON.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|error| {
        let place = pointer::at(text, error.line(), error.column());
        let message = error.to_string();
        // The place is told by the pointer; a line and column in JSON that the operator never wrote help nobody.
        let end = message.rfind(" at line ").unwrap_or(message.len());
        Problem::at(place, &message[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Config {
        #[expect(dead_code, reason = "only read")]
        keys: Vec<String>,
    }

    fn mistake(text: &str) -> (String, String) {
        let Err(Problem(mistakes)) = parse::<Config>(text) else {
            panic!("`{text}` was read");
        };
        (mistakes[0].pointer.clone(), mistakes[0].message.clone())
    }

    #[test]
    fn wrong_type_is_reported_at_its_value() {
        let (pointer, message) = mistake(r#"{"keys": ["a", 5]}"#);
        assert_eq!(pointer, "/keys/1");
        assert_eq!(message, "invalid type: integer `5`, expected a string");
    }

    #[test]
    fn unknown_member_is_reported_at_its_name() {
        let (pointer, message) = mistake(r#"{"kees": []}"#);
        assert_eq!(pointer, "/kees");
        assert_eq!(message, "unknown field `kees`, expected `keys`");
    }

    #[test]
    fn missing_member_is_reported_at_its_object() {
        assert_eq!(
            mistake("{}"),
            (String::new(), "missing field `keys`".to_owned())
        );
    }

    #[test]
    fn problems_gather_into_one() {
        let both = Problem::all([Problem::new("a"), Problem::at("/b", "c")]);
        assert_eq!(
            both.map_err(|problem| problem.to_string()),
            Err("a; /b: c".to_owned())
        );
        assert_eq!(Problem::all([]), Ok(()));
    }
}
