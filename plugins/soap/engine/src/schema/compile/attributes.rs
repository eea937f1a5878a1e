//! Attributes and groups of them.

use super::{At, Compiled, Compiler, DEPTH, SOAP_ENCODING, tag};
use crate::schema::{Attribute, Complex};

/// Where an attribute is described, and whether its name has a namespace.
struct Definition<'e> {
    at: At<'e>,
    qualified: bool,
}

impl<'e> Compiler<'e, '_> {
    /// Adds what an `attribute`, `attributeGroup` or `anyAttribute` says.
    pub(super) fn attributes(&mut self, complex: &mut Complex, at: At<'e>) -> Compiled<'e, ()> {
        match at.element.name.local {
            "anyAttribute" => complex.any_attribute = true,
            "attributeGroup" => self.attribute_group(complex, at)?,
            _ => match self.definition(at)? {
                Some(definition) => self.attribute(complex, at, &definition)?,
                None => complex.any_attribute = true,
            },
        }
        Ok(())
    }

    fn attribute_group(&mut self, complex: &mut Complex, at: At<'e>) -> Compiled<'e, ()> {
        let written = at.get("ref").ok_or_else(|| at.wrong("`ref` is missing"))?;
        let found = self.documents.find("attributeGroup", &at.name(written));
        let found =
            found.ok_or_else(|| at.wrong(format!("the group `{written}` is not defined")))?;
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(at.wrong("groups of attributes stand in each other too deeply"));
        }
        self.content(complex, found)?;
        self.depth -= 1;
        Ok(())
    }

    /// Where an attribute is described; nowhere if it is `xml:lang` or one of SOAP's encoding, which are just texts.
    fn definition(&self, at: At<'e>) -> Compiled<'e, Option<Definition<'e>>> {
        let Some(written) = at.get("ref") else {
            let default = || at.document.schema.attribute("", "attributeFormDefault");
            let form = at.get("form").or_else(default);
            let qualified = form == Some("qualified");
            return Ok(Some(Definition { at, qualified }));
        };
        let name = at.name(written);
        match self.documents.find("attribute", &name) {
            Some(at) => Ok(Some(Definition {
                at,
                qualified: true,
            })),
            None if written.starts_with("xml:") || name.0 == SOAP_ENCODING => Ok(None),
            None => Err(at.wrong(format!("the attribute `{written}` is not defined"))),
        }
    }

    fn attribute(
        &mut self,
        complex: &mut Complex,
        at: At<'e>,
        definition: &Definition<'e>,
    ) -> Compiled<'e, ()> {
        let Definition {
            at: described,
            qualified,
        } = *definition;
        let local = described
            .get("name")
            .ok_or_else(|| at.wrong("`name` is missing"))?;
        complex.attributes.retain(|known| known.local != local);
        if at.get("use") == Some("prohibited") {
            return Ok(());
        }
        let target = if qualified {
            &*described.document.target
        } else {
            ""
        };
        let namespace = self.namespace(target);
        complex.attributes.push(Attribute {
            local: local.to_owned(),
            namespace,
            tag: tag(namespace, local),
            name: ["@", local].concat(),
            kind: self.type_of(described)?,
            required: at.get("use") == Some("required"),
        });
        Ok(())
    }
}
