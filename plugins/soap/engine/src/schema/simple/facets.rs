//! What holds of a text besides its kind: lengths, limits, digits, a choice of values.

use std::cmp::Ordering;

use super::{Kind, Simple};
use crate::schema::number;

/// A restriction.
#[derive(Clone, Debug, PartialEq)]
pub enum Facet {
    /// One of these.
    Enumeration(Vec<String>),
    /// At least so many characters, bytes or items.
    MinLength(usize),
    /// At most so many.
    MaxLength(usize),
    /// At least so large.
    Min(String),
    /// At most so large.
    Max(String),
    /// Larger than this.
    Above(String),
    /// Smaller than this.
    Below(String),
    /// At most so many digits.
    TotalDigits(usize),
    /// At most so many digits behind the point.
    FractionDigits(usize),
    /// A regular expression of XML Schema. Shown in OpenAPI documents, not checked.
    Pattern(String),
}

impl Simple {
    /// Whether a text is one of this type.
    pub(super) fn check(&self, text: &str) -> Result<(), String> {
        self.kind.check(text)?;
        self.facets
            .iter()
            .try_for_each(|facet| self.meets(facet, text))
    }

    /// Whether a list may have so many items.
    pub(super) fn check_length(&self, length: usize) -> Result<(), String> {
        self.facets.iter().try_for_each(|facet| match facet {
            Facet::MinLength(min) if length < *min => {
                Err(format!("must have at least {min} items"))
            }
            Facet::MaxLength(max) if length > *max => Err(format!("must have at most {max} items")),
            _ => Ok(()),
        })
    }

    fn meets(&self, facet: &Facet, text: &str) -> Result<(), String> {
        let compared = |limit: &String, fails: fn(Ordering) -> bool| {
            number::compare(text, limit).is_some_and(fails)
        };
        let digits = || number::digits(text).unwrap_or_default();
        match facet {
            Facet::Enumeration(values) if !values.iter().any(|value| *value == *text) => {
                let shown: Vec<_> = values
                    .iter()
                    .take(10)
                    .map(|value| format!("`{value}`"))
                    .collect();
                let more = if values.len() > 10 { " and so on" } else { "" };
                Err(format!("must be one of {}{more}", shown.join(", ")))
            }
            Facet::MinLength(min) if self.length(text) < *min => {
                Err(format!("must have at least {min} {}", self.unit()))
            }
            Facet::MaxLength(max) if self.length(text) > *max => {
                Err(format!("must have at most {max} {}", self.unit()))
            }
            Facet::Min(limit) if compared(limit, Ordering::is_lt) => {
                Err(format!("must be at least {limit}"))
            }
            Facet::Max(limit) if compared(limit, Ordering::is_gt) => {
                Err(format!("must be at most {limit}"))
            }
            Facet::Above(limit) if compared(limit, Ordering::is_le) => {
                Err(format!("must be more than {limit}"))
            }
            Facet::Below(limit) if compared(limit, Ordering::is_ge) => {
                Err(format!("must be less than {limit}"))
            }
            Facet::TotalDigits(most) if digits().0 > *most => {
                Err(format!("must have at most {most} digits"))
            }
            Facet::FractionDigits(most) if digits().1 > *most => {
                Err(format!("must have at most {most} digits behind the point"))
            }
            _ => Ok(()),
        }
    }

    fn length(&self, text: &str) -> usize {
        match self.kind {
            Kind::Hex => text.len() / 2,
            Kind::Base64 => {
                text.bytes()
                    .filter(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte))
                    .count()
                    * 3
                    / 4
            }
            _ => text.chars().count(),
        }
    }

    fn unit(&self) -> &'static str {
        match self.kind {
            Kind::Hex | Kind::Base64 => "bytes",
            _ => "characters",
        }
    }
}
