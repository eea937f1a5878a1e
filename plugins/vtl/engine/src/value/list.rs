//! Lists, arrays and sets.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use super::{
    MapRef, Value,
    shared::{Form, Opens, Shared},
};
use crate::document::{Node, Opened, Part, Spot};

/// A shared list.
#[derive(Clone, Debug)]
pub struct List(pub(super) Shared<ListCell>);

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
pub(crate) struct ListCell {
    origin: Origin,
    /// The map whose names, values or entries these are.
    map: Option<MapRef>,
    /// How often items came or went.
    changes: Cell<u32>,
    pub(super) items: RefCell<Vec<Value>>,
}

impl Opens for ListCell {
    fn all(opened: &Opened) -> &BTreeMap<u32, Rc<Self>> {
        &opened.lists
    }
}

impl List {
    pub(crate) fn new(origin: Origin, items: Vec<Value>) -> Self {
        List::with(origin, None, items)
    }

    /// What a map gives.
    pub(crate) fn view(map: &MapRef, items: Vec<Value>) -> Self {
        List::with(Origin::View, Some(map.clone()), items)
    }

    /// An array of a document.
    pub(crate) fn part(part: Part) -> Self {
        List(Shared::Part(part))
    }

    fn with(origin: Origin, map: Option<MapRef>, items: Vec<Value>) -> Self {
        List(Shared::Own(Rc::new(ListCell {
            origin,
            map,
            changes: Cell::new(0),
            items: RefCell::new(items),
        })))
    }

    pub(crate) fn map(&self) -> Option<&MapRef> {
        match &self.0 {
            Shared::Own(cell) => cell.map.as_ref(),
            Shared::Part(_) => None,
        }
    }

    pub(crate) fn origin(&self) -> Origin {
        match &self.0 {
            Shared::Own(cell) => cell.origin,
            Shared::Part(_) => Origin::Json,
        }
    }

    /// Where it stands, if it is an array of a document that nobody has changed.
    pub(crate) fn spot(&self) -> Option<Spot<'_>> {
        match &self.0 {
            Shared::Part(part) => part.spot(Node::List),
            Shared::Own(_) => None,
        }
    }

    /// All items, where this is all that holds them: then nobody can change them any more.
    pub(crate) fn into_items(self) -> Result<Vec<Value>, List> {
        match self.0 {
            Shared::Own(cell) => Rc::try_unwrap(cell)
                .map(|mut cell| std::mem::take(cell.items.get_mut()))
                .map_err(|cell| List(Shared::Own(cell))),
            part => Err(List(part)),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self.0.form() {
            Form::Own(cell) => cell.items.borrow().len(),
            Form::Part(part) => part.len(),
        }
    }

    pub(crate) fn get(&self, index: usize) -> Option<Value> {
        match self.0.form() {
            Form::Own(cell) => cell.items.borrow().get(index).cloned(),
            Form::Part(part) => part.item(index),
        }
    }

    /// Whether its items have places.
    pub(crate) fn is_ordered(&self) -> bool {
        !matches!(self.origin(), Origin::View | Origin::Iterator)
    }

    /// A copy of all items, so that nothing is borrowed while they are looked at.
    pub fn items(&self) -> Vec<Value> {
        match self.0.form() {
            Form::Own(cell) => cell.items.borrow().clone(),
            Form::Part(part) => part.items(),
        }
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Vec<Value>) -> T) -> T {
        let cell = self.0.own();
        let mut items = cell.items.borrow_mut();
        let before = items.len();
        let result = change(&mut items);
        let changed = u32::from(items.len() != before);
        cell.changes.set(cell.changes.get() + changed);
        result
    }

    /// How many items there are, and how often items came or went. Before anything is changed, there are this many.
    #[inline]
    pub(crate) fn now(&self, unchanged: usize) -> (usize, u32) {
        match self.0.form() {
            Form::Own(cell) => (cell.items.borrow().len(), cell.changes.get()),
            Form::Part(_) => (unchanged, 0),
        }
    }

    pub(crate) fn is(&self, other: &List) -> bool {
        self.0.is(&other.0)
    }

    pub(crate) fn cell(&self) -> Option<Rc<ListCell>> {
        self.0.cell()
    }
}
