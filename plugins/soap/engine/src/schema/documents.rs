//! The documents of a schema and what they define globally.

use std::collections::BTreeMap;

use crate::xml::Element;

/// The namespace of XML Schema.
pub(crate) const XSD: &str = "http://www.w3.org/2001/XMLSchema";

/// Everything that schemas define globally, by kind, namespace and name.
#[derive(Debug, Default)]
pub(crate) struct Documents<'e> {
    globals: BTreeMap<(&'e str, String, &'e str), At<'e>>,
    /// Elements that may stand in the place of another one, by its namespace and name.
    substitutes: BTreeMap<(String, String), Vec<At<'e>>>,
}

/// An element of a document, with all that it means.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At<'e> {
    pub(crate) element: &'e Element<'e>,
    pub(crate) document: &'e Document<'e>,
}

/// A schema.
#[derive(Debug)]
pub(crate) struct Document<'e> {
    pub(crate) schema: &'e Element<'e>,
    /// What stands around it, from the inside out.
    pub(crate) around: Vec<&'e Element<'e>>,
    /// Its target namespace, or that of the schema that includes it.
    pub(crate) target: String,
    /// Which of the files it stands in.
    pub(crate) file: usize,
}

impl<'e> Document<'e> {
    /// A schema, what stands around it from the inside out, and the target namespace where it has none of its own.
    pub(crate) fn new(
        file: usize,
        schema: &'e Element<'e>,
        around: Vec<&'e Element<'e>>,
        including: &str,
    ) -> Self {
        let target = schema.attribute("", "targetNamespace").unwrap_or(including);
        Document {
            schema,
            around,
            target: target.to_owned(),
            file,
        }
    }
}

impl<'e> Documents<'e> {
    /// Adds what a schema defines.
    pub(crate) fn add(&mut self, document: &'e Document<'e>) {
        for element in document
            .schema
            .elements()
            .filter(|element| *element.name.namespace == *XSD)
        {
            let at = At { element, document };
            let Some(name) = element.attribute("", "name") else {
                continue;
            };
            if let Some(head) = element.attribute("", "substitutionGroup") {
                self.substitutes.entry(at.name(head)).or_default().push(at);
            }
            let key = (element.name.local, document.target.clone(), name);
            self.globals.entry(key).or_insert(at);
        }
    }

    pub(crate) fn find(&self, kind: &str, (namespace, local): &(String, String)) -> Option<At<'e>> {
        self.globals
            .get(&(kind, namespace.clone(), &**local))
            .copied()
    }

    pub(crate) fn substitutes(&self, head: &(String, String)) -> &[At<'e>] {
        self.substitutes.get(head).map_or(&[], |members| members)
    }

    pub(crate) fn all(&self, kind: &str) -> impl Iterator<Item = At<'e>> {
        self.globals
            .iter()
            .filter(move |((of, ..), _)| *of == kind)
            .map(|(_, at)| *at)
    }
}

impl<'e> At<'e> {
    /// A name in an attribute, such as `tns:Order`, with its namespace.
    pub(crate) fn name(&self, written: &str) -> (String, String) {
        let (prefix, local) = written.split_once(':').unwrap_or(("", written));
        let around = [self.element, self.document.schema].into_iter();
        let around = around.chain(self.document.around.iter().copied());
        let mut declared = around.flat_map(|element| &element.declarations);
        let namespace = declared.find(|(declared, _)| *declared == prefix);
        // A schema that is included into another one takes over its namespace.
        let namespace = match namespace {
            Some((_, namespace)) => &**namespace,
            None if prefix.is_empty()
                && self
                    .document
                    .schema
                    .attribute("", "targetNamespace")
                    .is_none() =>
            {
                &self.document.target
            }
            None => "",
        };
        (namespace.to_owned(), local.to_owned())
    }

    /// Another element of the same document.
    pub(crate) fn to(&self, element: &'e Element<'e>) -> At<'e> {
        At { element, ..*self }
    }

    /// The element in it of this name.
    pub(crate) fn child(&self, local: &str) -> Option<At<'e>> {
        let found = self
            .elements()
            .find(|child| child.element.name.local == local);
        found.map(|found| self.to(found.element))
    }

    /// The elements of XML Schema in it.
    pub(crate) fn elements(&self) -> impl Iterator<Item = At<'e>> {
        let at = *self;
        let own = self
            .element
            .elements()
            .filter(|element| *element.name.namespace == *XSD);
        own.map(move |element| at.to(element))
    }

    /// An attribute's value.
    pub(crate) fn get(&self, name: &str) -> Option<&'e str> {
        self.element.attribute("", name)
    }
}
