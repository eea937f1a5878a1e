//! Simple types: what a text means, which texts are valid, and what they are in JSON.

use std::{borrow::Cow, cmp::Ordering};

use super::{Schema, Type, TypeId, number};
use crate::json::{Value, is_number};

/// A simple type.
#[derive(Clone, Debug)]
pub struct Simple {
    /// Namespace and name, where it has one.
    pub name: Option<(String, String)>,
    /// What its texts mean.
    pub kind: Kind,
    /// What holds besides, its own and what it inherits.
    pub facets: Vec<Facet>,
}

/// What texts mean.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Just a text, white space and all.
    Text,
    /// A text of which white space around it is no part; the name of the type in XML Schema.
    Token(&'static str),
    /// `true` or `false`
    Boolean,
    /// A whole number, at least and at most so large.
    Integer(Option<&'static str>, Option<&'static str>),
    /// A number without an exponent.
    Decimal,
    /// A number, or `INF`, `-INF`, `NaN`.
    Float,
    /// `2024-02-29`, with or without a time zone
    Date,
    /// `2024-02-29T12:00:00Z`
    DateTime,
    /// `12:00:00`
    Time,
    /// Bytes.
    Base64,
    /// Bytes.
    Hex,
    /// Items separated by white space.
    List(TypeId),
    /// The first of these that fits.
    Union(Vec<TypeId>),
}

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

impl Schema {
    /// The text of an element or attribute as JSON. Where it is not valid, a message says why.
    ///
    /// # Errors
    /// Where the text is not valid.
    pub fn to_json<'a>(&self, kind: TypeId, text: &'a str) -> Result<Value<'a>, String> {
        let simple = match &self.types[kind] {
            Type::Simple(simple) => simple,
            Type::Any | Type::Complex(_) => return Ok(Value::text(text)),
        };
        let token = simple.collapse(text);
        match &simple.kind {
            Kind::List(item) => {
                let items = token.split_ascii_whitespace();
                let items: Vec<_> = items
                    .map(|text| self.to_json(*item, text))
                    .collect::<Result<_, _>>()?;
                simple.check_length(items.len())?;
                Ok(Value::Array(items))
            }
            Kind::Union(kinds) => {
                simple.check(token)?;
                let mut fitting = kinds
                    .iter()
                    .filter_map(|kind| self.to_json(*kind, token).ok());
                fitting
                    .next()
                    .ok_or_else(|| "fits none of the types that are allowed".to_owned())
            }
            kind => {
                simple.check(token)?;
                Ok(kind.value(token))
            }
        }
    }

    /// A JSON value as the text of an element or attribute.
    ///
    /// # Errors
    /// Where the value is not valid.
    pub fn to_text<'v>(&self, kind: TypeId, value: &'v Value<'_>) -> Result<Cow<'v, str>, String> {
        let simple = match &self.types[kind] {
            Type::Simple(simple) => simple,
            Type::Any | Type::Complex(_) => {
                let text = value.scalar().map(Cow::Borrowed);
                return text.ok_or_else(|| format!("must be a text, not {}", value.kind()));
            }
        };
        match &simple.kind {
            Kind::List(item) => self.list(simple, *item, value),
            Kind::Union(kinds) => {
                let mut texts = kinds
                    .iter()
                    .filter_map(|kind| self.to_text(*kind, value).ok());
                let text = texts
                    .next()
                    .ok_or("fits none of the types that are allowed")?;
                simple.check(&text)?;
                Ok(text)
            }
            kind => {
                let text = kind.text(value)?;
                let text = match (kind, text) {
                    (Kind::Text, text) => text,
                    (_, Cow::Borrowed(text)) => simple.collapse(text).into(),
                    (_, text) => text,
                };
                simple.check(&text)?;
                Ok(text)
            }
        }
    }

    fn list<'v>(
        &self,
        simple: &Simple,
        item: TypeId,
        value: &'v Value<'_>,
    ) -> Result<Cow<'v, str>, String> {
        let items = match value {
            Value::Array(items) => &items[..],
            word @ Value::Word(_) => std::slice::from_ref(word),
            value => return Err(format!("must be an array, not {}", value.kind())),
        };
        let texts = items.iter().map(|value| match self.to_text(item, value)? {
            text if text.is_empty() || text.contains(char::is_whitespace) => {
                Err("an item of this list must be without white space".to_owned())
            }
            text => Ok(text),
        });
        let texts = texts.collect::<Result<Vec<_>, _>>()?;
        simple.check_length(texts.len())?;
        Ok(texts.join(" ").into())
    }
}

impl Simple {
    /// A type of its kind without facets.
    pub fn of(kind: Kind) -> Self {
        Simple {
            name: None,
            kind,
            facets: Vec::new(),
        }
    }

