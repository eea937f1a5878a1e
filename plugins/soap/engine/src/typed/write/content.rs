//! What is in an element with elements or attributes: attributes, text.

use super::{Members, Writer, unknown, xml_text};
use crate::{
    Mistake,
    json::Value,
    schema::{Attribute, Complex, TypeId},
    xml,
};

impl Writer<'_> {
    /// Appends attributes, the end of the tag, and what is in the element.
    pub(super) fn complex(
        &self,
        complex: &Complex,
        value: &Value<'_>,
        out: &mut String,
    ) -> Result<(), Mistake> {
        match (value, complex.text) {
            (Value::Object(members), text) => {
                self.attributes(complex, members, out)?;
                out.push('>');
                match text {
                    Some(kind) => self.text(kind, members, out),
                    None => self.fields(complex, members, out),
                }
            }
            // Without attributes to give, the text may stand for the whole.
            (_, Some(kind)) => {
                required(complex, &[])?;
                out.push('>');
                self.scalar(kind, value, out)
            }
            (other, None) => Err(Mistake::here(format!(
                "must be an object, not {}",
                other.kind()
            ))),
        }
    }

    fn attributes(
        &self,
        complex: &Complex,
        members: &Members<'_>,
        out: &mut String,
    ) -> Result<(), Mistake> {
        let given = members.iter().filter(|(name, _)| name.starts_with('@'));
        for (name, value) in given.filter(|(name, _)| name != "@xsi:type") {
            let written = self.attribute(complex, name, value, out);
            written.map_err(|mistake| mistake.within(name))?;
        }
        required(complex, members)
    }

    fn attribute(
        &self,
        complex: &Complex,
        member: &str,
        value: &Value<'_>,
        out: &mut String,
    ) -> Result<(), Mistake> {
        let known = complex.attributes.iter().find(|known| known.name == member);
        let text = match known {
            Some(Attribute { kind, .. }) => self.value(*kind, value)?,
            None if complex.any_attribute && xml::is_name(&member[1..]) => {
                let text = value.scalar();
                xml_text(text.ok_or_else(|| Mistake::here("must be a text"))?.into())?
            }
            None => return Err(unknown()),
        };
        xml::attribute(known.map_or(&member[1..], |known| &known.tag), &text, out);
        Ok(())
    }

    fn text(&self, kind: TypeId, members: &Members<'_>, out: &mut String) -> Result<(), Mistake> {
        let mut text = None;
        for (name, value) in members.iter().filter(|(name, _)| !name.starts_with('@')) {
            match &**name {
                "#text" => text = Some(value),
                _ => return Err(unknown().within(name)),
            }
        }
        let text = text.ok_or_else(|| Mistake::here("is required").within("#text"))?;
        self.scalar(kind, text, out)
            .map_err(|mistake| mistake.within("#text"))
    }
}

fn required(complex: &Complex, members: &Members<'_>) -> Result<(), Mistake> {
    let mut required = complex
        .attributes
        .iter()
        .filter(|attribute| attribute.required);
    let missing =
        required.find(|attribute| !members.iter().any(|(name, _)| *name == attribute.name));
    match missing {
        Some(attribute) => Err(Mistake::here("is required").within(&attribute.name)),
        None => Ok(()),
    }
}
