//! Mistakes: what is wrong, where, and what to do; gathered and shown all at once.

use std::{
    fmt::{self, Write},
    sync::Arc,
};

use super::Document;

/// Columns of a source line that a report shows.
const EXCERPT: usize = 120;

/// Where in which file something stands, and how to find what is inside of it.
#[derive(Clone, Debug)]
pub struct Place {
    pub document: Arc<Document>,
    /// JSON Pointer from the document's root.
    pub pointer: String,
    /// Line and column, from 1.
    pub position: (u32, u32),
}

impl Place {
    /// The place of a value; where the value was not written, that of what is around it.
    pub(crate) fn of(document: &Arc<Document>, pointer: &str) -> Place {
        Place {
            document: Arc::clone(document),
            pointer: pointer.to_owned(),
            position: document.position(pointer),
        }
    }

    /// The place of the name under which a value stands.
    pub(super) fn of_key(document: &Arc<Document>, pointer: &str) -> Place {
        Place {
            document: Arc::clone(document),
            pointer: pointer.to_owned(),
            position: document.key_position(pointer),
        }
    }

    /// The place of a value inside of this one, by a JSON Pointer that begins here.
    pub fn inside(&self, pointer: &str) -> Place {
        Place::of(&self.document, &format!("{}{pointer}", self.pointer))
    }

    /// Whether anything here came from the environment, and so may be a secret.
    pub(crate) fn is_expanded(&self) -> bool {
        self.document.is_expanded(&self.pointer)
    }

    /// The place of the name of a value inside of this one.
    pub fn key_inside(&self, pointer: &str) -> Place {
        Place::of_key(&self.document, &format!("{}{pointer}", self.pointer))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.position;
        write!(out, "{}:{line}:{column}", self.document.path.display())
    }
}

/// One mistake: what is wrong, where, and what to do.
#[derive(Clone, Debug)]
pub struct Problem {
    pub place: Option<Place>,
    pub message: String,
    pub suggestion: Option<String>,
}

impl Problem {
    pub fn new(place: Place, message: impl Into<String>) -> Problem {
        Problem {
            place: Some(place),
            message: message.into(),
            suggestion: None,
        }
    }

    /// Says what to do about it.
    pub fn help(mut self, suggestion: impl Into<String>) -> Problem {
        self.suggestion = Some(suggestion.into());
        self
    }

    /// The same on one line: `wasmgate.yaml:7:17: what is wrong; what to do`.
    pub(crate) fn brief(&self) -> String {
        match &self.place {
            Some(place) => format!("{place}: {}", self.sentence()),
            None => self.sentence(),
        }
    }

    /// What is wrong, and what to do.
    pub(crate) fn sentence(&self) -> String {
        let said = match &self.suggestion {
            Some(suggestion) => format!("{}; {suggestion}", self.message),
            None => self.message.clone(),
        };
        match &self.place {
            Some(place) => visible(&place.document.mask(&place.pointer, &said)),
            None => visible(&said),
        }
    }

    fn order(&self) -> (u32, u32) {
        self.place.as_ref().map_or((0, 0), |place| place.position)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(place) = &self.place else {
            writeln!(out, "{}", visible(&self.message))?;
            return help(self.suggestion.as_deref(), out);
        };
        let message = place.document.mask(&place.pointer, &self.message);
        writeln!(out, "{place}: {}", visible(&message))?;
        if !place.pointer.starts_with("/secrets") {
            excerpt(&place.document.text, place.position, out)?;
        }
        let suggestion = self.suggestion.as_deref();
        let suggestion = suggestion.map(|text| place.document.mask(&place.pointer, text));
        help(suggestion.as_deref(), out)
    }
}

/// Every mistake of a configuration, in the order of the file; never none.
#[derive(Clone, Debug)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Puts mistakes in order. None where there is no mistake.
    pub fn new(mut problems: Vec<Problem>) -> Option<Problems> {
        problems.sort_by_key(Problem::order);
        (!problems.is_empty()).then_some(Problems(problems))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Problems {
        Problems(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|problem| problem.fmt(out))
    }
}

impl std::error::Error for Problems {}

fn help(suggestion: Option<&str>, out: &mut impl Write) -> fmt::Result {
    match suggestion {
        Some(suggestion) => writeln!(out, "  help: {}", visible(suggestion)),
        None => Ok(()),
    }
}

/// The source line with a caret under the column; nothing where the file has no such line.
fn excerpt(text: &str, (line, column): (u32, u32), out: &mut impl Write) -> fmt::Result {
    let Some(source) = text.lines().nth(line.saturating_sub(1) as usize) else {
        return Ok(());
    };
    let column = column.saturating_sub(1) as usize;
    let skipped = column.saturating_sub(EXCERPT / 2);
    let shown: String = source.chars().skip(skipped).take(EXCERPT).collect();
    let shown = shown.replace(char::is_control, " ");
    let number = line.to_string();
    let (indent, caret) = (" ".repeat(number.len()), " ".repeat(column - skipped));
    writeln!(out, "  {number} | {}", shown.trim_end())?;
    writeln!(out, "  {indent} | {caret}^")
}

/// Text without control characters, which could play tricks on a terminal.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character.is_control() {
            true => shown.extend(character.escape_default()),
            false => shown.push(character),
        }
    }
    shown
}

/// The name among `known` that was probably meant.
pub(crate) fn closest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let scored = known.into_iter().map(|candidate| {
        let score = strsim::damerau_levenshtein(&lower, &candidate.to_lowercase());
        (score, candidate)
    });
    let (score, candidate) = scored.min_by_key(|(score, _)| *score)?;
    let longest = lower.chars().count().max(candidate.chars().count());
    (score <= longest.div_ceil(3)).then_some(candidate)
}

/// ``did you mean `…`?``, or the names that there are.
pub(super) fn did_you_mean<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<String> {
    if let Some(meant) = closest(name, known.clone()) {
        return Some(format!("did you mean `{meant}`?"));
    }
    let names: Vec<String> = known.into_iter().map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| format!("known are {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested() {
        let known = ["listen", "listeners", "limits"];
        assert_eq!(closest("lisen", known), Some("listen"));
        assert_eq!(closest("LIMITS", known), Some("limits"));
        assert_eq!(closest("upstreams", known), None);
    }

    #[test]
    fn control_characters_are_shown_not_sent() {
        assert_eq!(visible("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
    }

    #[test]
    fn long_lines_are_cut_around_the_column() {
        let mut shown = String::new();
        let text = format!("{}x", " ".repeat(500));
        let done = excerpt(&text, (1, 501), &mut shown);
        assert!(done.is_ok());
        assert!(
            shown.lines().all(|line| line.len() < EXCERPT + 8),
            "{shown}"
        );
        assert!(shown.contains('x'));
    }
}
