//! JSON to XML.

use std::borrow::Cow;

use crate::{
    Mistake,
    json::Value,
    plain,
    schema::{Array, SOAP_ENCODING, Schema, Type, TypeId, XSD},
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
    let encoded = false;
    Writer { schema, encoded }.element(kind, tag, value, false, out)
}

/// Appends the element around an encoded message (SOAP 1.1, section 5): each value says its type.
///
/// # Errors
/// Where the value is not what the type wants.
pub fn encode(
    schema: &Schema,
    kind: TypeId,
    tag: &str,
    value: &Value<'_>,
    out: &mut String,
) -> Result<(), Mistake> {
    let behind = out.len() + "<".len() + tag.len();
    let encoded = true;
    Writer { schema, encoded }.element(kind, tag, value, false, out)?;
    let mut declarations = String::new();
    xml::attribute("soap:encodingStyle", SOAP_ENCODING, &mut declarations);
    xml::attribute("xmlns:xsd", XSD, &mut declarations);
    xml::attribute("xmlns:soapenc", SOAP_ENCODING, &mut declarations);
    out.insert_str(behind, &declarations);
    Ok(())
}

/// Writes elements of the types of a schema.
#[derive(Debug)]
pub struct Writer<'s> {
    schema: &'s Schema,
    /// Whether each value says its type.
    encoded: bool,
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
        let named = named || self.encoded;
        match self.schema.kind(actual) {
            Type::Any => return self.any(tag, value, out),
            Type::Simple(simple) => {
                out.extend(["<", tag]);
                self.xsi_type(simple.name.as_ref().filter(|_| named), out);
                out.push('>');
                self.scalar(actual, value, out)?;
            }
            Type::Complex(complex) => {
                out.extend(["<", tag]);
                self.xsi_type(complex.name.as_ref().filter(|_| named), out);
                self.complex(complex, value, out)?;
            }
            Type::Array(array) => self.array(array, tag, value, out)?,
        }
        out.extend(["</", tag, ">"]);
        Ok(())
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

    fn xsi_type(&self, name: Option<&(String, String)>, out: &mut String) {
        if let Some(name) = name {
            let name = self.name(name, out);
            xml::attribute("xsi:type", &name, out);
        }
    }

    /// The name of a type as an attribute's value. Types are global, but no element may have used their namespace yet:
    /// then it is declared.
    fn name(&self, (namespace, local): &(String, String), out: &mut String) -> String {
        let mut known = self.schema.namespaces.iter();
        let place = known.position(|known| known == namespace);
        match place {
            Some(place) => format!("ns{place}:{local}"),
            None if namespace.is_empty() => local.clone(),
            None if self.encoded && namespace == XSD => format!("xsd:{local}"),
            None => {
                xml::attribute("xmlns:t", namespace, out);
                format!("t:{local}")
            }
        }
    }

    fn array(
        &self,
        array: &Array,
        tag: &str,
        value: &Value<'_>,
        out: &mut String,
    ) -> Result<(), Mistake> {
        let Value::Array(items) = value else {
            let kind = value.kind();
            return Err(Mistake::here(format!("must be an array, not {kind}")));
        };
        out.extend(["<", tag]);
        if self.encoded {
            xml::attribute("xsi:type", "soapenc:Array", out);
            let of = self.name(&array.of, out);
            let of = format!("{of}{}[{}]", array.ranks, items.len());
            xml::attribute("soapenc:arrayType", &of, out);
        }
        out.push('>');
        for (place, item) in items.iter().enumerate() {
            let written = self.element(array.item, &array.tag, item, true, out);
            written.map_err(|mistake| mistake.within(&place.to_string()))?;
        }
        Ok(())
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
