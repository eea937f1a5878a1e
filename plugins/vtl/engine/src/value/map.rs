//! Maps that keep the order in which their names were set, as Java's `LinkedHashMap`.

use std::collections::BTreeMap;

use super::{Key, Text, Value};

/// Above this many entries, names are looked up in an index.
const SMALL: usize = 8;

/// Names and values in the order in which they were set.
#[derive(Clone, Debug, Default)]
pub struct Map {
    entries: Vec<(Key, Value)>,
    /// Where each text stands; empty while there are few, or after one was removed.
    index: BTreeMap<Text, usize>,
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
            self.index.insert(name.clone(), self.entries.len());
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
                |(known, _): &(Key, Value)| matches!(known, Key::Text(known) if known.is(name));
            return self.entries.iter().position(is);
        }
        if self.index.is_empty() {
            let places = self.entries.iter().enumerate();
            let texts = places.filter_map(|(place, (key, _))| match key {
                Key::Text(name) => Some((name.clone(), place)),
                _ => None,
            });
            self.index = texts.collect();
        }
        self.index.get(name).copied()
    }
}

impl<K: Into<Key>> FromIterator<(K, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        let mut map = Map {
            entries: Vec::with_capacity(entries.size_hint().0),
            index: BTreeMap::new(),
        };
        for (key, value) in entries {
            map.put(key.into(), value);
        }
        map
    }
}
