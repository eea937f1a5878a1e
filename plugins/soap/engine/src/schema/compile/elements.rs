//! Elements, and the groups in which they stand.

use super::{At, Compiled, Compiler, DEPTH, PARTICLES, QName, is_true, tag};
use crate::schema::{Complex, Field, Group, Type, TypeId, UNBOUNDED, XSD};

impl<'e> Compiler<'e, '_> {
    pub(super) fn group(&mut self, complex: &mut Complex, at: At<'e>) -> Compiled<'e, Group> {
        self.particles += 1;
        if self.particles > PARTICLES || self.depth > DEPTH {
            return Err(at.wrong("the schema is too large once its groups are written out"));
        }
        let (min, max) = occurs(at)?;
        match at.element.name.local {
            "element" => self.element(complex, at, min, max),
            "any" => Ok(Group::Any),
            "group" => {
                let written = at.get("ref").ok_or_else(|| at.wrong("`ref` is missing"))?;
                let found = self.documents.find("group", &at.name(written));
                let found = found
                    .ok_or_else(|| at.wrong(format!("the group `{written}` is not defined")))?;
                Ok(Group::Sequence(self.groups(complex, found)?, min, max))
            }
            "choice" => Ok(Group::Choice(self.groups(complex, at)?, min, max)),
            _ => Ok(Group::Sequence(self.groups(complex, at)?, min, max)),
        }
    }

    fn groups(&mut self, complex: &mut Complex, at: At<'e>) -> Compiled<'e, Vec<Group>> {
        const PARTS: [&str; 6] = ["element", "any", "group", "choice", "sequence", "all"];
        self.depth += 1;
        let parts = at
            .elements()
            .filter(|part| PARTS.contains(&part.element.name.local));
        let parts: Vec<_> = parts
            .map(|part| self.group(complex, part))
            .collect::<Result<_, _>>()?;
        self.depth -= 1;
        Ok(parts)
    }

    fn element(
        &mut self,
        complex: &mut Complex,
        at: At<'e>,
        min: u32,
        max: u32,
    ) -> Compiled<'e, Group> {
        let Some(written) = at.get("ref") else {
            let field = self.local(at)?;
            return Ok(place(complex, field, min, max));
        };
        let name = at.name(written);
        if name.0 == XSD {
            return Ok(Group::Any);
        }
        let found = self.documents.find("element", &name);
        let found = found.ok_or_else(|| {
            at.wrong(format!(
                "the element `{written}` of `{}` is not defined",
                name.0
            ))
        })?;
        let mut members: Vec<At<'e>> = self.documents.substitutes(&name).to_vec();
        if members.is_empty() {
            let field = self.global(found)?;
            return Ok(place(complex, field, min, max));
        }
        if !is_true(found.get("abstract")) {
            members.insert(0, found);
        }
        let fields = members.into_iter().map(|member| {
            let field = self.global(member)?;
            Ok(place(complex, field, 1, 1))
        });
        Ok(Group::Choice(fields.collect::<Result<_, _>>()?, min, max))
    }

    /// An element that stands in a type.
    pub(super) fn local(&mut self, at: At<'e>) -> Compiled<'e, Field> {
        let form = at
            .get("form")
            .or_else(|| at.document.schema.attribute("", "elementFormDefault"));
        let target = if form == Some("qualified") {
            &*at.document.target
        } else {
            ""
        };
        self.field(at, target)
    }

    /// An element that stands on its own.
    pub(crate) fn global(&mut self, at: At<'e>) -> Compiled<'e, Field> {
        self.field(at, &at.document.target)
    }

    fn field(&mut self, at: At<'e>, target: &str) -> Compiled<'e, Field> {
        let local = at
            .get("name")
            .ok_or_else(|| at.wrong("`name` is missing"))?;
        let namespace = self.namespace(target);
        Ok(Field {
            name: local.to_owned(),
            local: local.to_owned(),
            namespace,
            tag: tag(namespace, local),
            kind: self.type_of(at)?,
            nillable: is_true(at.get("nillable")),
            repeated: false,
            required: false,
            documentation: documentation(at),
        })
    }

    /// The type of an element or attribute: named, written there, or anything.
    pub(super) fn type_of(&mut self, at: At<'e>) -> Compiled<'e, TypeId> {
        if let Some(written) = at.get("type") {
            return self.named(at, written);
        }
        match at.child("complexType").or_else(|| at.child("simpleType")) {
            Some(anonymous) => Ok(self.open_anonymous(anonymous)),
            None => {
                let local = if at.element.name.local == "attribute" {
                    "string"
                } else {
                    "anyType"
                };
                self.builtin(local).map_err(|message| at.wrong(message))
            }
        }
    }

    /// Adds a type that no schema defines: the element around the parts of an RPC message.
    pub(crate) fn wrapper(&mut self, fields: Vec<Field>) -> TypeId {
        let mut complex = Complex::default();
        let parts = fields
            .into_iter()
            .map(|field| place(&mut complex, field, 1, 1));
        complex.group = Some(Group::Sequence(parts.collect(), 1, 1));
        complex.index();
        self.add(Type::Complex(complex))
    }

    /// An element without prefix, as the parts of RPC messages are.
    pub(crate) fn accessor(
        &mut self,
        name: &str,
        kind: QName,
        nillable: bool,
    ) -> Result<Field, String> {
        Ok(Field {
            name: name.to_owned(),
            local: name.to_owned(),
            namespace: None,
            tag: name.to_owned(),
            kind: self.global_type(kind)?,
            nillable,
            repeated: false,
            required: true,
            documentation: None,
        })
    }
}

/// Adds a field to a type, or finds it where it stands in several places.
fn place(complex: &mut Complex, field: Field, min: u32, max: u32) -> Group {
    let known = complex
        .fields
        .iter()
        .position(|known| known.tag == field.tag);
    let field = known.unwrap_or_else(|| {
        complex.fields.push(field);
        complex.fields.len() - 1
    });
    Group::Field { field, min, max }
}

fn occurs(at: At<'_>) -> Compiled<'_, (u32, u32)> {
    let number = |name: &str| match at.get(name) {
        None => Ok(1),
        Some("unbounded") => Ok(UNBOUNDED),
        Some(digits) => digits
            .parse()
            .map_err(|_| at.wrong(format!("`{name}` must be a number or `unbounded`"))),
    };
    Ok((number("minOccurs")?, number("maxOccurs")?))
}

fn documentation(at: At<'_>) -> Option<String> {
    let text = at
        .child("annotation")?
        .child("documentation")?
        .element
        .text();
    let words: Vec<_> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}
