//! Values that are read once and used by many renderings.

use super::{Key, Map, Number, Origin, Text, Value};
use crate::json::{self, JsonError};

/// A value that never changes, so that renderings on other threads may share it. Each gets lists and maps of its own.
#[derive(Clone, Debug)]
pub struct Constant(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Null,
    Boolean(bool),
    Number(Number),
    Text(Text),
    List(Vec<Kind>),
    Map(Vec<(Key, Kind)>),
}

impl Constant {
    /// Reads JSON, as leniently as a body.
    ///
    /// # Errors
    /// Where it looks like an object or array and is none.
    pub fn from_json(text: &str) -> Result<Self, JsonError> {
        let document = json::read(text.into())?;
        Ok(Constant(Kind::of(&document.root())))
    }

    /// The value, for one rendering.
    pub fn value(&self) -> Value {
        self.0.value()
    }
}

impl From<&str> for Constant {
    fn from(text: &str) -> Self {
        Constant(Kind::Text(text.into()))
    }
}

impl Kind {
    fn of(value: &Value) -> Kind {
        match value {
            Value::Boolean(yes) => Kind::Boolean(*yes),
            Value::Number(number) => Kind::Number(number.clone()),
            Value::Text(text) => Kind::Text(text.clone()),
            Value::List(list) => Kind::List(list.items().iter().map(Kind::of).collect()),
            Value::Map(map) => {
                let entries = map.entries().into_iter();
                Kind::Map(
                    entries
                        .map(|(key, value)| (key, Kind::of(&value)))
                        .collect(),
                )
            }
            // JSON has nothing else.
            _ => Kind::Null,
        }
    }

    fn value(&self) -> Value {
        match self {
            Kind::Null => Value::Null,
            Kind::Boolean(yes) => Value::Boolean(*yes),
            Kind::Number(number) => Value::Number(number.clone()),
            Kind::Text(text) => Value::Text(text.clone()),
            Kind::List(items) => Value::list(Origin::Json, items.iter().map(Kind::value).collect()),
            Kind::Map(entries) => {
                let entries = entries.iter();
                Value::map(
                    entries
                        .map(|(key, kind)| (key.clone(), kind.value()))
                        .collect::<Map>(),
                )
            }
        }
    }
}
