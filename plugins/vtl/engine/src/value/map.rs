//! Maps that keep the order in which their names were set, as Java's `LinkedHashMap`.

use std::{collections::BTreeMap, sync::Arc};

use super::{Number, Value, text};

/// Above this many entries, names are looked up in an index.
const SMALL: usize = 8;

/// Names and values in the order in which they were set.
#[derive(Clone, Debug, Default)]
pub struct Map {
    entries: Vec<(Key, Value)>,
    /// Where each text stands; empty while there are few, or after one was removed.
    index: BTreeMap<Arc<str>, usize>,
}

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
    Text(Arc<str>),
}

impl Key {
    pub(crate) fn of(value: &Value) -> Key {
        match value {
            Value::Null => Key::Null,
            Value::Boolean(yes) => Key::Boolean(*yes),
            Value::Number(Number::Integer(number)) => Key::Integer(*number),
            Value::Number(Number::Long(number)) => Key::Long(*number),
            Value::Number(number) => Key::Digits(number.text().into()),
            Value::Text(text) => Key::Text(Arc::clone(text)),
            // Lists and maps as names: by what they look like.
            other => Key::Text(text(other).unwrap_or_default().as_ref().into()),
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
            Key::Text(text) => Value::Text(Arc::clone(text)),
        }
    }
}

impl From<&str> for Key {
    fn from(name: &str) -> Self {
        Key::Text(name.into())
    }
}

impl Map {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn entries(&self) -> &[(Key, Value)] {
        &self.entries
    }

    pub(crate) fn into_values(self) -> impl Iterator<Item = Value> {
        self.entries.into_iter().map(|(_, value)| value)
    }

    pub(crate) fn get(&mut self, key: &Key) -> Option<&Value> {
        let found = self.find(key)?;
        Some(&self.entries[found].1)
    }

    pub(crate) fn get_text(&mut self, name: &str) -> Option<&Value> {
        let found = self.find_text(name)?;
        Some(&self.entries[found].1)
    }

    /// Sets a value, and gives the one before.
    pub fn put(&mut self, key: Key, value: Value) -> Option<Value> {
        if let Some(found) = self.find(&key) {
            return Some(std::mem::replace(&mut self.entries[found].1, value));
        }
        if let (Key::Text(name), false) = (&key, self.index.is_empty()) {
            self.index.insert(Arc::clone(name), self.entries.len());
        }
        self.entries.push((key, value));
        None
    }

    pub(crate) fn remove(&mut self, key: &Key) -> Option<Value> {
        let found = self.find(key)?;
        self.index.clear();
        Some(self.entries.remove(found).1)
    }

    fn find(&mut self, key: &Key) -> Option<usize> {
        match key {
            Key::Text(name) => self.find_text(name),
            // Such names are few.
            _ => self.entries.iter().position(|(known, _)| known == key),
        }
    }

    fn find_text(&mut self, name: &str) -> Option<usize> {
        if self.entries.len() <= SMALL {
            let is =
                |(known, _): &(Key, Value)| matches!(known, Key::Text(known) if **known == *name);
            return self.entries.iter().position(is);
        }
        if self.index.is_empty() {
            let places = self.entries.iter().enumerate();
            let texts = places.filter_map(|(place, (key, _))| match key {
                Key::Text(name) => Some((Arc::clone(name), place)),
                _ => None,
            });
            self.index = texts.collect();
        }
        self.index.get(name).copied()
    }
}

impl<K: Into<Key>> FromIterator<(K, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(entries: I) -> Self {
        let mut map = Map::default();
        for (key, value) in entries {
            map.put(key.into(), value);
        }
        map
    }
}
