//! A JSON text that was read: one list of nodes that point into the text, so that reading copies nothing and nothing is
//! freed piece by piece. What is never looked at costs no more than reading it.
//!
//! The nodes never change. When a template changes a list or map of the document, all of them become lists and maps of
//! their own ([`Document::open`]), and every [`Part`] finds its own.

mod part;
mod spot;

use std::{cell::RefCell, collections::BTreeMap, rc::Rc, sync::Arc};

pub(crate) use self::{
    part::Part,
    spot::{Members, Spot},
};
use crate::value::{Key, List, ListCell, Map, MapCell, MapRef, Number, Origin, Text, Value};

/// Above this many names, an object is followed by their order.
pub(crate) const SMALL: usize = 16;

/// From where to where: bytes of a text, or nodes of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Node {
    Null,
    True,
    False,
    /// As it was written.
    Number(Span),
    Text(Span),
    /// A text that was written with escapes; it stands aside, without them.
    Unescaped(Span),
    /// Its items.
    List(Span),
    /// Its names and values, in turns. Above [`SMALL`] names, as many [`Node::Member`] follow.
    Map(Span),
    /// Which member of a large object is next in the order of names.
    Member(u32),
}

/// What a JSON text means.
#[derive(Debug)]
pub(crate) struct Document {
    text: Arc<str>,
    unescaped: Arc<str>,
    nodes: Vec<Node>,
    root: Node,
    opened: RefCell<Option<Opened>>,
}

/// The lists and maps of a document that was changed, by the number of their first node.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    pub(crate) lists: BTreeMap<u32, Rc<ListCell>>,
    pub(crate) maps: BTreeMap<u32, Rc<MapCell>>,
}

impl Document {
    pub(crate) fn new(text: Arc<str>, unescaped: String, nodes: Vec<Node>, root: Node) -> Self {
        Document {
            text,
            unescaped: match unescaped.is_empty() {
                true => Arc::default(),
                false => unescaped.into(),
            },
            nodes,
            root,
            opened: RefCell::default(),
        }
    }

    /// What the whole text means.
    pub(crate) fn root(self: &Rc<Self>) -> Value {
        self.value(self.root)
    }

    /// The same, without the document.
    pub(crate) fn tree(&self) -> Value {
        self.grow(self.root, &mut Opened::default())
    }

    #[inline]
    fn value(self: &Rc<Self>, node: Node) -> Value {
        match node {
            Node::List(span) => Value::List(List::part(Part::new(self, span))),
            Node::Map(span) => Value::Map(MapRef::part(Part::new(self, span))),
            scalar => self.scalar(scalar),
        }
    }

    #[inline]
    fn scalar(&self, scalar: Node) -> Value {
        match scalar {
            Node::True => Value::Boolean(true),
            Node::False => Value::Boolean(false),
            Node::Number(span) => {
                Number::read(slice(&self.text, span)).map_or(Value::Null, Value::Number)
            }
            Node::Text(_) | Node::Unescaped(_) => Value::Text(self.shared(scalar)),
            Node::Null | Node::List(_) | Node::Map(_) | Node::Member(_) => Value::Null,
        }
    }

    /// A text, which shares what it is a part of.
    #[inline]
    fn shared(&self, node: Node) -> Text {
        match node {
            Node::Text(span) => Text::part(&self.text, span.start, span.end),
            Node::Unescaped(span) => Text::part(&self.unescaped, span.start, span.end),
            _ => Text::default(),
        }
    }

    /// Whether it is this name.
    #[inline]
    fn is(&self, node: Node, name: &str) -> bool {
        let (text, span) = match node {
            Node::Text(span) => (&self.text, span),
            Node::Unescaped(span) => (&self.unescaped, span),
            _ => return false,
        };
        let range = span.start as usize..span.end as usize;
        range.len() == name.len() && text.as_bytes().get(range) == Some(name.as_bytes())
    }

    /// What is written there, where it is a text.
    #[inline]
    fn text(&self, node: Node) -> &str {
        match node {
            Node::Text(span) => slice(&self.text, span),
            Node::Unescaped(span) => slice(&self.unescaped, span),
            _ => "",
        }
    }

    #[inline]
    fn nodes(&self, span: Span) -> &[Node] {
        let range = span.start as usize..span.end as usize;
        self.nodes.get(range).unwrap_or_default()
    }

    /// Makes lists and maps of their own of all that are in it.
    fn open(&self) {
        if self.opened.borrow().is_some() {
            return;
        }
        let mut opened = Opened::default();
        self.grow(self.root, &mut opened);
        *self.opened.borrow_mut() = Some(opened);
    }

    /// Whether it was opened to be changed.
    #[inline]
    pub(crate) fn is_changed(&self) -> bool {
        self.opened.borrow().is_some()
    }

    /// Forgets what was changed. A changed document may hold itself, which nobody would free.
    pub(crate) fn close(&self) {
        let opened = self.opened.take();
        drop(opened);
    }

    fn grow(&self, node: Node, opened: &mut Opened) -> Value {
        match node {
            Node::List(span) => {
                let items = self.nodes(span).iter();
                let items = items.map(|item| self.grow(*item, opened)).collect();
                let list = List::new(Origin::Json, items);
                opened
                    .lists
                    .extend(list.cell().map(|cell| (span.start, cell)));
                Value::List(list)
            }
            Node::Map(span) => {
                let members = self.nodes(span).chunks_exact(2);
                let entries = members.map(|member| {
                    let name = Key::Text(self.shared(member[0]));
                    (name, self.grow(member[1], opened))
                });
                let map = MapRef::new(entries.collect::<Map>());
                opened
                    .maps
                    .extend(map.cell().map(|cell| (span.start, cell)));
                Value::Map(map)
            }
            scalar => self.scalar(scalar),
        }
    }
}

#[inline]
fn slice(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize)
        .unwrap_or_default()
}
