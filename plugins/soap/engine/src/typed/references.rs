//! What elements of an encoded message refer to by `href` (SOAP 1.1, section 5.4.1).

use std::{cell::Cell, collections::BTreeMap};

use crate::{Mistake, xml::Element};

/// What is read of a message is a tree: what several refer to is there several times, and not without bound.
const VALUES: usize = 20_000;
/// Values in each other; references may go in circles.
const DEPTH: usize = 100;

/// The elements of a body that have an `id`.
#[derive(Debug)]
pub struct References<'a> {
    /// None where several have the same.
    by_id: BTreeMap<&'a str, Option<&'a Element<'a>>>,
    /// How many values may still be read.
    left: Cell<usize>,
    depth: Cell<usize>,
}

impl<'a> References<'a> {
    /// Those in these elements.
    pub fn of(body: &[&'a Element<'a>]) -> Self {
        let mut by_id = BTreeMap::new();
        let mut open = body.to_vec();
        let mut elements = 0;
        while let Some(element) = open.pop() {
            elements += 1;
            if let Some(id) = element.attribute("", "id") {
                let known = by_id.insert(id, Some(element)).is_some();
                if known {
                    by_id.insert(id, None);
                }
            }
            open.extend(element.elements());
        }
        References {
            by_id,
            left: Cell::new(VALUES.max(elements)),
            depth: Cell::new(0),
        }
    }

    /// The element that holds the value of another one: itself, or what it refers to.
    pub(super) fn target(&self, element: &'a Element<'a>) -> Result<&'a Element<'a>, Mistake> {
        let Some(href) = element.attribute("", "href") else {
            return Ok(element);
        };
        let found = href.strip_prefix('#').and_then(|id| self.by_id.get(id));
        match found {
            Some(Some(target)) if target.attribute("", "href").is_none() => Ok(target),
            _ => Err(Mistake::here(format!(
                "`href=\"{href}\"` must name the `id` of one element with a value"
            ))),
        }
    }

    /// Begins a value.
    pub(super) fn enter(&self) -> Result<(), Mistake> {
        self.depth.set(self.depth.get() + 1);
        if self.depth.get() > DEPTH {
            return Err(Mistake::here("is too deep, or refers to what it stands in"));
        }
        let left = self.left.get().checked_sub(1);
        let too_many = || Mistake::here("is too large once references are followed");
        self.left.set(left.ok_or_else(too_many)?);
        Ok(())
    }

    /// Ends it.
    pub(super) fn leave(&self) {
        self.depth.set(self.depth.get() - 1);
    }
}
