//! Reads texts as what a schema expects: parameters, form fields and XML have no numbers, booleans or arrays.

use std::collections::BTreeMap;

use serde_json::{Number, Value};

use crate::models::Models;

/// What a schema expects, at each place of a value. Unlike the schema it refuses nothing.
pub(crate) struct Shapes(Vec<Shape>);

/// What is expected at one place.
#[derive(Default)]
struct Shape {
    types: u8,
    members: BTreeMap<String, usize>,
    other_members: Option<usize>,
    items: Option<usize>,
}

const NUMBER: u8 = 1;
const BOOLEAN: u8 = 2;
const NULL: u8 = 4;
const STRING: u8 = 8;
const ARRAY: u8 = 16;
const OBJECT: u8 = 32;

/// Larger schemas are understood up to here; texts beyond stay texts.
const SHAPES: usize = 4096;

impl Shapes {
    pub(crate) fn new(models: &Models, schema: &Value) -> Self {
        let mut builder = Builder {
            models,
            known: BTreeMap::new(),
            shapes: Vec::new(),
        };
        builder.shape(vec![Part {
            document: schema,
            schema,
        }]);
        Shapes(builder.shapes)
    }

    /// What the whole value should be.
    pub(crate) fn root(&self) -> Expected<'_> {
        Expected {
            shapes: &self.0,
            shape: self.0.first(),
        }
    }
}

/// What is expected at a place; nothing in particular where the schema does not say.
#[derive(Clone, Copy)]
pub(crate) struct Expected<'a> {
    shapes: &'a [Shape],
    shape: Option<&'a Shape>,
}

impl<'a> Expected<'a> {
    pub(crate) fn member(self, name: &str) -> Expected<'a> {
        self.at(|shape| shape.members.get(name).copied().or(shape.other_members))
    }

    pub(crate) fn item(self) -> Expected<'a> {
        self.at(|shape| shape.items)
    }

    /// A text as a value.
    pub(crate) fn scalar(self, text: &str) -> Value {
        let number = || serde_json::from_str::<Number>(text).ok();
        match text {
            "true" if self.is(BOOLEAN) => Value::Bool(true),
            "false" if self.is(BOOLEAN) => Value::Bool(false),
            "" if self.is(NULL) && !self.is(STRING) => Value::Null,
            _ if self.is(NUMBER) => number().map_or_else(|| text.into(), Value::Number),
            _ => text.into(),
        }
    }

    /// All that has one name: an array where one is expected, or where there are several.
    pub(crate) fn gathered(self, mut values: Vec<Value>) -> Value {
        match values.pop() {
            Some(only) if values.is_empty() && !self.is_list() => only,
            Some(last) => {
                values.push(last);
                Value::Array(values)
            }
            None => Value::Array(values),
        }
    }

    /// What one of several values of the same name should be.
    pub(crate) fn each(self) -> Expected<'a> {
        if self.is_list() { self.item() } else { self }
    }

    pub(crate) fn is_list(self) -> bool {
        self.is(ARRAY)
    }

    /// Whether it is an object, and no text at all.
    pub(crate) fn is_object(self) -> bool {
        let described = self.shape.is_some_and(|shape| !shape.members.is_empty());
        (described || self.is(OBJECT)) && !self.is(NUMBER | BOOLEAN | STRING)
    }

    fn is(self, kind: u8) -> bool {
        self.shape.is_some_and(|shape| shape.types & kind != 0)
    }

    fn at(self, find: impl Fn(&Shape) -> Option<usize>) -> Expected<'a> {
        let shape = self.shape.and_then(find);
        Expected {
            shape: shape.and_then(|shape| self.shapes.get(shape)),
            ..self
        }
    }
}

/// A schema, and the document in which its `#/…` references point.
#[derive(Clone, Copy)]
struct Part<'a> {
    document: &'a Value,
    schema: &'a Value,
}

struct Builder<'a> {
    models: &'a Models,
    /// The shapes by the schemas that apply there: a schema may contain itself.
    known: BTreeMap<Vec<usize>, usize>,
    shapes: Vec<Shape>,
}

impl<'a> Builder<'a> {
    /// The shape of a place to which all of these schemas may apply.
    fn shape(&mut self, parts: Vec<Part<'a>>) -> Option<usize> {
        let parts = self.all(parts);
        let key: Vec<usize> = parts.iter().map(Part::address).collect();
        if let Some(known) = self.known.get(&key) {
            return Some(*known);
        }
        if parts.is_empty() || self.shapes.len() == SHAPES {
            return None;
        }
        let number = self.shapes.len();
        self.shapes.push(Shape::default());
        self.known.insert(key, number);
        self.shapes[number] = Shape {
            types: parts.iter().fold(0, |types, part| types | part.types()),
            members: self.members(&parts),
            other_members: self.below(&parts, &["additionalProperties"]),
            items: self.below(&parts, &["items", "additionalItems", "prefixItems"]),
        };
        Some(number)
    }

