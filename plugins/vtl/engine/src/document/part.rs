//! A list or map of a document.

use std::rc::Rc;

use super::{Document, Members, Node, Opened, Span, Spot};
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
        let members = Members::new(&self.document, self.span);
        members.find(name).map(Spot::value)
    }

    /// Where it stands, as a list or a map, if nobody has changed the document.
    #[inline]
    pub(crate) fn spot(&self, kind: impl FnOnce(Span) -> Node) -> Option<Spot<'_>> {
        let changed = self.document.is_changed();
        (!changed).then(|| Spot::new(&self.document, kind(self.span)))
    }
}
