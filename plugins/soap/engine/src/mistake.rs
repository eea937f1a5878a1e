//! What is wrong with a message, and where.

use std::fmt;

/// One mistake in a message, with its place in the JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mistake {
    /// A JSON Pointer; empty for the whole.
    pub pointer: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Mistake {
    /// A mistake right here.
    pub fn here(message: impl Into<String>) -> Self {
        Mistake {
            pointer: String::new(),
            message: message.into(),
        }
    }

    /// The same mistake, seen from one step further out.
    #[must_use]
    pub fn within(self, step: &str) -> Self {
        let step = step.replace('~', "~0").replace('/', "~1");
        Mistake {
            pointer: ["/", &step, &self.pointer].concat(),
            ..self
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.pointer.is_empty() {
            write!(f, "`{}`: ", self.pointer)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Mistake {}
