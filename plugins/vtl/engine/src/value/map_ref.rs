//! Maps that are shared.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use super::{
    Key, Map, Value,
    shared::{Form, Opens, Shared},
};
use crate::document::{Node, Opened, Part, Spot};

/// A shared map.
#[derive(Clone, Debug)]
pub struct MapRef(pub(super) Shared<MapCell>);

/// What is particular about a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Usual,
    /// Printing it shows nothing, as with `$context.identity`.
    Silent,
    /// Names are found in any case, as with header fields.
    AnyCase,
}

#[derive(Debug)]
pub(crate) struct MapCell {
    manner: Manner,
    /// How often names came or went.
    changes: Cell<u32>,
    pub(super) entries: RefCell<Map>,
}

impl Opens for MapCell {
    fn all(opened: &Opened) -> &BTreeMap<u32, Rc<Self>> {
        &opened.maps
    }
}

impl MapRef {
    /// A map as templates make them.
    pub fn new(entries: Map) -> Self {
        MapRef::with(Manner::Usual, entries)
    }

    /// A map that shows nothing where it is printed, as `$context.identity`.
    pub fn silent(entries: Map) -> Self {
        MapRef::with(Manner::Silent, entries)
    }

    /// A map whose names are found in any case, as those of header fields.
    pub fn any_case(entries: Map) -> Self {
        MapRef::with(Manner::AnyCase, entries)
    }

    /// An object of a document.
    pub(crate) fn part(part: Part) -> Self {
        MapRef(Shared::Part(part))
    }

    fn with(manner: Manner, entries: Map) -> Self {
        MapRef(Shared::Own(Rc::new(MapCell {
            manner,
            changes: Cell::new(0),
            entries: RefCell::new(entries),
        })))
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Value> {
        match (key, self.0.form()) {
            (Key::Text(name), _) => self.text(name),
            (_, Form::Own(cell)) => cell.entries.borrow_mut().get(key).cloned(),
            (_, Form::Part(_)) => None,
        }
    }

    /// The value of a name.
    pub fn text(&self, name: &str) -> Option<Value> {
        match self.0.form() {
            Form::Own(cell) => cell.text(name),
            Form::Part(part) => part.member(name),
        }
    }

    /// Where it stands, if it is an object of a document that nobody has changed.
    #[inline]
    pub(crate) fn spot(&self) -> Option<Spot<'_>> {
        match &self.0 {
            Shared::Part(part) => part.spot(Node::Map),
            Shared::Own(_) => None,
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self.0.form() {
            Form::Own(cell) => cell.entries.borrow().len(),
            Form::Part(part) => part.len() / 2,
        }
    }

    /// Sets a value, and gives the one before.
    pub fn put(&self, key: Key, value: Value) -> Option<Value> {
        self.change(|entries| entries.put(key, value))
    }

    pub(crate) fn remove(&self, key: &Key) -> Option<Value> {
        self.change(|entries| entries.remove(key))
    }

    pub(crate) fn clear(&self) {
        // What was there is freed after this, when nothing is borrowed.
        drop(self.change(std::mem::take));
    }

    fn change<T>(&self, change: impl FnOnce(&mut Map) -> T) -> T {
        let cell = self.0.own();
        let mut entries = cell.entries.borrow_mut();
        let before = entries.len();
        let result = change(&mut entries);
        let changed = u32::from(entries.len() != before);
        cell.changes.set(cell.changes.get() + changed);
        result
    }

    /// How often names came or went.
    pub(crate) fn changes(&self) -> u32 {
        self.0.cell().map_or(0, |cell| cell.changes.get())
    }

    /// A copy of all names and values, so that nothing is borrowed while they are looked at.
    pub fn entries(&self) -> Vec<(Key, Value)> {
        match self.0.form() {
            Form::Own(cell) => cell.entries.borrow().entries().to_vec(),
            Form::Part(part) => part.entries(),
        }
    }

    pub(crate) fn names(&self) -> Vec<Value> {
        match self.0.form() {
            Form::Own(cell) => {
                let entries = cell.entries.borrow();
                entries
                    .entries()
                    .iter()
                    .map(|(name, _)| name.value())
                    .collect()
            }
            Form::Part(part) => part.names(),
        }
    }

    pub(crate) fn is_silent(&self) -> bool {
        matches!(&self.0, Shared::Own(cell) if cell.manner == Manner::Silent)
    }

    pub(crate) fn is(&self, other: &MapRef) -> bool {
        self.0.is(&other.0)
    }

    pub(crate) fn cell(&self) -> Option<Rc<MapCell>> {
        self.0.cell()
    }
}

impl MapCell {
    fn text(&self, name: &str) -> Option<Value> {
        let mut entries = self.entries.borrow_mut();
        match entries.get_text(name) {
            None if self.manner == Manner::AnyCase => {
                entries.get_text(&name.to_ascii_lowercase()).cloned()
            }
            found => found.cloned(),
        }
    }
}
