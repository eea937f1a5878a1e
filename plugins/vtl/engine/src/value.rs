//! The values of a template: what Java objects are to Velocity.

mod constant;
mod display;
mod equality;
mod key;
mod list;
mod map;
mod map_ref;
mod number;
mod shared;
mod text;

use std::{cell::Cell, rc::Rc, sync::Arc};

pub use self::{
    constant::Constant, key::Key, list::List, map::Map, map_ref::MapRef, number::Number, text::Text,
};
pub(crate) use self::{
    display::{TooDeep, json as written, text, write},
    equality::{Incomparable, equal, same},
    list::{ListCell, Origin},
    map_ref::MapCell,
    number::NumberError,
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
    Text(Text),
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

impl Value {
    /// A text.
    pub fn text(text: impl Into<Text>) -> Self {
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
        json::read(text.into()).map(|document| document.tree())
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
