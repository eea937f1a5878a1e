//! XML to JSON.

use std::borrow::Cow;

use super::{References, Strictness};
use crate::{
    Mistake,
    json::Value,
    plain,
    schema::{Array, Complex, SOAP_ENCODING, Schema, Type, TypeId},
    xml::{Attribute, Element, XSI},
};

/// What an element of a type says, as JSON.
///
/// # Errors
/// Where it must follow its schema and does not.
pub fn read<'a>(
    schema: &'a Schema,
    kind: TypeId,
    element: &'a Element<'_>,
    strictness: Strictness,
) -> Result<Value<'a>, Mistake> {
    Reader {
        schema,
        strictness,
        references: None,
    }
    .value(kind, element, false)
}

/// The same of an encoded message.
///
/// # Errors
/// Where it must follow its schema and does not, or where references lead nowhere or in circles.
pub fn decode<'a>(
    schema: &'a Schema,
    kind: TypeId,
    element: &'a Element<'_>,
    strictness: Strictness,
    references: &References<'a>,
) -> Result<Value<'a>, Mistake> {
    Reader {
        schema,
        strictness,
        references: Some(references),
    }
    .value(kind, element, true)
}

struct Reader<'a, 'r> {
    schema: &'a Schema,
    strictness: Strictness,
    /// Those of an encoded message.
    references: Option<&'r References<'a>>,
}

type Members<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

