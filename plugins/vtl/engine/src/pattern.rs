//! Java's regular expressions, by an engine that takes linear time: what needs backtracking is refused.

mod replacement;

use regex_lite::{Regex, RegexBuilder};

use self::replacement::Replacement;
use crate::methods::Fault;

/// How large a compiled pattern may be.
const SIZE: usize = 1 << 20;

/// A pattern that is looked for in texts; in templates, most of them are plain texts.
pub(crate) enum Pattern {
    Plain(String),
    Regex(Box<Regex>),
}

/// A pattern that matches whole texts, or none.
#[derive(Debug)]
pub struct Whole(Meaning);

#[derive(Debug)]
enum Meaning {
    Plain(String),
    Regex(Box<Regex>),
}

impl Whole {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Where it is none, or one that needs more than linear time: what is wrong.
    pub fn read(pattern: &str) -> Result<Self, String> {
        Whole::compile(pattern).map_err(|Fault(message)| message)
    }

    pub(crate) fn compile(pattern: &str) -> Result<Self, Fault> {
        Ok(Whole(match plain(pattern) {
            Some(text) => Meaning::Plain(text),
            None => {
                // What is wrong is told of the pattern alone.
                compiled(pattern)?;
                Meaning::Regex(Box::new(compiled(&format!(r"\A(?:{pattern})\z"))?))
            }
        }))
    }

    /// Whether it matches all of a text.
    pub fn matches(&self, text: &str) -> bool {
        match &self.0 {
            Meaning::Plain(plain) => plain == text,
            Meaning::Regex(whole) => whole.is_match(text),
        }
    }
}

impl Pattern {
    pub(crate) fn read(pattern: &str) -> Result<Pattern, Fault> {
        match plain(pattern) {
            Some(text) => Ok(Pattern::Plain(text)),
            None => Ok(Pattern::Regex(Box::new(compiled(pattern)?))),
        }
    }

    /// Java's `split`: at most so many pieces; with 0 all, but for empty ones at the end.
    pub(crate) fn split<'t>(&self, text: &'t str, limit: i32) -> Vec<&'t str> {
        let most = usize::try_from(limit)
            .ok()
            .filter(|most| *most > 0)
            .unwrap_or(usize::MAX);
        let mut pieces = Vec::new();
        let mut from = 0;
        for (start, end) in self.places(text) {
            if pieces.len() + 1 == most {
                break;
            }
            if from == 0 && start == 0 && end == 0 {
                continue;
            }
            pieces.push(&text[from..start]);
            from = end;
        }
        if from == 0 && pieces.is_empty() {
            return vec![text];
        }
        pieces.push(&text[from..]);
        while limit == 0 && pieces.last().is_some_and(|last| last.is_empty()) {
            pieces.pop();
        }
        pieces
    }

    /// Replaces the first matches; `$1` in the replacement is a group, `\` takes a sign literally.
    pub(crate) fn replace(
        &self,
        text: &str,
        replacement: &str,
        count: usize,
    ) -> Result<String, Fault> {
        match self {
            Pattern::Plain(plain) if !text.contains(plain.as_str()) => Ok(text.to_owned()),
            Pattern::Plain(plain) => {
                let with = Replacement::read(replacement, 0)?.shown(|_| plain);
                Ok(text.replacen(plain.as_str(), &with, count))
            }
            Pattern::Regex(regex) => replacement::replace(regex, text, replacement, count),
        }
    }

    fn places(&self, text: &str) -> Vec<(usize, usize)> {
        match self {
            Pattern::Plain(plain) if !plain.is_empty() => text
                .match_indices(plain.as_str())
                .map(|(start, found)| (start, start + found.len()))
                .collect(),
            Pattern::Plain(_) => (0..=text.len())
                .filter(|at| text.is_char_boundary(*at))
                .map(|at| (at, at))
                .collect(),
            Pattern::Regex(regex) => regex
                .find_iter(text)
                .map(|found| (found.start(), found.end()))
                .collect(),
        }
    }
}

/// The text that a pattern without any operators stands for.
fn plain(pattern: &str) -> Option<String> {
    let mut text = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '.' | '[' | ']' | '{' | '}' | '(' | ')' | '*' | '+' | '?' | '^' | '$' | '|' => {
                return None;
            }
            '\\' => match characters.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                escaped if escaped.is_ascii_alphanumeric() => return None,
                escaped => escaped,
            },
            other => other,
        });
    }
    Some(text)
}

fn compiled(pattern: &str) -> Result<Regex, Fault> {
    let built = RegexBuilder::new(pattern).size_limit(SIZE).build();
    built.map_err(|error| {
        Fault(format!(
            "the regular expression `{pattern}` cannot be used: {error}"
        ))
    })
}
