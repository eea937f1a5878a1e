//! Simple types: what a text means, which texts are valid, and what they are in JSON.

use std::borrow::Cow;

use super::{Schema, Type, TypeId, number};
use crate::json::{Value, is_number};

mod facets;
mod lexical;

pub use self::facets::Facet;

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
