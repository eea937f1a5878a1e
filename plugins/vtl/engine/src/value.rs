//! The values of a template: what Java objects are to Velocity.

mod display;
mod equality;
mod map;
mod number;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
};

pub(crate) use self::{
    display::{TooDeep, json as written, text},
    equality::{Incomparable, equal, same},
    number::NumberError,
};
pub use self::{
    map::{Key, Map},
    number::Number,
};
use crate::{
    json::{self, JsonError},
    render::Loop,
    tree::Define,
};

/// A value. Lists and maps are shared: what is changed in one place is seen in all.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// Java's null: an empty text wherever a reference meets it.
    #[default]
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(Arc<str>),
    /// A list, an array or a set.
    List(List),
    /// Names and values, in the order in which they were set.
    Map(MapRef),
    /// A name and a value of a map.
    Entry(Rc<(Value, Value)>),
    /// What the gateway provides: `$input`, `$util` and their like.
    Object(Object),
    /// What `#define` left, and how often it is within itself.
    #[doc(hidden)]
    Block(Arc<Define>, Rc<Cell<u8>>),
    /// `$foreach`.
    #[doc(hidden)]
    Loop(Rc<Loop>),
}

/// An object of the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// `$input`
    Input,
    /// `$util`
    Util,
}

/// A shared list.
#[derive(Clone, Debug)]
pub struct List(Rc<ListCell>);

/// A shared map.
#[derive(Clone, Debug)]
pub struct MapRef(Rc<MapCell>);

/// Where a list comes from, which shows when it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Made in the template: `[a, b]`.
    Template,
    /// Part of a JSON text: printed as JSON.
    Json,
    /// What `split` gives: fixed, and printed as Java prints arrays.
    Array,
    /// The names, values or entries of a map.
    View,
    /// What is left of an iterator.
    Iterator,
}

#[derive(Debug)]
struct ListCell {
    origin: Origin,
    /// The map whose names, values or entries these are.
    map: Option<MapRef>,
    /// How often items came or went.
    changes: Cell<u32>,
    items: RefCell<Vec<Value>>,
}

#[derive(Debug)]
struct MapCell {
    /// Whether printing it shows nothing, as with `$context.identity`.
    silent: bool,
    /// Whether names are found in any case, as with header fields.
    any_case: bool,
    /// How often names came or went.
    changes: Cell<u32>,
    entries: RefCell<Map>,
}

impl List {
    pub(crate) fn new(origin: Origin, items: Vec<Value>) -> Self {
        List(Rc::new(ListCell {
            origin,
            map: None,
            changes: Cell::new(0),
            items: RefCell::new(items),
        }))
    }

    /// What a map gives.
    pub(crate) fn view(map: &MapRef, items: Vec<Value>) -> Self {
        List(Rc::new(ListCell {
            origin: Origin::View,
            map: Some(map.clone()),
            changes: Cell::new(0),
            items: RefCell::new(items),
        }))
    }

    pub(crate) fn map(&self) -> Option<&MapRef> {
        self.0.map.as_ref()
    }

    pub(crate) fn origin(&self) -> Origin {
        self.0.origin
    }

    pub(crate) fn len(&self) -> usize {
        self.0.items.borrow().len()
    }

    pub(crate) fn get(&self, index: usize) -> Option<Value> {
        self.0.items.borrow().get(index).cloned()
    }

    /// Whether its items have places.
    pub(crate) fn is_ordered(&self) -> bool {
        !matches!(self.0.origin, Origin::View | Origin::Iterator)
    }

