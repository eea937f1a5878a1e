//! A WSDL as clients may read it: with another address, and with the places of the files that it imports.

use std::ops::Range;

use super::{
    Problem,
    definitions::{WSDL, find},
    read::LIMITS,
};
use crate::{
    json::Unread,
    schema::XSD,
    xml::{self, Element},
};

/// The text of each file, the WSDL first: each address becomes `url`, and each import of one of the files the place
/// behind `?wsdl=` or `?xsd=` of that, with the file's number.
///
/// # Errors
/// The first problem.
pub fn publish(files: &[(&str, &str)], url: &str) -> Result<Vec<String>, Problem> {
    let names: Vec<_> = files.iter().map(|(name, _)| *name).collect();
    let texts = files.iter().enumerate().map(|(file, (_, text))| {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let root = xml::read(text, &LIMITS);
        let root = root.map_err(|unread| Problem::of(file, unread))?;
        let mut changes = Vec::new();
        changed(&root, &names, url, &mut changes);
        apply(text, changes).ok_or_else(|| {
            let message = "has an attribute that cannot be found again";
            Problem::of(file, Unread::at(text, 0, message.to_owned()))
        })
    });
    texts.collect()
}

/// An attribute of the element at a place, and its new value.
struct Change {
    element: usize,
    attribute: &'static str,
    value: String,
}

/// Changes of an element and those in it, in the order of the document.
fn changed(element: &Element<'_>, names: &[&str], url: &str, changes: &mut Vec<Change>) {
    let change = |attribute, value| Change {
        element: element.offset,
        attribute,
        value,
    };
    let imported = |attribute: &'static str, query: &str| {
        let file = find(names, element.attribute("", attribute)?)?;
        Some(change(attribute, format!("{url}?{query}={file}")))
    };
    let namespace = &*element.name.namespace;
    changes.extend(match element.name.local {
        "import" if namespace == WSDL => imported("location", "wsdl"),
        "import" | "include" | "redefine" if namespace == XSD => imported("schemaLocation", "xsd"),
        // Of SOAP 1.1, SOAP 1.2 and HTTP: none tells where the service itself is.
        "address" if namespace != WSDL && namespace.starts_with(WSDL) => element
            .attribute("", "location")
            .map(|_| change("location", url.to_owned())),
        _ => None,
    });
    for child in element.elements() {
        changed(child, names, url, changes);
    }
}

/// A text with its changes; it is UTF-8, whatever it said before.
fn apply(text: &str, changes: Vec<Change>) -> Option<String> {
    let declaration = match text.starts_with("<?xml ") {
        true => text.find("?>")? + 2,
        false => 0,
    };
    let mut out = r#"<?xml version="1.0" encoding="UTF-8"?>"#.to_owned();
    let mut from = declaration;
    for change in changes {
        let Range { start, end } = value(text, &change)?;
        out.push_str(&text[from..start]);
        xml::quoted(&change.value, &mut out);
        from = end;
    }
    out.push_str(&text[from..]);
    Some(out)
}

/// Where the value of an attribute is, its quotes with it. The document is known to be well-formed.
fn value(text: &str, change: &Change) -> Option<Range<usize>> {
    let white = |c: char| c.is_ascii_whitespace();
    let mut at = change.element + text[change.element..].find(white)?;
    loop {
        at = text.len() - text[at..].trim_ascii_start().len();
        let equals = at + text[at..].find('=')?;
        let quote = text.len() - text[equals + 1..].trim_ascii_start().len();
        let mark = text[quote..].chars().next()?;
        let end = quote + 1 + text[quote + 1..].find(mark)? + 1;
        if text[at..equals].trim_ascii_end() == change.attribute {
            return Some(quote..end);
        }
        at = end;
    }
}
