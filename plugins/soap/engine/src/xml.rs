//! XML as a tree: namespaces resolved, of bounded size and depth, without DTDs and so without entities that expand.

use std::{borrow::Cow, rc::Rc};

/// What bytes say in which encoding.
mod encoding;
/// What a name is, and what a character is.
mod name;
mod read;
mod write;

pub use self::{
    encoding::decode,
    name::{is_name, is_text},
    read::read,
    write::{attribute, cdata, text},
};
pub(crate) use self::{
    name::{NAME, NAME_START},
    write::quoted,
};

/// What a message may be at most, JSON as well as XML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Levels of elements, or of objects and arrays.
    pub depth: usize,
    /// Elements and attributes, or JSON values.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            depth: 64,
            nodes: 20_000,
        }
    }
}

/// An element.
#[derive(Debug)]
pub struct Element<'a> {
    /// Its name.
    pub name: Name<'a>,
    /// Its attributes, without declarations of namespaces.
    pub attributes: Vec<Attribute<'a>>,
    /// The namespaces that it declares, by prefix; an empty prefix for the default.
    pub declarations: Vec<(&'a str, Rc<str>)>,
    /// What is in it, without comments and processing instructions.
    pub children: Vec<Node<'a>>,
    /// Where it begins in the document, in bytes.
    pub offset: usize,
}

/// A name with its namespace.
#[derive(Clone, Debug)]
pub struct Name<'a> {
    /// The prefix as written; empty for none.
    pub prefix: &'a str,
    /// The name without its prefix.
    pub local: &'a str,
    /// The namespace; empty for none.
    pub namespace: Rc<str>,
}

/// An attribute.
#[derive(Debug)]
pub struct Attribute<'a> {
    /// Its name.
    pub name: Name<'a>,
    /// Its value.
    pub value: Cow<'a, str>,
}

/// What may be in an element.
#[derive(Debug)]
pub enum Node<'a> {
    /// An element.
    Element(Element<'a>),
    /// Text, entities resolved.
    Text(Cow<'a, str>),
    /// A CDATA section.
    CData(&'a str),
}

impl<'a> Element<'a> {
    /// The elements in it.
    pub fn elements(&self) -> impl Iterator<Item = &Element<'a>> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Text(_) | Node::CData(_) => None,
        })
    }

    /// The first element in it of this name, whatever its namespace.
    pub fn child(&self, local: &str) -> Option<&Element<'a>> {
        self.elements().find(|child| child.name.local == local)
    }

    /// Whether it has this name.
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.name.local == local && *self.name.namespace == *namespace
    }

    /// Its text, that of elements in it left out.
    pub fn text(&self) -> Cow<'_, str> {
        let mut texts = self.children.iter().filter_map(|child| match child {
            Node::Text(text) => Some(&**text),
            Node::CData(text) => Some(*text),
            Node::Element(_) => None,
        });
        let first = texts.next().unwrap_or_default();
        match texts.next() {
            None => first.into(),
            Some(second) => [first, second].into_iter().chain(texts).collect(),
        }
    }

    /// The value of an attribute.
    pub fn attribute(&self, namespace: &str, local: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        let is = |name: &Name<'_>| name.local == local && *name.namespace == *namespace;
        let found = attributes.find(|attribute| is(&attribute.name))?;
        Some(&found.value)
    }

    /// Whether it says of itself that it has no value.
    pub fn nil(&self) -> bool {
        matches!(self.attribute(XSI, "nil"), Some("true" | "1"))
    }
}

/// The namespace of `xsi:nil` and `xsi:type`.
pub const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

#[cfg(test)]
mod tests;