    fn collapse<'t>(&self, text: &'t str) -> &'t str {
        match self.kind {
            Kind::Text => text,
            _ => text.trim_matches([' ', '\t', '\r', '\n']),
        }
    }

    fn check(&self, text: &str) -> Result<(), String> {
        self.kind.check(text)?;
        self.facets
            .iter()
            .try_for_each(|facet| self.meets(facet, text))
    }

    fn check_length(&self, length: usize) -> Result<(), String> {
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

impl Kind {
    /// Whether a text is one of this kind.
    fn check(&self, text: &str) -> Result<(), String> {
        let valid = match self {
            Kind::Text | Kind::Token(_) | Kind::List(_) | Kind::Union(_) => true,
            Kind::Boolean => matches!(text, "true" | "false" | "1" | "0"),
            Kind::Integer(min, max) => return integer(text, *min, *max),
            Kind::Decimal => number::is_decimal(text),
            Kind::Float => matches!(text, "INF" | "-INF" | "NaN") || is_float(text),
            Kind::Date => is_date(without_zone(text)),
            Kind::Time => is_time(without_zone(text)),
            Kind::DateTime => {
                let parts = without_zone(text).split_once('T');
                parts.is_some_and(|(date, time)| is_date(date) && is_time(time))
            }
            Kind::Base64 => is_base64(text),
            Kind::Hex => {
                text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
            }
        };
        match valid {
            true => Ok(()),
            false => Err(format!("must be {}", self.what())),
        }
    }

    fn what(&self) -> &'static str {
        match self {
            Kind::Text | Kind::Token(_) | Kind::Union(_) => "a text",
            Kind::Boolean => "true or false",
            Kind::Integer(..) => "a whole number",
            Kind::Decimal => "a number without an exponent",
            Kind::Float => "a number, `INF`, `-INF` or `NaN`",
            Kind::Date => "a date such as `2024-02-29`",
            Kind::DateTime => "a date and time such as `2024-02-29T12:00:00Z`",
            Kind::Time => "a time such as `12:00:00`",
            Kind::Base64 => "bytes in base64",
            Kind::Hex => "bytes in hexadecimal digits",
            Kind::List(_) => "an array",
        }
    }

    /// A text that was found valid, as JSON.
    fn value<'a>(&self, text: &'a str) -> Value<'a> {
        match self {
            Kind::Boolean => Value::Bool(matches!(text, "true" | "1")),
            Kind::Integer(..) | Kind::Decimal => Value::Number(number::normal(text)),
            Kind::Float if is_number(text) => Value::Number(text.into()),
            Kind::Float if number::is_decimal(text) => Value::Number(number::normal(text)),
            _ => Value::text(text),
        }
    }

    /// What a JSON value of the right sort says; whether that is valid is another question.
    fn text<'v>(&self, value: &'v Value<'_>) -> Result<Cow<'v, str>, String> {
        match (self, value) {
            (_, Value::Word(text)) => Ok((&**text).into()),
            (Kind::Boolean, Value::Bool(_)) | (Kind::Float, Value::Number(_)) => {
                Ok(value.scalar().unwrap_or_default().into())
            }
            (Kind::Integer(..) | Kind::Decimal, Value::Number(digits)) => Ok((&**digits).into()),
            (Kind::Float, Value::Text(text)) if matches!(&**text, "INF" | "-INF" | "NaN") => {
                Ok((&**text).into())
            }
            (Kind::Boolean | Kind::Integer(..) | Kind::Decimal | Kind::Float, other) => {
                Err(format!("must be {}, not {}", self.what(), other.kind()))
            }
            (_, Value::Text(text)) => Ok((&**text).into()),
            (_, other) => Err(format!("must be a text, not {}", other.kind())),
        }
    }
}

fn integer(text: &str, min: Option<&str>, max: Option<&str>) -> Result<(), String> {
    if !number::is_integer(text) {
        return Err("must be a whole number".to_owned());
    }
    let beyond = |limit: Option<&str>, order| {
        limit.is_some_and(|limit| number::compare(text, limit) == Some(order))
    };
    if beyond(min, Ordering::Less) {
        return Err(format!("must be at least {}", min.unwrap_or_default()));
    }
    if beyond(max, Ordering::Greater) {
        return Err(format!("must be at most {}", max.unwrap_or_default()));
    }
    Ok(())
}

fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    number::is_decimal(mantissa) && number::is_integer(exponent)
}

/// A date or time without `Z`, `+01:00` and the like.
fn without_zone(text: &str) -> &str {
    if let Some(text) = text.strip_suffix('Z') {
        return text;
    }
    let Some((before, zone)) = text.split_at_checked(text.len().saturating_sub(6)) else {
        return text;
    };
    let hours = zone
        .strip_prefix(['+', '-'])
        .and_then(|zone| zone.split_once(':'));
    match hours {
        Some((hours, minutes)) if within(hours, 2, 0, 14) && within(minutes, 2, 0, 59) => before,
        _ => text,
    }
}

fn is_date(text: &str) -> bool {
    let mut parts = text.strip_prefix('-').unwrap_or(text).splitn(3, '-');
    let mut next = || parts.next().unwrap_or_default();
    let (year, month, day) = (next(), next(), next());
    let is_year = (4..10).contains(&year.len()) && year.bytes().all(|byte| byte.is_ascii_digit());
    is_year && within(month, 2, 1, 12) && within(day, 2, 1, days(year, month))
}

fn days(year: &str, month: &str) -> u32 {
    let year: u32 = year.parse().unwrap_or_default();
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        "02" if leap => 29,
        "02" => 28,
        "04" | "06" | "09" | "11" => 30,
        _ => 31,
    }
}

fn is_time(text: &str) -> bool {
    let (text, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = text.splitn(3, ':');
    let mut part = |max| parts.next().is_some_and(|part| within(part, 2, 0, max));
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    (text == "24:00:00" || (part(23) && part(59) && part(59))) && is_fraction
}

fn within(text: &str, length: usize, min: u32, max: u32) -> bool {
    let digits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    digits
        && text
            .parse()
            .is_ok_and(|number| (min..=max).contains(&number))
}

fn is_base64(text: &str) -> bool {
    let mut digits = 0_usize;
    let mut padding = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => digits += 1,
            b'=' => padding += 1,
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => return false,
        }
    }
    padding < 3 && (digits + padding).is_multiple_of(4)
}
