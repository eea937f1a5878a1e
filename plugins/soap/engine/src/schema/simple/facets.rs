//! What holds of a text besides its kind: lengths, limits, digits, patterns, a choice of values.

use std::cmp::Ordering;

use super::{Kind, Simple};
use crate::schema::{Pattern, number};

/// A restriction.
#[derive(Clone, Debug)]
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
    /// A regular expression of XML Schema.
    Pattern(Pattern),
}

impl Simple {
    /// Whether a text is one of this type.
    pub(super) fn check(&self, text: &str) -> Result<(), String> {
        self.kind.check(text)?;
        let lengths = matches!(self.kind, Kind::Union(_));
        if !lengths {
            self.check_length(self.length(text))?;
        }
        self.check_text(text)
    }

    /// Whether there may be so many characters, bytes or items.
    pub(super) fn check_length(&self, length: usize) -> Result<(), String> {
        let unit = self.unit();
        self.facets.iter().try_for_each(|facet| match facet {
            Facet::MinLength(min) if length < *min => {
                Err(format!("must have at least {min} {unit}"))
            }
            Facet::MaxLength(max) if length > *max => {
                Err(format!("must have at most {max} {unit}"))
            }
            _ => Ok(()),
        })
    }

    /// Whether a text meets all facets but those of its length.
    pub(super) fn check_text(&self, text: &str) -> Result<(), String> {
        self.facets
            .iter()
            .try_for_each(|facet| self.meets(facet, text))
    }

    fn meets(&self, facet: &Facet, text: &str) -> Result<(), String> {
        // What cannot be compared, such as `NaN`, is beyond every limit.
        let beyond = |limit: &String, order: fn(Ordering) -> bool| {
            self.kind.compare(text, limit).is_none_or(order)
        };
        let digits = || number::digits(text).unwrap_or_default();
        let failed = match facet {
            Facet::Enumeration(values) if !values.iter().any(|value| self.same(value, text)) => {
                format!("must be one of {}", listed(values))
            }
            Facet::Min(limit) if beyond(limit, Ordering::is_lt) => {
                format!("must be at least {limit}")
            }
            Facet::Max(limit) if beyond(limit, Ordering::is_gt) => {
                format!("must be at most {limit}")
            }
            Facet::Above(limit) if beyond(limit, Ordering::is_le) => {
                format!("must be more than {limit}")
            }
            Facet::Below(limit) if beyond(limit, Ordering::is_ge) => {
                format!("must be less than {limit}")
            }
            Facet::TotalDigits(most) if digits().0 > *most => {
                format!("must have at most {most} digits")
            }
            Facet::FractionDigits(most) if digits().1 > *most => {
                format!("must have at most {most} digits behind the point")
            }
            Facet::Pattern(pattern) if !pattern.matches(text) => {
                format!("must match the pattern {}", pattern.shown())
            }
            _ => return Ok(()),
        };
        Err(failed)
    }

    /// Whether two texts are the same value.
    fn same(&self, value: &str, text: &str) -> bool {
        value == text || self.kind.compare(value, text) == Some(Ordering::Equal)
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
            Kind::List(_) => "items",
            _ => "characters",
        }
    }
}

fn listed(values: &[String]) -> String {
    let shown: Vec<_> = values
        .iter()
        .take(10)
        .map(|value| format!("`{value}`"))
        .collect();
    let more = if values.len() > 10 { " and so on" } else { "" };
    format!("{}{more}", shown.join(", "))
}
