//! What can be wrong with a template, and where.

use std::{cell::Cell, fmt};

/// A place in a template, from 1. Columns count characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column within the line.
    pub column: u32,
}

/// Finds places in a text. It remembers the last one, so that a way through the text is counted once.
#[derive(Debug)]
pub(crate) struct Places<'t> {
    text: &'t str,
    last: Cell<(usize, Place)>,
}

impl<'t> Places<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let first = Place { line: 1, column: 1 };
        Places {
            text,
            last: Cell::new((0, first)),
        }
    }

    /// The place of a byte.
    pub(crate) fn of(&self, at: usize) -> Place {
        let (mut from, mut place) = self.last.get();
        if at < from {
            (from, place) = (0, Place { line: 1, column: 1 });
        }
        for character in self.text.get(from..at).unwrap_or_default().chars() {
            match character {
                '\n' => {
                    place = Place {
                        line: place.line + 1,
                        column: 1,
                    }
                }
                _ => place.column += 1,
            }
        }
        self.last.set((at, place));
        place
    }
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
