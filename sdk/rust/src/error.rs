use std::fmt;

use crate::bindings::wasmgate::plugin::types;

/// Why the host did not do what a plugin asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: String,
    message: String,
}

impl Error {
    /// What went wrong: `denied`, `not-found`, `invalid`, `limit`, `timeout`, `unavailable` or `conflict`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// A sentence for the log.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for Error {}

impl From<types::Error> for Error {
    fn from(types::Error { code, message }: types::Error) -> Self {
        Error { code, message }
    }
}
