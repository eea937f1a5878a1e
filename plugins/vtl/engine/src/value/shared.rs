//! What lists and maps have in common: they are shared, and stand for themselves or for a part of a document until it is
//! changed.

use std::{collections::BTreeMap, rc::Rc};

use super::{List, MapRef, Value, list::ListCell, map_ref::MapCell};
use crate::document::{Opened, Part};

/// A list or map that others may hold too.
#[derive(Debug)]
pub(super) enum Shared<C> {
    Own(Rc<C>),
    Part(Part),
}

/// What it is now.
pub(super) enum Form<'s, C> {
    Own(Rc<C>),
    Part(&'s Part),
}

/// A cell that a part of a document becomes when the document is changed.
pub(super) trait Opens: Sized {
    fn all(opened: &Opened) -> &BTreeMap<u32, Rc<Self>>;
}

impl<C: Opens> Shared<C> {
    #[inline]
    pub(super) fn form(&self) -> Form<'_, C> {
        match self {
            Shared::Own(cell) => Form::Own(Rc::clone(cell)),
            Shared::Part(part) => {
                let found = part.opened(|opened, first| C::all(opened).get(&first).cloned());
                found.map_or(Form::Part(part), Form::Own)
            }
        }
    }

    /// Its cell, if it has one of its own.
    pub(super) fn cell(&self) -> Option<Rc<C>> {
        match self.form() {
            Form::Own(cell) => Some(cell),
            Form::Part(_) => None,
        }
    }

    /// Its cell, to be changed.
    pub(super) fn own(&self) -> Rc<C> {
        if let Shared::Part(part) = self {
            part.open();
        }
        self.cell()
            .expect("a document that is opened has a cell for each of its lists and maps")
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        match (self.form(), other.form()) {
            (Form::Own(left), Form::Own(right)) => Rc::ptr_eq(&left, &right),
            (Form::Part(left), Form::Part(right)) => left.is(right),
            _ => false,
        }
    }

    /// What only this holds.
    fn last(self) -> Option<C> {
        match self {
            Shared::Own(cell) => Rc::into_inner(cell),
            Shared::Part(_) => None,
        }
    }
}

impl<C> Clone for Shared<C> {
    fn clone(&self) -> Self {
        match self {
            Shared::Own(cell) => Shared::Own(Rc::clone(cell)),
            Shared::Part(part) => Shared::Part(part.clone()),
        }
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
            Value::List(List(list)) => {
                if let Some(mut cell) = list.last() {
                    values.append(cell.items.get_mut());
                }
            }
            Value::Map(MapRef(map)) => {
                if let Some(mut cell) = map.last() {
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
