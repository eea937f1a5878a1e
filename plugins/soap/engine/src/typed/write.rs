//! JSON to XML.

use std::borrow::Cow;

use crate::{
    Mistake,
    json::Value,
    plain,
    schema::{Schema, Type, TypeId},
    xml::{self, is_text},
};

mod content;
mod fields;

/// Appends an element of a type.
///
/// # Errors
/// Where the value is not what the type wants.
pub fn write(
    schema: &Schema,
    kind: TypeId,
    tag: &str,
    value: &Value<'_>,
    out: &mut String,
) -> Result<(), Mistake> {
    Writer { schema }.element(kind, tag, value, false, out)
}

/// Writes elements of the types of a schema.
#[derive(Debug)]
pub struct Writer<'s> {
    schema: &'s Schema,
}

/// The members of an object.
type Members<'j> = [(Cow<'j, str>, Value<'j>)];

impl Writer<'_> {
    fn element(
        &self,
        kind: TypeId,
        tag: &str,
        value: &Value<'_>,
        nillable: bool,
        out: &mut String,
    ) -> Result<(), Mistake> {
        if *value == Value::Null && !matches!(self.schema.kind(kind), Type::Any) {
            if !nillable {
                return Err(Mistake::here("must not be null"));
            }
            out.extend(["<", tag, " xsi:nil=\"true\"/>"]);
            return Ok(());
        }
        let (actual, named) = self.actual(kind, value)?;
        match self.schema.kind(actual) {
            Type::Any => self.any(tag, value, out),
            Type::Simple(_) => {
                out.extend(["<", tag, ">"]);
                self.scalar(actual, value, out)?;
                out.extend(["</", tag, ">"]);
                Ok(())
            }
            Type::Complex(complex) => {
                out.extend(["<", tag]);
                if let Some((namespace, name)) = named.then_some(complex.name.as_ref()).flatten() {
                    self.xsi_type(namespace, name, out);
                }
                self.complex(complex, value, out)?;
                out.extend(["</", tag, ">"]);
                Ok(())
            }
        }
    }

    /// The declared type, or the one that a value names in its place.
    fn actual(&self, kind: TypeId, value: &Value<'_>) -> Result<(TypeId, bool), Mistake> {
        let Some(named) = value.get("@xsi:type") else {
            return match self.schema.kind(kind) {
                Type::Complex(complex) if complex.is_abstract => Err(Mistake::here(
                    "needs `@xsi:type` with the name of a type that is derived from this one",
                )),
                _ => Ok((kind, false)),
            };
        };
        let name = named.scalar().unwrap_or_default();
        let local = name.rsplit(':').next().unwrap_or(name);
        match self.schema.derived(None, local, kind) {
            Some(actual) => Ok((actual, true)),
            None => Err(
                Mistake::here("must name a type that is derived from the one wanted here")
                    .within("@xsi:type"),
            ),
        }
    }

    fn xsi_type(&self, namespace: &str, name: &str, out: &mut String) {
        // Types are global, their namespaces known, but no element may have used them yet.
        let place = self
            .schema
            .namespaces
            .iter()
            .position(|known| known == namespace);
        match place {
            Some(place) => xml::attribute("xsi:type", &format!("ns{place}:{name}"), out),
            None if namespace.is_empty() => xml::attribute("xsi:type", name, out),
            None => {
                xml::attribute("xmlns:t", namespace, out);
                xml::attribute("xsi:type", &format!("t:{name}"), out);
            }
        }
    }

    fn any(&self, tag: &str, value: &Value<'_>, out: &mut String) -> Result<(), Mistake> {
        self.plain().element(tag, value, "", out)
    }

    /// A writer of what no type describes.
    fn plain(&self) -> plain::Writer<'_> {
        let mut writer = plain::Writer::new(&self.schema.rules);
        writer.within(self.schema.namespaces.len());
        writer
    }

    fn scalar(&self, kind: TypeId, value: &Value<'_>, out: &mut String) -> Result<(), Mistake> {
        xml::text(&self.value(kind, value)?, out);
        Ok(())
    }

    /// The text of a value.
    fn value<'v>(&self, kind: TypeId, value: &'v Value<'_>) -> Result<Cow<'v, str>, Mistake> {
        xml_text(self.schema.to_text(kind, value).map_err(Mistake::here)?)
    }
}

/// A text that XML can hold.
fn xml_text(text: Cow<'_, str>) -> Result<Cow<'_, str>, Mistake> {
    match is_text(&text) {
        true => Ok(text),
        false => Err(Mistake::here("holds a control character, which XML cannot")),
    }
}

fn unknown() -> Mistake {
    Mistake::here("is not known: the type has no such member")
}
