//! What can be wrong with a template, and where.

use std::fmt;

/// A place in a template, from 1. Columns count characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column within the line.
    pub column: u32,
}

impl Place {
    /// The place of a byte of a text.
    pub(crate) fn of(text: &str, at: usize) -> Place {
        let before = text.get(..at).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        Place {
            line: 1 + count(before.bytes().filter(|byte| *byte == b'\n').count()),
            column: 1 + count(before[start..].chars().count()),
        }
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A template that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where reading it stopped.
    pub place: Place,
    /// What is wrong.
    pub message: String,
}

/// Why a template could not be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderError {
    /// Where in the template.
    pub place: Place,
    /// What went wrong.
    pub message: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, self.place, &self.message)
    }
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, self.place, &self.message)
    }
}

fn show(f: &mut fmt::Formatter<'_>, place: Place, message: &str) -> fmt::Result {
    write!(f, "line {}, column {}: {message}", place.line, place.column)
}

impl std::error::Error for SyntaxError {}

impl std::error::Error for RenderError {}
