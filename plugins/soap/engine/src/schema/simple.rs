//! Simple types: what a text means, which texts are valid, and what they are in JSON.

use std::borrow::Cow;

use super::{Schema, Type, TypeId, number};
use crate::json::{Value, is_number};

mod facets;
mod lexical;
mod order;

pub use self::facets::Facet;

/// A simple type.
#[derive(Clone, Debug)]
pub struct Simple {
    /// Namespace and name, where it has one.
    pub name: Option<(String, String)>,
    /// What its texts mean.
    pub kind: Kind,
    /// What becomes of white space.
    pub white: White,
    /// What holds besides, its own and what it inherits.
    pub facets: Vec<Facet>,
}

/// What becomes of white space before a text is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum White {
    /// Nothing.
    Preserve,
    /// Each tab and line break becomes a space.
    Replace,
    /// Runs of it become one space, and none is left at the ends.
    Collapse,
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

impl Schema {
    /// The text of an element or attribute as JSON. Where it is not valid, a message says why.
    ///
    /// # Errors
    /// Where the text is not valid.
    pub fn to_json<'a>(&self, kind: TypeId, text: &'a str) -> Result<Value<'a>, String> {
        let simple = match &self.types[kind] {
            Type::Simple(simple) => simple,
            Type::Any | Type::Array(_) | Type::Complex(_) => return Ok(Value::text(text)),
        };
        match simple.white(text) {
            Cow::Borrowed(text) => self.value(simple, text),
            Cow::Owned(text) => Ok(self.value(simple, &text)?.into_owned()),
        }
    }

    /// A text as JSON, its white space seen to.
    fn value<'a>(&self, simple: &Simple, text: &'a str) -> Result<Value<'a>, String> {
        match &simple.kind {
            Kind::List(item) => {
                let items = text.split_ascii_whitespace();
                let items: Vec<_> = items
                    .map(|text| self.to_json(*item, text))
                    .collect::<Result<_, _>>()?;
                simple.check_length(items.len())?;
                simple.check_text(text)?;
                Ok(Value::Array(items))
            }
            Kind::Union(kinds) => {
                simple.check(text)?;
                let mut fitting = kinds
                    .iter()
                    .filter_map(|kind| self.to_json(*kind, text).ok());
                fitting
                    .next()
                    .ok_or_else(|| "fits none of the types that are allowed".to_owned())
            }
            kind => {
                simple.check(text)?;
                Ok(kind.value(text))
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
            Type::Any | Type::Array(_) | Type::Complex(_) => {
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
                let text = match text {
                    Cow::Borrowed(text) => simple.white(text),
                    Cow::Owned(text) => simple.white(&text).into_owned().into(),
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
        let text = texts.join(" ");
        simple.check_text(&text)?;
        Ok(text.into())
    }
}

impl Simple {
    /// A type of its kind without facets.
    pub fn of(kind: Kind) -> Self {
        let white = match kind {
            Kind::Text => White::Preserve,
            Kind::Token("normalizedString") => White::Replace,
            _ => White::Collapse,
        };
        Simple {
            name: None,
            kind,
            white,
            facets: Vec::new(),
        }
    }

    /// A text with the white space that the type leaves of it.
    pub(crate) fn white<'t>(&self, text: &'t str) -> Cow<'t, str> {
        const WHITE: [char; 4] = [' ', '\t', '\r', '\n'];
        let trimmed = text.trim_matches(WHITE);
        match self.white {
            White::Replace if text.contains(&WHITE[1..]) => text.replace(&WHITE[1..], " ").into(),
            White::Preserve | White::Replace => text.into(),
            White::Collapse if !trimmed.contains(&WHITE[1..]) && !trimmed.contains("  ") => {
                trimmed.into()
            }
            White::Collapse => {
                let words: Vec<_> = trimmed.split(WHITE).filter(|it| !it.is_empty()).collect();
                words.join(" ").into()
            }
        }
    }
}

impl Kind {
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
