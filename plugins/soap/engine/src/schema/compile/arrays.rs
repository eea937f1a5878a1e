//! Arrays of SOAP's encoding: restrictions of `soapenc:Array` (WSDL 1.1, 2.2).

use super::{At, Compiled, Compiler, DEPTH, QName, SOAP_ENCODING, complex::base};
use crate::schema::{Array, Type, TypeId, XSD};

const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";

impl<'e> Compiler<'e, '_> {
    /// The array that a complex type is; none where it is derived from something else.
    pub(super) fn array(&mut self, at: At<'e>) -> Compiled<'e, Option<Array>> {
        let Some(restriction) = base(at) else {
            return Ok(None);
        };
        let name = restriction.name(restriction.get("base").unwrap_or_default());
        if name.0 != SOAP_ENCODING || name.1 != "Array" {
            return Ok(None);
        }
        match array_type(restriction) {
            Some((at, written)) => self.of_type(at, written).map(Some),
            None => self.of_element(restriction).map(Some),
        }
    }

    /// Arrays of `tns:Item[]`, and with more brackets of arrays.
    fn of_type(&mut self, at: At<'e>, written: &str) -> Compiled<'e, Array> {
        let Some((name, ranks)) = written.split_once('[') else {
            return Err(
                at.wrong("`arrayType` is a type with brackets behind it, such as `xsd:int[]`")
            );
        };
        if ranks.contains(',') {
            return Err(
                at.wrong("arrays of several dimensions are not supported: write arrays of arrays")
            );
        }
        let mut item = self.named(at, name)?;
        let of = at.name(name);
        for inner in 0..ranks.matches('[').count().min(DEPTH) {
            item = self.add(Type::Array(array(item, of.clone(), inner)));
        }
        Ok(array(item, of, ranks.matches('[').count().min(DEPTH)))
    }

    /// Arrays of the element that stands in the restriction; of anything where there is none.
    fn of_element(&mut self, restriction: At<'e>) -> Compiled<'e, Array> {
        let element = restriction
            .child("sequence")
            .and_then(|it| it.child("element"));
        let Some(element) = element else {
            let item = self
                .anything()
                .map_err(|message| restriction.wrong(message))?;
            return Ok(array(item, any(), 0));
        };
        let of = element
            .get("type")
            .map_or_else(any, |written| element.name(written));
        let field = self.local(element)?;
        Ok(Array {
            tag: field.tag,
            ..array(field.kind, of, 0)
        })
    }

    /// `soapenc:Array` itself.
    pub(super) fn any_array(&mut self) -> Result<TypeId, String> {
        let item = self.anything()?;
        Ok(self.add(Type::Array(array(item, any(), 0))))
    }

    fn anything(&mut self) -> Result<TypeId, String> {
        self.builtin("anyType")
    }

    /// Refuses arrays that are their own items.
    pub(super) fn check_arrays(&self) -> Compiled<'e, ()> {
        let item = |id: &TypeId| match &self.schema.types[*id] {
            Type::Array(array) => Some(array.item),
            _ => None,
        };
        let endless = |id: TypeId| {
            std::iter::successors(Some(id), item)
                .nth(2 * DEPTH)
                .is_some()
        };
        match self.arrays.iter().find(|(id, _)| endless(*id)) {
            Some((_, at)) => Err(at.wrong("arrays stand in each other too deeply, or without end")),
            None => Ok(()),
        }
    }
}

/// What `arrayType` says, and where.
fn array_type(restriction: At<'_>) -> Option<(At<'_>, &str)> {
    restriction.elements().find_map(|child| {
        let written = child.element.attribute(WSDL, "arrayType")?;
        Some((child, written))
    })
}

fn array(item: TypeId, of: QName, arrays: usize) -> Array {
    Array {
        item,
        tag: "item".to_owned(),
        of,
        ranks: "[]".repeat(arrays),
    }
}

fn any() -> QName {
    (XSD.to_owned(), "anyType".to_owned())
}
