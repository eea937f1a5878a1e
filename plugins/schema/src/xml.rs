//! XML as a value: an element is an object of its attributes (`@name`), its text (`#text`) and its elements; one that
//! has text only is that text. Elements of the same name are an array. Names are without their prefixes.
//!
//! There are no DTDs, and so no entities but XML's own five: nothing grows, and nothing is fetched.

use std::collections::BTreeMap;

use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_xml_entity,
    events::{BytesRef, BytesStart, Event},
};
use serde_json::{Map, Value};

use crate::text::Expected;

/// How deep elements may be nested: as deep as JSON.
const DEPTH: usize = 128;
/// More attributes would take longer than linear time to compare.
const ATTRIBUTES: usize = 64;

/// An object with one member: the root element.
pub(crate) fn read(text: &str, expected: Expected<'_>) -> Result<Value, String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().enable_all_checks(true);
    let mut document = Element::default();
    let mut open: Vec<Element> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    loop {
        let inner = open.last_mut().unwrap_or(&mut document);
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                open.push(Element::new(&start)?);
                names.push(local(&start));
                if open.len() > DEPTH {
                    return Err(format!("elements are nested deeper than {DEPTH}"));
                }
            }
            Event::Empty(start) => inner.add(local(&start), Element::new(&start)?),
            Event::End(_) => {
                let (element, name) = open.pop().zip(names.pop()).ok_or("no element is open")?;
                open.last_mut().unwrap_or(&mut document).add(name, element);
            }
            Event::Text(part) => inner.text += &part.xml10_content(),
            Event::CData(part) => inner.text += &part.xml10_content(),
            Event::GeneralRef(reference) => inner.resolve(&reference)?,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::DocType(_) => return Err("document types are refused".to_owned()),
            Event::Eof => break,
        }
    }
    if !open.is_empty() || document.elements.len() != 1 || !document.text.trim().is_empty() {
        return Err("not exactly one element".to_owned());
    }
    Ok(document.value(expected))
}

#[derive(Default)]
struct Element {
    attributes: Vec<(String, String)>,
    text: String,
    elements: BTreeMap<String, Vec<Element>>,
}

impl Element {
    fn new(start: &BytesStart<'_>) -> Result<Self, String> {
        let mut element = Element::default();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let name = attribute.key.as_ref();
            if name == "xmlns" || name.starts_with("xmlns:") {
                continue;
            }
            let value = attribute.normalized_value(XmlVersion::Explicit1_0);
            let value = value.map_err(|error| error.to_string())?;
            let name = attribute.key.local_name().as_ref().to_owned();
            if element.attributes.iter().any(|(known, _)| *known == name) {
                return Err(format!("attribute `{name}` occurs twice"));
            }
            element.attributes.push((name, value.into_owned()));
            if element.attributes.len() > ATTRIBUTES {
                return Err(format!("more than {ATTRIBUTES} attributes"));
            }
        }
        Ok(element)
    }

    fn add(&mut self, name: String, element: Element) {
        self.elements.entry(name).or_default().push(element);
    }

    fn resolve(&mut self, reference: &BytesRef<'_>) -> Result<(), String> {
        match reference
            .resolve_char_ref()
            .map_err(|error| error.to_string())?
        {
            Some(letter) => self.text.push(letter),
            None => {
                let name = reference.xml10_content();
                let text = resolve_xml_entity(&name);
                self.text += text.ok_or_else(|| format!("unknown entity `{name}`"))?;
            }
        }
        Ok(())
    }

    fn value(self, expected: Expected<'_>) -> Value {
        let bare = self.attributes.is_empty() && self.elements.is_empty();
        if bare && !expected.is_object() {
            return scalar(expected, &self.text);
        }
        let mut members = Map::new();
        for (name, value) in self.attributes {
            let name = format!("@{name}");
            let value = expected.member(&name).scalar(&value);
            members.insert(name, value);
        }
        if !self.text.trim().is_empty() {
            let text = scalar(expected.member("#text"), &self.text);
            members.insert("#text".to_owned(), text);
        }
        for (name, elements) in self.elements {
            let inner = expected.member(&name);
            let values = elements
                .into_iter()
                .map(|element| element.value(inner.each()));
            let values = inner.gathered(values.collect());
            members.insert(name, values);
        }
        Value::Object(members)
    }
}

/// Space around a number or boolean means nothing.
fn scalar(expected: Expected<'_>, text: &str) -> Value {
    match expected.scalar(text.trim()) {
        Value::String(_) => text.into(),
        value => value,
    }
}

fn local(start: &BytesStart<'_>) -> String {
    start.local_name().as_ref().to_owned()
}