impl<'a> Reader<'a, '_> {
    fn value(
        &self,
        kind: TypeId,
        element: &'a Element<'_>,
        nillable: bool,
    ) -> Result<Value<'a>, Mistake> {
        let Some(references) = self.references else {
            return self.content(kind, element, nillable);
        };
        references.enter()?;
        let value = self.content(kind, references.target(element)?, nillable);
        references.leave();
        value
    }

    fn content(
        &self,
        kind: TypeId,
        element: &'a Element<'_>,
        nillable: bool,
    ) -> Result<Value<'a>, Mistake> {
        if element.nil() {
            return match nillable || !self.strict() {
                true => Ok(Value::Null),
                false => Err(Mistake::here("must not be nil")),
            };
        }
        let named = element
            .attribute(XSI, "type")
            .and_then(|written| self.named(kind, written));
        if named.is_none()
            && self.strict()
            && element.attribute(XSI, "type").is_some()
            && matches!(self.schema.kind(kind), Type::Complex(_))
        {
            return Err(Mistake::here(
                "`xsi:type` names a type that is not allowed here",
            ));
        }
        let actual = named.unwrap_or(kind);
        match self.schema.kind(actual) {
            Type::Any => Ok(plain::content(element, &self.schema.rules)),
            Type::Simple(_) => self.simple(actual, element),
            Type::Array(array) => self.array(array, element),
            Type::Complex(complex) if complex.is_abstract && self.strict() => Err(Mistake::here(
                "needs `xsi:type` with a type that is derived from this one",
            )),
            Type::Complex(complex) => {
                let mut members = Members::new();
                if let (true, Some((_, name))) = (actual != kind, &complex.name) {
                    members.push(("@xsi:type".into(), Value::text(&**name)));
                }
                self.complex(complex, element, members)
            }
        }
    }

    /// The type that a message names in place of the declared one. Prefixes differ from message to message, and the
    /// name alone decides in nearly all schemas.
    fn named(&self, kind: TypeId, written: &str) -> Option<TypeId> {
        let local = written.rsplit(':').next().unwrap_or(written);
        self.schema.derived(None, local, kind)
    }

    /// Items, whatever they are called.
    fn array(&self, array: &Array, element: &'a Element<'_>) -> Result<Value<'a>, Mistake> {
        if self.strict() && !element.text().trim_ascii().is_empty() {
            return Err(Mistake::here("must not hold text beside elements"));
        }
        if element.attribute(SOAP_ENCODING, "offset").is_some() {
            return Err(Mistake::here(PART));
        }
        let items = element.elements().enumerate().map(|(n, item)| {
            if item.attribute(SOAP_ENCODING, "position").is_some() {
                return Err(Mistake::here(PART).within(&n.to_string()));
            }
            let value = self.value(array.item, item, true);
            value.map_err(|mistake| mistake.within(&n.to_string()))
        });
        Ok(Value::Array(items.collect::<Result<_, _>>()?))
    }

    fn simple(&self, kind: TypeId, element: &'a Element<'_>) -> Result<Value<'a>, Mistake> {
        if self.strict() && element.elements().next().is_some() {
            return Err(Mistake::here("must not hold elements"));
        }
        match element.text() {
            Cow::Borrowed(text) => self.scalar(kind, text),
            Cow::Owned(text) => Ok(self.scalar(kind, &text)?.into_owned()),
        }
    }

    fn scalar<'t>(&self, kind: TypeId, text: &'t str) -> Result<Value<'t>, Mistake> {
        match self.schema.to_json(kind, text) {
            Ok(value) => Ok(value),
            Err(message) if self.strict() => Err(Mistake::here(message)),
            Err(_) => Ok(Value::text(text)),
        }
    }

    fn complex(
        &self,
        complex: &'a Complex,
        element: &'a Element<'_>,
        mut members: Members<'a>,
    ) -> Result<Value<'a>, Mistake> {
        self.attributes(complex, element, &mut members)?;
        if let Some(kind) = complex.text {
            members.push(("#text".into(), self.simple(kind, element)?));
            return Ok(Value::Object(members));
        }
        if self.strict() && !element.text().trim_ascii().is_empty() {
            return Err(Mistake::here("must not hold text beside elements"));
        }
        let mut found: Vec<(Option<usize>, &Element<'_>)> = Vec::new();
        for child in element.elements() {
            let field = complex.field_of(self.schema, &child.name.namespace, child.name.local);
            let field =
                field.filter(|field| !self.strict() || self.qualified(complex, *field, child));
            if field.is_none() && self.strict() && !complex.any() {
                return Err(Mistake::here("is not known: the type has no such element")
                    .within(child.name.local));
            }
            found.push((field, child));
        }
        // In the order of the schema, what is not described last; stable, so that items keep their order.
        found.sort_by_key(|(field, _)| field.unwrap_or(usize::MAX));
        for same in found.chunk_by(|a, b| a.0 == b.0) {
            match same[0].0 {
                Some(field) => members.push(self.field(complex, field, same)?),
                None => unknown(&mut members, same, &self.schema.rules),
            }
        }
        if self.strict() {
            missing(complex, &members)?;
        }
        Ok(Value::Object(members))
    }

    fn qualified(&self, complex: &Complex, field: usize, element: &Element<'_>) -> bool {
        *self.schema.namespace(complex.fields[field].namespace) == *element.name.namespace
    }

    fn field(
        &self,
        complex: &'a Complex,
        field: usize,
        elements: &[(Option<usize>, &'a Element<'_>)],
    ) -> Result<(Cow<'a, str>, Value<'a>), Mistake> {
        let field = &complex.fields[field];
        let name = Cow::Borrowed(&*field.name);
        let value = |element| self.value(field.kind, element, field.nillable);
        if !field.repeated && elements.len() == 1 {
            let value = value(elements[0].1).map_err(|mistake| mistake.within(&name))?;
            return Ok((name, value));
        }
        if !field.repeated && self.strict() {
            return Err(Mistake::here("must not stand more than once").within(&name));
        }
        let items = elements.iter().enumerate().map(|(n, (_, element))| {
            value(element).map_err(|mistake| mistake.within(&n.to_string()).within(&name))
        });
        let items = items.collect::<Result<Vec<_>, _>>()?;
        Ok((name, Value::Array(items)))
    }

    fn attributes(
        &self,
        complex: &'a Complex,
        element: &'a Element<'_>,
        members: &mut Members<'a>,
    ) -> Result<(), Mistake> {
        for Attribute { name, value } in &element.attributes {
            // What `xsi` and SOAP say about an element is no part of it.
            if *name.namespace == *XSI
                || name.namespace.starts_with("http://schemas.xmlsoap.org/")
                || (self.references.is_some() && name.namespace.is_empty() && name.local == "id")
            {
                continue;
            }
            let known = complex.attributes.iter().find(|known| {
                known.local == name.local
                    && *self.schema.namespace(known.namespace) == *name.namespace
            });
            let found = match known {
                Some(known) => {
                    let value = self.scalar(known.kind, value);
                    (
                        Cow::Borrowed(&*known.name),
                        value.map_err(|mistake| mistake.within(&known.name))?,
                    )
                }
                None if self.strict() && !complex.any_attribute => {
                    let mistake = Mistake::here("is not known: the type has no such attribute");
                    return Err(mistake.within(&["@", name.local].concat()));
                }
                None => (["@", name.local].concat().into(), Value::text(&**value)),
            };
            members.push(found);
        }
        let required = complex
            .attributes
            .iter()
            .filter(|known| known.required && self.strict());
        let missing = |known: &&crate::schema::Attribute| {
            !members.iter().any(|(name, _)| *name == known.name)
        };
        match required.into_iter().find(missing) {
            Some(known) => Err(Mistake::here("is required").within(&known.name)),
            None => Ok(()),
        }
    }

    fn strict(&self) -> bool {
        self.strictness == Strictness::Strict
    }
}

/// Items would take places that are not theirs (SOAP 1.1, 5.4.2.1 and 5.4.2.2).
const PART: &str = "is a part of an array, by `offset` or `position`: only whole ones are read";

/// Elements that no schema describes, by rules.
fn unknown<'a>(
    members: &mut Members<'a>,
    elements: &[(Option<usize>, &'a Element<'_>)],
    rules: &'a plain::Rules,
) {
    let mut by_name: std::collections::BTreeMap<&str, Vec<Value<'a>>> =
        std::collections::BTreeMap::new();
    for (_, element) in elements {
        by_name
            .entry(element.name.local)
            .or_default()
            .push(plain::content(element, rules));
    }
    for (name, mut values) in by_name {
        let value = match (values.len(), values.pop()) {
            (1, Some(value)) => value,
            (_, last) => {
                values.extend(last);
                Value::Array(values)
            }
        };
        members.push((name.to_owned().into(), value));
    }
}

fn missing(complex: &Complex, members: &Members<'_>) -> Result<(), Mistake> {
    let there: std::collections::BTreeSet<&str> = members.iter().map(|(name, _)| &**name).collect();
    let mut required = complex.fields.iter().filter(|field| field.required);
    match required.find(|field| !there.contains(&*field.name)) {
        Some(field) => Err(Mistake::here("is required").within(&field.name)),
        None => Ok(()),
    }
}
