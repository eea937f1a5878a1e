//! Complex types: what is in them, and what they are derived from.

use super::{At, Compiled, Compiler, QName, is_true};
use crate::schema::{Complex, Group, Type};

impl<'e> Compiler<'e, '_> {
    pub(super) fn complex(&mut self, at: At<'e>, name: Option<QName>) -> Compiled<'e, Type> {
        if let Some(array) = self.array(at)? {
            return Ok(Type::Array(array));
        }
        let mut complex = Complex {
            name,
            is_abstract: is_true(at.get("abstract")),
            ..Complex::default()
        };
        let content = at
            .child("complexContent")
            .or_else(|| at.child("simpleContent"));
        if is_true(at.get("mixed")) || content.is_some_and(|content| is_true(content.get("mixed")))
        {
            return Ok(Type::Any);
        }
        match base(at) {
            Some(derivation) if content.is_some() => self.derive(&mut complex, derivation)?,
            _ => self.content(&mut complex, at)?,
        }
        complex.index();
        Ok(Type::Complex(complex))
    }

    /// What a type adds to another one, or leaves of it.
    fn derive(&mut self, complex: &mut Complex, at: At<'e>) -> Compiled<'e, ()> {
        let base = at
            .get("base")
            .ok_or_else(|| at.wrong("`base` is missing"))?;
        let id = self.base(at, base)?;
        let extends = at.element.name.local == "extension";
        complex.base = Some(id);
        match &self.schema.types[id] {
            Type::Any => complex.any_attribute = true,
            Type::Simple(_) => complex.text = Some(id),
            Type::Array(_) => return Err(at.wrong("no type can be derived from one of an array")),
            Type::Complex(base) => {
                complex.text = base.text;
                complex.attributes = base.attributes.clone();
                complex.any_attribute = base.any_attribute;
                if extends {
                    complex.fields = base.fields.clone();
                    complex.group = base.group.clone();
                }
            }
        }
        if complex.text.is_some() && !extends {
            let text = Type::Simple(self.restricted(at, complex.text)?);
            complex.text = Some(self.add(text));
        }
        let inherited = complex.group.take();
        self.content(complex, at)?;
        complex.group = match (inherited, complex.group.take()) {
            (Some(inherited), Some(own)) => Some(Group::Sequence(vec![inherited, own], 1, 1)),
            (inherited, own) => inherited.or(own),
        };
        Ok(())
    }

    /// Elements and attributes.
    pub(super) fn content(&mut self, complex: &mut Complex, at: At<'e>) -> Compiled<'e, ()> {
        for child in at.elements() {
            match child.element.name.local {
                "sequence" | "choice" | "all" | "group" => {
                    complex.group = Some(self.group(complex, child)?);
                }
                "attribute" | "attributeGroup" | "anyAttribute" => {
                    self.attributes(complex, child)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// What a complex type is derived from, and how.
pub(super) fn base(at: At<'_>) -> Option<At<'_>> {
    let content = at
        .child("complexContent")
        .or_else(|| at.child("simpleContent"))?;
    content
        .child("extension")
        .or_else(|| content.child("restriction"))
}