    /// These schemas and all that they apply to the same place, in a fixed order.
    fn all(&self, mut parts: Vec<Part<'a>>) -> Vec<Part<'a>> {
        let mut at = 0;
        while let Some(part) = parts.get(at).copied() {
            at += 1;
            for more in part.applied(self.models) {
                if parts.iter().all(|known| known.address() != more.address()) {
                    parts.push(more);
                }
            }
        }
        parts.sort_by_key(Part::address);
        parts
    }

    fn members(&mut self, parts: &[Part<'a>]) -> BTreeMap<String, usize> {
        let mut members: BTreeMap<&'a str, Vec<Part<'a>>> = BTreeMap::new();
        for part in parts {
            let properties = part.schema.get("properties").and_then(Value::as_object);
            for (name, schema) in properties.into_iter().flatten() {
                members.entry(name).or_default().push(part.with(schema));
            }
        }
        let shapes = members.into_iter();
        shapes
            .filter_map(|(name, parts)| Some((name.to_owned(), self.shape(parts)?)))
            .collect()
    }

    fn below(&mut self, parts: &[Part<'a>], keywords: &[&str]) -> Option<usize> {
        let below = parts.iter().flat_map(|part| {
            let schemas = keywords
                .iter()
                .filter_map(|keyword| part.schema.get(keyword));
            schemas.flat_map(|schemas| part.each(schemas))
        });
        self.shape(below.collect())
    }
}

impl<'a> Part<'a> {
    /// Which schema it is: all of them stand still while shapes are made.
    fn address(&self) -> usize {
        std::ptr::from_ref(self.schema).addr()
    }

    fn with(self, schema: &'a Value) -> Part<'a> {
        Part { schema, ..self }
    }

    /// The schemas of a keyword that has one or a list.
    fn each(self, schemas: &'a Value) -> impl Iterator<Item = Part<'a>> {
        let (list, one) = match schemas {
            Value::Array(list) => (list.as_slice(), None),
            one => (&[][..], Some(one)),
        };
        list.iter().chain(one).map(move |schema| self.with(schema))
    }

    /// The schemas that this one applies to the same place.
    fn applied(self, models: &'a Models) -> impl Iterator<Item = Part<'a>> {
        let reference = self.schema.get("$ref").and_then(Value::as_str);
        let keywords = ["allOf", "anyOf", "oneOf", "then", "else"];
        let schemas = keywords
            .into_iter()
            .filter_map(move |keyword| self.schema.get(keyword));
        let applied = schemas.flat_map(move |schemas| self.each(schemas));
        applied.chain(reference.and_then(|reference| self.resolve(models, reference)))
    }

    /// What a reference means, as far as that takes no base URI of its own.
    fn resolve(self, models: &'a Models, reference: &str) -> Option<Part<'a>> {
        let (uri, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let document = match uri {
            "" => self.document,
            uri => models.find(uri)?,
        };
        let schema = document.pointer(pointer)?;
        Some(Part { document, schema })
    }

    fn types(&self) -> u8 {
        let named = match self.schema.get("type") {
            Some(Value::String(name)) => kind(name),
            Some(Value::Array(names)) => {
                let kinds = names.iter().filter_map(Value::as_str).map(kind);
                kinds.fold(0, |types, kind| types | kind)
            }
            _ => 0,
        };
        let values = self.schema.get("enum").and_then(Value::as_array);
        let values = values.into_iter().flatten().chain(self.schema.get("const"));
        values.fold(named, |types, value| types | kind_of(value))
    }
}

fn kind(name: &str) -> u8 {
    match name {
        "integer" | "number" => NUMBER,
        "boolean" => BOOLEAN,
        "null" => NULL,
        "string" => STRING,
        "array" => ARRAY,
        "object" => OBJECT,
        _ => 0,
    }
}

fn kind_of(value: &Value) -> u8 {
    match value {
        Value::Number(_) => NUMBER,
        Value::Bool(_) => BOOLEAN,
        Value::Null => NULL,
        Value::String(_) => STRING,
        Value::Array(_) => ARRAY,
        Value::Object(_) => OBJECT,
    }
}
