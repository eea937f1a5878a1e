//! XML to JSON.

use std::{borrow::Cow, collections::BTreeMap};

use super::{Namespaces, Rules};
use crate::{
    json::{Value, is_number},
    xml::{Attribute, Element, Name, Node, XSI},
};

/// A document as an object of one member.
pub fn to_json<'a>(root: &'a Element<'_>, rules: &'a Rules) -> Value<'a> {
    let mut reader = Reader {
        rules,
        path: Vec::new(),
    };
    let (name, value) = reader.member(root);
    Value::Object(vec![(name, value)])
}

/// What is in an element, without its name.
pub fn content<'a>(element: &'a Element<'_>, rules: &'a Rules) -> Value<'a> {
    let mut reader = Reader {
        rules,
        path: vec![element.name.local.into()],
    };
    reader.value(element)
}

struct Reader<'a> {
    rules: &'a Rules,
    /// The names of the elements around, as JSON has them.
    path: Vec<Cow<'a, str>>,
}

impl<'a> Reader<'a> {
    fn member(&mut self, element: &'a Element<'_>) -> (Cow<'a, str>, Value<'a>) {
        let name = self.name(&element.name);
        self.path.push(name.clone());
        let value = self.value(element);
        self.path.pop();
        (name, value)
    }

    fn value(&mut self, element: &'a Element<'_>) -> Value<'a> {
        let rules = self.rules;
        let nil = element.nil();
        let mut members = self.attributes(element, nil);
        if element.elements().next().is_some() {
            self.children(element, &mut members);
            return Value::Object(members);
        }
        let (name, text) = match (&rules.cdata, &element.children[..]) {
            (Some(name), [Node::CData(text)]) => (name, Value::text(*text)),
            _ if nil => (&rules.text, Value::Null),
            _ => (&rules.text, self.scalar(element.text())),
        };
        if members.is_empty() && *name == rules.text {
            return text;
        }
        // An empty element with attributes has no text worth telling.
        if text != Value::text("") {
            members.push((name.into(), text));
        }
        Value::Object(members)
    }

    fn attributes(&self, element: &'a Element<'_>, nil: bool) -> Vec<(Cow<'a, str>, Value<'a>)> {
        let mut members = Vec::new();
        let prefix = &self.rules.attribute;
        if self.rules.namespaces == Namespaces::Keep {
            let known = |namespace: &str| namespace == XSI || self.known(namespace).is_some();
            let declared = element.declarations.iter();
            for (name, namespace) in declared.filter(|(_, namespace)| !known(namespace)) {
                let colon = if name.is_empty() { "" } else { ":" };
                let name = [prefix, "xmlns", colon, name].concat();
                members.push((name.into(), Value::text(&**namespace)));
            }
        }
        for Attribute { name, value } in &element.attributes {
            let is_nil = *name.namespace == *XSI && name.local == "nil";
            if !(nil && is_nil) {
                let name = [prefix, &*self.name(name)].concat();
                members.push((name.into(), self.scalar(Cow::Borrowed(value))));
            }
        }
        members
    }

    fn children(&mut self, element: &'a Element<'_>, members: &mut Vec<(Cow<'a, str>, Value<'a>)>) {
        let mixed = element.children.iter().any(|child| match child {
            Node::Text(text) => !text.trim_ascii().is_empty(),
            Node::CData(_) => true,
            Node::Element(_) => false,
        });
        let rules = self.rules;
        if mixed || (rules.order && interleaved(element)) {
            let content = self.content(element, mixed);
            members.push(((&rules.content).into(), Value::Array(content)));
            return;
        }
        let mut places = BTreeMap::new();
        for child in element.elements() {
            let (name, value) = self.member(child);
            match places.get(&name) {
                None => {
                    places.insert(name.clone(), members.len());
                    let value = match self.is_array(&name) {
                        true => Value::Array(vec![value]),
                        false => value,
                    };
                    members.push((name, value));
                }
                Some(place) => repeat(&mut members[*place].1, value),
            }
        }
    }

    /// Elements and texts in their order; white space counts only where there is other text.
    fn content(&mut self, element: &'a Element<'_>, mixed: bool) -> Vec<Value<'a>> {
        let children = element.children.iter();
        let items = children.filter_map(|child| match child {
            Node::Element(child) => Some(Value::Object(vec![self.member(child)])),
            Node::Text(_) if !mixed => None,
            Node::Text(text) => Some(Value::text(&**text)),
            Node::CData(text) => Some(Value::text(*text)),
        });
        items.collect()
    }

    fn is_array(&self, name: &str) -> bool {
        self.rules.arrays.iter().any(|pattern| {
            let mut path = self.path.iter().rev().map(|part| &**part);
            let mut pattern = pattern.iter().rev();
            pattern.next().is_some_and(|last| last == name)
                && pattern.all(|part| path.next() == Some(part))
        })
    }

    fn scalar(&self, text: Cow<'a, str>) -> Value<'a> {
        match &*text {
            "true" if self.rules.scalars => Value::Bool(true),
            "false" if self.rules.scalars => Value::Bool(false),
            number if self.rules.scalars && is_number(number) => Value::Number(text),
            _ => Value::Text(text),
        }
    }

    fn name(&self, name: &'a Name<'_>) -> Cow<'a, str> {
        let known = match &*name.namespace {
            XSI => Some("xsi"),
            // A default namespace of the rules names elements without a prefix; an attribute's is never the default.
            namespace => self.known(namespace),
        };
        let prefix = match (known, self.rules.namespaces) {
            (Some(known), _) => known,
            (None, Namespaces::Keep) => name.prefix,
            (None, Namespaces::Drop) => "",
        };
        match prefix {
            "" => name.local.into(),
            prefix => [prefix, ":", name.local].concat().into(),
        }
    }

    fn known(&self, namespace: &str) -> Option<&'a str> {
        let mut known = self.rules.prefixes.iter();
        let (prefix, _) = known.find(|(_, known)| known == namespace)?;
        Some(prefix)
    }
}

fn repeat<'a>(before: &mut Value<'a>, value: Value<'a>) {
    match before {
        Value::Array(items) => items.push(value),
        before => {
            let first = std::mem::replace(before, Value::Null);
            *before = Value::Array(vec![first, value]);
        }
    }
}

/// Whether elements of one name stand apart, with others between them.
fn interleaved(element: &Element<'_>) -> bool {
    let mut last = None;
    let mut seen = std::collections::BTreeSet::new();
    element.elements().any(|child| {
        let name = Some((&*child.name.namespace, child.name.local));
        let again = name != last && !seen.insert(name);
        last = name;
        again
    })
}
