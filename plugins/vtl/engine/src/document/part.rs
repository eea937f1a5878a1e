//! A list or map of a document.

use std::rc::Rc;

use super::{Document, Node, Opened, SMALL, Span};
use crate::value::{Key, Value};

/// A list or map of a document, as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    document: Rc<Document>,
    span: Span,
}

impl Part {
    pub(super) fn new(document: &Rc<Document>, span: Span) -> Self {
        Part {
            document: Rc::clone(document),
            span,
        }
    }

    pub(crate) fn is(&self, other: &Part) -> bool {
        Rc::ptr_eq(&self.document, &other.document) && self.span == other.span
    }

    /// What has become of it, where the document was changed.
    #[inline]
    pub(crate) fn opened<T>(&self, find: impl FnOnce(&Opened, u32) -> Option<T>) -> Option<T> {
        let opened = self.document.opened.borrow();
        find(opened.as_ref()?, self.span.start)
    }

    /// Makes it a list or map that can be changed, with all others of its document.
    pub(crate) fn open(&self) {
        self.document.open();
    }

    #[inline]
    fn nodes(&self) -> &[Node] {
        self.document.nodes(self.span)
    }

    /// How many nodes it has: an object has two for each member.
    pub(crate) fn len(&self) -> usize {
        (self.span.end - self.span.start) as usize
    }

    pub(crate) fn item(&self, index: usize) -> Option<Value> {
        let node = self.nodes().get(index)?;
        Some(self.document.value(*node))
    }

    pub(crate) fn items(&self) -> Vec<Value> {
        let nodes = self.nodes().iter();
        nodes.map(|node| self.document.value(*node)).collect()
    }

    pub(crate) fn entries(&self) -> Vec<(Key, Value)> {
        let members = self.nodes().chunks_exact(2);
        let entries = members.map(|member| {
            let name = Key::Text(self.document.shared(member[0]));
            (name, self.document.value(member[1]))
        });
        entries.collect()
    }

    pub(crate) fn names(&self) -> Vec<Value> {
        let names = self.nodes().iter().step_by(2);
        let names = names.map(|name| Value::Text(self.document.shared(*name)));
        names.collect()
    }

    /// The value of a name.
    #[inline]
    pub(crate) fn member(&self, name: &str) -> Option<Value> {
        let nodes = self.nodes();
        let mut members = nodes.chunks_exact(2);
        let member = match members.len() > SMALL {
            true => members.nth(self.search(nodes, nodes.len() / 2, name)?)?,
            false => members.find(|member| self.document.is(member[0], name))?,
        };
        Some(self.document.value(member[1]))
    }

    /// Which member of a large object has the name, by the order behind it.
    fn search(&self, nodes: &[Node], count: usize, name: &str) -> Option<usize> {
        let order = self.document.nodes(Span {
            start: self.span.end,
            end: self.span.end + u32::try_from(count).ok()?,
        });
        let member = |node: &Node| match node {
            Node::Member(member) => *member as usize,
            _ => 0,
        };
        let place = order.binary_search_by(|node| {
            let known = nodes.get(member(node) * 2).copied();
            known
                .map_or("", |known| self.document.text(known))
                .cmp(name)
        });
        Some(member(&order[place.ok()?]))
    }
}
