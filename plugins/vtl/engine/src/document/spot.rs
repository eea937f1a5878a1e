//! A place in a document that is only looked at: no value is made for it.

use std::rc::Rc;

use super::{Document, Node, SMALL, Span, slice};
use crate::value::Value;

/// What stands at a place of a document that nobody has changed.
#[derive(Clone, Copy)]
pub(crate) struct Spot<'d> {
    document: &'d Rc<Document>,
    node: Node,
}

impl<'d> Spot<'d> {
    #[inline]
    pub(super) fn new(document: &'d Rc<Document>, node: Node) -> Self {
        Spot { document, node }
    }

    /// Its members, where it is an object.
    #[inline]
    pub(crate) fn members(self) -> Option<Members<'d>> {
        match self.node {
            Node::Map(span) => Some(Members {
                document: self.document,
                span,
            }),
            _ => None,
        }
    }

    /// Its items, where it is a list.
    pub(crate) fn items(self) -> Option<impl Iterator<Item = Spot<'d>>> {
        match self.node {
            Node::List(span) => Some(self.document.nodes(span).iter().map(move |item| Spot {
                node: *item,
                ..self
            })),
            _ => None,
        }
    }

    /// Its text, where it is one.
    pub(crate) fn text(self) -> Option<&'d str> {
        match self.node {
            Node::Text(_) | Node::Unescaped(_) => Some(self.document.text(self.node)),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn value(self) -> Value {
        self.document.value(self.node)
    }

    /// What it is printed as, where that stands in the document as it is.
    #[inline]
    pub(crate) fn printed(self) -> Option<&'d str> {
        match self.node {
            Node::Text(_) | Node::Unescaped(_) => Some(self.document.text(self.node)),
            Node::Number(span) => Some(slice(&self.document.text, span)).filter(|text| plain(text)),
            Node::Null => Some(""),
            Node::True => Some("true"),
            Node::False => Some("false"),
            Node::List(_) | Node::Map(_) | Node::Member(_) => None,
        }
    }
}

/// Whether a number is an `Integer` for sure, which is printed as it was written.
fn plain(number: &str) -> bool {
    number.len() < 10 && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// The members of an object.
#[derive(Clone, Copy)]
pub(crate) struct Members<'d> {
    document: &'d Rc<Document>,
    span: Span,
}

impl<'d> Members<'d> {
    #[inline]
    pub(super) fn new(document: &'d Rc<Document>, span: Span) -> Self {
        Members { document, span }
    }

    /// All names and values.
    pub(crate) fn all(self) -> impl Iterator<Item = (&'d str, Spot<'d>)> {
        let (members, _) = self.document.nodes(self.span).as_chunks();
        members.iter().map(move |[name, value]| {
            let name = self.document.text(*name);
            (name, Spot::new(self.document, *value))
        })
    }

    /// The value of a name.
    #[inline]
    pub(crate) fn find(self, name: &str) -> Option<Spot<'d>> {
        let nodes = self.document.nodes(self.span);
        let (members, _) = nodes.as_chunks();
        let [_, value] = match members.len() > SMALL {
            true => members.get(self.search(members, name)?)?,
            false => members
                .iter()
                .find(|[known, _]| self.document.is(*known, name))?,
        };
        Some(Spot::new(self.document, *value))
    }

    /// Which member of a large object has the name, by the order behind it.
    fn search(self, members: &[[Node; 2]], name: &str) -> Option<usize> {
        let order = self.document.nodes(Span {
            start: self.span.end,
            end: self.span.end + u32::try_from(members.len()).ok()?,
        });
        let member = |node: &Node| match node {
            Node::Member(member) => *member as usize,
            _ => 0,
        };
        let place = order.binary_search_by(|node| {
            let known = members.get(member(node));
            known
                .map_or("", |[known, _]| self.document.text(*known))
                .cmp(name)
        });
        Some(member(&order[place.ok()?]))
    }
}
