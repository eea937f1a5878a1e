//! The documents of a WSDL: definitions, and the schemas in and beside them.

use crate::{
    schema::{Document, XSD},
    xml::Element,
};

/// The namespace of WSDL 1.1.
pub(super) const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";

/// Something in one of the files.
#[derive(Clone, Copy)]
pub(super) struct Place<'e> {
    pub(super) file: usize,
    pub(super) definitions: &'e Element<'e>,
    pub(super) element: &'e Element<'e>,
}

/// All definitions: those of the WSDL itself and those that it imports.
pub(super) struct Definitions<'e> {
    roots: Vec<(usize, &'e Element<'e>)>,
}

impl<'e> Definitions<'e> {
    pub(super) fn of(files: &'e [Element<'e>]) -> Self {
        let files = files.iter().enumerate();
        Definitions {
            roots: files
                .filter(|(_, root)| root.is(WSDL, "definitions"))
                .collect(),
        }
    }

    /// All of one kind, in the order of the files.
    pub(super) fn all(&self, local: &'static str) -> impl Iterator<Item = Place<'e>> {
        self.roots.iter().flat_map(move |(file, definitions)| {
            let found = definitions
                .elements()
                .filter(move |element| element.is(WSDL, local));
            found.map(move |element| Place {
                file: *file,
                definitions,
                element,
            })
        })
    }

    /// The one of this name.
    pub(super) fn find(
        &self,
        local: &'static str,
        (namespace, name): &(String, String),
    ) -> Option<Place<'e>> {
        self.all(local).find(|place| {
            let target = place
                .definitions
                .attribute("", "targetNamespace")
                .unwrap_or_default();
            target == namespace && place.get("name") == Some(name)
        })
    }
}

impl<'e> Place<'e> {
    pub(super) fn get(&self, name: &str) -> Option<&'e str> {
        self.element.attribute("", name)
    }

    pub(super) fn to(&self, element: &'e Element<'e>) -> Place<'e> {
        Place { element, ..*self }
    }

    /// The elements of WSDL in it of this name.
    pub(super) fn children(&self, local: &'static str) -> impl Iterator<Item = Place<'e>> {
        let place = *self;
        let own = self
            .element
            .elements()
            .filter(move |element| element.is(WSDL, local));
        own.map(move |element| place.to(element))
    }

    /// A name in an attribute, such as `tns:Order`, with its namespace.
    pub(super) fn name(&self, written: &str) -> (String, String) {
        let (prefix, local) = written.split_once(':').unwrap_or(("", written));
        let mut declared = self
            .element
            .declarations
            .iter()
            .chain(&self.definitions.declarations);
        let namespace = declared.find(|(declared, _)| *declared == prefix);
        let namespace = namespace.map(|(_, namespace)| namespace.to_string());
        (namespace.unwrap_or_default(), local.to_owned())
    }

    pub(super) fn documentation(&self) -> Option<String> {
        let text = self.children("documentation").next()?.element.text();
        let words: Vec<_> = text.split_whitespace().collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}

/// The schemas of all files, and the locations of those that are missing.
pub(super) fn schemas<'e>(
    files: &'e [Element<'e>],
    names: &[&str],
) -> (Vec<Document<'e>>, Vec<String>) {
    let mut documents = Vec::new();
    for (file, root) in files.iter().enumerate() {
        if root.is(XSD, "schema") && root.attribute("", "targetNamespace").is_some() {
            documents.push(Document::new(file, root, Vec::new(), ""));
        }
        if root.is(WSDL, "definitions") {
            for types in root.elements().filter(|element| element.is(WSDL, "types")) {
                let schemas = types.elements().filter(|element| element.is(XSD, "schema"));
                documents.extend(
                    schemas.map(|schema| Document::new(file, schema, vec![types, root], "")),
                );
            }
        }
    }
    let missing = included(&mut documents, files, names);
    (documents, missing)
}

/// Schemas without a namespace of their own have that of each that includes them.
fn included<'e>(
    documents: &mut Vec<Document<'e>>,
    files: &'e [Element<'e>],
    names: &[&str],
) -> Vec<String> {
    let mut missing = Vec::new();
    let mut next = 0;
    while let Some(document) = documents.get(next) {
        next += 1;
        let (schema, target) = (document.schema, document.target.clone());
        for reference in schema
            .elements()
            .filter(|element| *element.name.namespace == *XSD)
        {
            let Some(location) = reference.attribute("", "schemaLocation") else {
                continue;
            };
            let of_namespace = reference.attribute("", "namespace");
            let known = of_namespace
                .is_some_and(|namespace| documents.iter().any(|known| known.target == namespace));
            let Some(file) = find(names, location) else {
                if !known {
                    missing.push(location.to_owned());
                }
                continue;
            };
            let root = &files[file];
            let target = if reference.name.local == "import" {
                ""
            } else {
                &*target
            };
            let there = documents
                .iter()
                .any(|known| known.file == file && known.target == target);
            if root.is(XSD, "schema") && root.attribute("", "targetNamespace").is_none() && !there {
                documents.push(Document::new(file, root, Vec::new(), target));
            }
        }
    }
    missing
}

/// The file that a location means: the one of which the name agrees furthest from its end.
pub(super) fn find(names: &[&str], location: &str) -> Option<usize> {
    let location = location.split(['?', '#']).next().unwrap_or(location);
    let shared = |name: &str| {
        let parts = name.rsplit('/').zip(location.rsplit('/'));
        parts.take_while(|(a, b)| a == b).count()
    };
    let files = names.iter().enumerate();
    let best = files.max_by_key(|(_, name)| shared(name))?;
    (shared(best.1) > 0).then_some(best.0)
}
