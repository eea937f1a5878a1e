//! What can be wrong with a JSON text.

use std::fmt;

/// Why a text is no JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    pub(super) at: u32,
    pub(super) mistake: Mistake,
}

/// What is wrong. A number, so that what reads returns it in a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    TooLarge,
    Follows,
    TooEarly,
    TooDeep,
    EndlessArray,
    EndlessObject,
    EndlessText,
    NoComma,
    NoColon,
    NoValue,
    NoDigits,
}

impl Mistake {
    fn message(self) -> &'static str {
        match self {
            Mistake::TooLarge => "more than four gigabytes",
            Mistake::Follows => "something follows the end",
            Mistake::TooEarly => "it ends too early",
            Mistake::TooDeep => "nested too deep",
            Mistake::EndlessArray => "an array without its `]`",
            Mistake::EndlessObject => "an object without its `}`",
            Mistake::EndlessText => "a text without its end",
            Mistake::NoComma => "neither a comma nor the end",
            Mistake::NoColon => "a name without its `:`",
            Mistake::NoValue => "a value is missing",
            Mistake::NoDigits => "`\\u` without four hexadecimal digits",
        }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid JSON at byte {}: {}",
            self.at,
            self.mistake.message()
        )
    }
}
