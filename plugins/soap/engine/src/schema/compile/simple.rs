//! Simple types: restrictions, lists, unions, and those of XML Schema itself.

use super::{At, Compiled, Compiler, facets};
use crate::schema::{Kind, Simple, Type, TypeId, XSD};

impl<'e> Compiler<'e, '_> {
    /// A simple type.
    pub(super) fn simple(&mut self, at: At<'e>) -> Compiled<'e, Simple> {
        let found = |local: &str| at.child(local);
        match (found("list"), found("union"), found("restriction")) {
            (Some(list), _, _) => self.list(list),
            (_, Some(union), _) => self.union(union),
            (_, _, Some(restriction)) => self.restriction(restriction),
            _ => Err(at.wrong("a simple type needs `restriction`, `list` or `union`")),
        }
    }

    fn list(&mut self, at: At<'e>) -> Compiled<'e, Simple> {
        let item = match (at.get("itemType"), at.child("simpleType")) {
            (Some(written), _) => self.named(at, written)?,
            (None, Some(anonymous)) => self.open(anonymous, None),
            (None, None) => return Err(at.wrong("`itemType` is missing")),
        };
        Ok(Simple::of(Kind::List(item)))
    }

    fn union(&mut self, at: At<'e>) -> Compiled<'e, Simple> {
        let named = at.get("memberTypes").unwrap_or_default();
        let named = named.split_ascii_whitespace();
        let mut members: Vec<_> = named
            .map(|written| self.named(at, written))
            .collect::<Result<_, _>>()?;
        let anonymous = at
            .elements()
            .filter(|child| child.element.name.local == "simpleType");
        members.extend(anonymous.map(|member| self.open(member, None)));
        Ok(Simple::of(Kind::Union(members)))
    }

    fn restriction(&mut self, at: At<'e>) -> Compiled<'e, Simple> {
        let id = match (at.get("base"), at.child("simpleType")) {
            (Some(written), _) => self.base(at, written)?,
            (None, Some(anonymous)) => {
                let id = self.open(anonymous, None);
                self.complete(id)?;
                id
            }
            (None, None) => return Err(at.wrong("`base` is missing")),
        };
        self.restricted(at, Some(id))
    }

    /// A simple type with the facets of a restriction besides its own.
    pub(super) fn restricted(&self, at: At<'e>, base: Option<TypeId>) -> Compiled<'e, Simple> {
        let mut simple = match base.map(|base| &self.schema.types[base]) {
            Some(Type::Simple(base)) => base.clone(),
            _ => Simple::of(Kind::Text),
        };
        simple.name = None;
        facets::add(at, &mut simple)?;
        Ok(simple)
    }

    /// A type of XML Schema itself.
    pub(super) fn builtin(&mut self, local: &str) -> Result<TypeId, String> {
        if let Some(id) = self.builtins.get(local) {
            return Ok(*id);
        }
        let kind = match local {
            "anyType" => Type::Any,
            "NMTOKENS" | "IDREFS" | "ENTITIES" => {
                let item = self.builtin("token")?;
                Type::Simple(named(local, Kind::List(item)))
            }
            _ => {
                let kind =
                    builtin(local).ok_or_else(|| format!("XML Schema has no type `{local}`"))?;
                Type::Simple(named(local, kind))
            }
        };
        let id = self.add(kind);
        self.builtins.insert(local.to_owned(), id);
        Ok(id)
    }
}

/// A type of XML Schema itself.
fn named(local: &str, kind: Kind) -> Simple {
    Simple {
        name: Some((XSD.to_owned(), local.to_owned())),
        ..Simple::of(kind)
    }
}

fn builtin(local: &str) -> Option<Kind> {
    Some(match local {
        "string" => Kind::Text,
        "boolean" => Kind::Boolean,
        "integer" => Kind::Integer(None, None),
        "nonNegativeInteger" => Kind::Integer(Some("0"), None),
        "positiveInteger" => Kind::Integer(Some("1"), None),
        "nonPositiveInteger" => Kind::Integer(None, Some("0")),
        "negativeInteger" => Kind::Integer(None, Some("-1")),
        "byte" => Kind::Integer(Some("-128"), Some("127")),
        "short" => Kind::Integer(Some("-32768"), Some("32767")),
        "int" => Kind::Integer(Some("-2147483648"), Some("2147483647")),
        "long" => Kind::Integer(Some("-9223372036854775808"), Some("9223372036854775807")),
        "unsignedByte" => Kind::Integer(Some("0"), Some("255")),
        "unsignedShort" => Kind::Integer(Some("0"), Some("65535")),
        "unsignedInt" => Kind::Integer(Some("0"), Some("4294967295")),
        "unsignedLong" => Kind::Integer(Some("0"), Some("18446744073709551615")),
        "decimal" => Kind::Decimal,
        "float" | "double" => Kind::Float,
        "date" => Kind::Date,
        "dateTime" => Kind::DateTime,
        "time" => Kind::Time,
        "base64Binary" => Kind::Base64,
        "hexBinary" => Kind::Hex,
        _ => Kind::Token(TOKENS.iter().find(|token| **token == local)?),
    })
}

/// Types whose texts mean something that neither JSON nor this crate knows.
const TOKENS: [&str; 21] = [
    "normalizedString",
    "token",
    "language",
    "Name",
    "NCName",
    "NMTOKEN",
    "ID",
    "IDREF",
    "ENTITY",
    "QName",
    "NOTATION",
    "anyURI",
    "duration",
    "gYear",
    "gYearMonth",
    "gMonth",
    "gMonthDay",
    "gDay",
    "anySimpleType",
    "anyAtomicType",
    "dateTimeStamp",
];
