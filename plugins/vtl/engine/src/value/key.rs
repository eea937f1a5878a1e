//! The names of a map.

use std::sync::Arc;

use super::{Number, Text, Value, text};

/// A name of a map: a text in nearly all cases.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Java's null.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// An `Integer`.
    Integer(i32),
    /// A `Long`.
    Long(i64),
    /// A number of another kind, by its digits.
    Digits(Arc<str>),
    /// A text.
    Text(Text),
}

impl Key {
    pub(crate) fn of(value: &Value) -> Key {
        match value {
            Value::Null => Key::Null,
            Value::Boolean(yes) => Key::Boolean(*yes),
            Value::Number(Number::Integer(number)) => Key::Integer(*number),
            Value::Number(Number::Long(number)) => Key::Long(*number),
            Value::Number(number) => Key::Digits(number.text().into()),
            Value::Text(text) => Key::Text(text.clone()),
            // Lists and maps as names: by what they look like.
            other => Key::from(&*text(other).unwrap_or_default()),
        }
    }

    /// What it looks like.
    pub fn shown(&self) -> String {
        self.value().shown()
    }

    pub(crate) fn value(&self) -> Value {
        match self {
            Key::Null => Value::Null,
            Key::Boolean(yes) => Value::Boolean(*yes),
            Key::Integer(number) => Value::integer(*number),
            Key::Long(number) => Value::Number(Number::Long(*number)),
            Key::Digits(digits) => {
                Value::Number(Number::read(digits).unwrap_or(Number::Integer(0)))
            }
            Key::Text(text) => Value::Text(text.clone()),
        }
    }
}

impl From<&str> for Key {
    fn from(name: &str) -> Self {
        Key::Text(name.into())
    }
}

impl From<Text> for Key {
    fn from(name: Text) -> Self {
        Key::Text(name)
    }
}