    /// A copy of all items, so that nothing is borrowed while they are looked at.
    pub fn items(&self) -> Vec<Value> {
        self.0.items.borrow().clone()
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Vec<Value>) -> T) -> T {
        let before = self.len();
        let result = change(&mut self.0.items.borrow_mut());
        self.0
            .changes
            .set(self.0.changes.get() + u32::from(self.len() != before));
        result
    }

    /// How often items came or went.
    pub(crate) fn changes(&self) -> u32 {
        self.0.changes.get()
    }

    pub(crate) fn is(&self, other: &List) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl MapRef {
    /// A map as templates make them.
    pub fn new(entries: Map) -> Self {
        MapRef::with(entries, false, false)
    }

    /// A map that shows nothing where it is printed, as `$context.identity`.
    pub fn silent(entries: Map) -> Self {
        MapRef::with(entries, true, false)
    }

    /// A map whose names are found in any case, as those of header fields.
    pub fn any_case(entries: Map) -> Self {
        MapRef::with(entries, false, true)
    }

    fn with(entries: Map, silent: bool, any_case: bool) -> Self {
        MapRef(Rc::new(MapCell {
            silent,
            any_case,
            changes: Cell::new(0),
            entries: RefCell::new(entries),
        }))
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Value> {
        match key {
            Key::Text(name) => self.text(name),
            _ => self.0.entries.borrow_mut().get(key).cloned(),
        }
    }

    /// The value of a name.
    pub fn text(&self, name: &str) -> Option<Value> {
        let mut entries = self.0.entries.borrow_mut();
        match entries.get_text(name) {
            None if self.0.any_case => entries.get_text(&name.to_ascii_lowercase()).cloned(),
            found => found.cloned(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.entries.borrow().len()
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
        let before = self.len();
        let result = change(&mut self.0.entries.borrow_mut());
        self.0
            .changes
            .set(self.0.changes.get() + u32::from(self.len() != before));
        result
    }

    /// How often names came or went.
    pub(crate) fn changes(&self) -> u32 {
        self.0.changes.get()
    }

    /// A copy of all names and values, so that nothing is borrowed while they are looked at.
    pub fn entries(&self) -> Vec<(Key, Value)> {
        self.0.entries.borrow().entries().to_vec()
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.0.silent
    }

    pub(crate) fn is(&self, other: &MapRef) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Value::Text(text.into())
    }

    /// A map as templates make them.
    pub fn map(entries: Map) -> Self {
        Value::Map(MapRef::new(entries))
    }

    /// Reads JSON, as leniently as a body.
    ///
    /// # Errors
    /// Where it looks like an object or array and is none.
    pub fn from_json(text: &str) -> Result<Self, JsonError> {
        json::read(text)
    }

    /// Java's `toString`; empty for what has none, or is too large.
    pub fn shown(&self) -> String {
        display::text(self).unwrap_or_default().into_owned()
    }

    /// The value as JSON; empty for what is too large.
    pub fn to_json(&self) -> String {
        display::json(self).unwrap_or_default()
    }

    pub(crate) fn integer(number: i32) -> Self {
        Value::Number(Number::Integer(number))
    }

    pub(crate) fn list(origin: Origin, items: Vec<Value>) -> Self {
        Value::List(List::new(origin, items))
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::text(text)
    }
}

// A list in a list in a list, thousands deep, must not be freed by as many nested calls.

impl Drop for ListCell {
    fn drop(&mut self) {
        let items = self.items.get_mut();
        if items.iter().any(is_container) {
            free(std::mem::take(items));
        }
    }
}

impl Drop for MapCell {
    fn drop(&mut self) {
        let entries = self.entries.get_mut();
        if entries
            .entries()
            .iter()
            .any(|(_, value)| is_container(value))
        {
            let values = std::mem::take(entries).into_values();
            free(values.filter(is_container).collect());
        }
    }
}

fn is_container(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Map(_) | Value::Entry(_))
}

fn free(mut values: Vec<Value>) {
    while let Some(value) = values.pop() {
        match value {
            Value::List(List(cell)) => {
                if let Some(mut cell) = Rc::into_inner(cell) {
                    values.append(cell.items.get_mut());
                }
            }
            Value::Map(MapRef(cell)) => {
                if let Some(mut cell) = Rc::into_inner(cell) {
                    values.extend(std::mem::take(cell.entries.get_mut()).into_values());
                }
            }
            Value::Entry(entry) => {
                if let Some((key, value)) = Rc::into_inner(entry) {
                    values.extend([key, value]);
                }
            }
            _ => {}
        }
    }
}
