//! The types of an XML Schema, as they are used: references resolved, inheritance applied, prefixes given.

use std::collections::BTreeMap;

use crate::plain::Rules;

mod compile;
mod documents;
pub(crate) mod number;
mod pattern;
mod simple;

pub(crate) use self::{
    compile::{Compiler, SOAP_ENCODING, Wrong, tag},
    documents::{Document, Documents, XSD},
};
pub use self::{
    pattern::Pattern,
    simple::{Facet, Kind, Simple, White},
};

/// A type, by its place in [`Schema::types`].
pub type TypeId = usize;

/// As often as one likes.
pub const UNBOUNDED: u32 = u32::MAX;

/// Types and the namespaces of what is in them.
#[derive(Debug, Default)]
pub struct Schema {
    /// The namespaces; the prefix of the first is `ns0`.
    pub namespaces: Vec<String>,
    /// The types.
    pub types: Vec<Type>,
    /// Global types that are used, and those that are derived from them, by namespace and name.
    pub names: BTreeMap<(String, String), TypeId>,
    /// How what no type describes is written.
    pub rules: Rules,
}

/// A type.
#[derive(Debug)]
pub enum Type {
    /// Anything: converted by rules.
    Any,
    /// A text with a meaning.
    Simple(Simple),
    /// Elements and attributes.
    Complex(Complex),
    /// An array of SOAP's encoding.
    Array(Array),
}

/// A type of which each element in it is an item, whatever its name.
#[derive(Debug)]
pub struct Array {
    /// The type of its items.
    pub item: TypeId,
    /// How items are written.
    pub(crate) tag: String,
    /// Namespace and name of the type that `arrayType` names.
    pub(crate) of: (String, String),
    /// What stands in `arrayType` between that name and the size: `[]` for each array that an item is.
    pub(crate) ranks: String,
}

/// A type of elements and attributes.
#[derive(Debug, Default)]
pub struct Complex {
    /// Namespace and name, where it has one.
    pub name: Option<(String, String)>,
    /// What it is derived from.
    pub base: Option<TypeId>,
    /// Whether only types that are derived from it may be used.
    pub is_abstract: bool,
    /// The type of its text, where it has text in place of elements.
    pub text: Option<TypeId>,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// Whether it may have others.
    pub any_attribute: bool,
    /// Its elements, each once, in the order of the schema.
    pub fields: Vec<Field>,
    /// Places of `fields`, by the name of the element.
    pub(crate) by_local: Vec<usize>,
    /// Places of `fields`, by the name of the member.
    pub(crate) by_name: BTreeMap<String, usize>,
    /// The order and number in which they stand.
    pub group: Option<Group>,
}

/// An attribute of a type.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The name without prefix.
    pub local: String,
    /// The namespace, by its place.
    pub namespace: Option<usize>,
    /// The name as it is written.
    pub tag: String,
    /// The name of its member.
    pub name: String,
    /// Its type, a simple one.
    pub kind: TypeId,
    /// Whether it must be there.
    pub required: bool,
}

/// An element of a type.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The name of its member.
    pub name: String,
    /// The name without prefix.
    pub local: String,
    /// The namespace, by its place; none for an unqualified element.
    pub namespace: Option<usize>,
    /// The name as it is written.
    pub tag: String,
    /// Its type.
    pub kind: TypeId,
    /// Whether it may be null.
    pub nillable: bool,
    /// Whether it is an array.
    pub repeated: bool,
    /// Whether it must be there.
    pub required: bool,
    /// What the schema says of it.
    pub documentation: Option<String>,
}

/// In which order and number elements stand.
#[derive(Clone, Debug)]
pub enum Group {
    /// One of `fields`.
    Field {
        /// Its place.
        field: usize,
        /// At least so often.
        min: u32,
        /// At most so often.
        max: u32,
    },
    /// All of these.
    Sequence(Vec<Group>, u32, u32),
    /// One of these.
    Choice(Vec<Group>, u32, u32),
    /// Elements that the type does not name.
    Any,
}

impl Schema {
    /// The type.
    pub fn kind(&self, id: TypeId) -> &Type {
        &self.types[id]
    }

    /// The namespace of a field or attribute; empty for none.
    pub fn namespace(&self, place: Option<usize>) -> &str {
        place.map_or("", |place| &self.namespaces[place])
    }

    /// Whether a type is another one, or is derived from it.
    pub fn derives(&self, kind: TypeId, from: TypeId) -> bool {
        let base = |kind: &TypeId| match &self.types[*kind] {
            Type::Complex(complex) => complex.base,
            Type::Simple(_) | Type::Array(_) | Type::Any => None,
        };
        // The compiler has refused circles.
        std::iter::successors(Some(kind), base).any(|kind| kind == from)
            || matches!(self.types[from], Type::Any)
    }

    /// The type of this name that is derived from another one; `namespace` may be unknown.
    pub fn derived(&self, namespace: Option<&str>, local: &str, from: TypeId) -> Option<TypeId> {
        let named = self.names.iter().filter(|((space, name), _)| {
            name == local && namespace.is_none_or(|namespace| namespace == space)
        });
        named
            .map(|(_, kind)| *kind)
            .find(|kind| self.derives(*kind, from))
    }
}

impl Complex {
    /// The field of an element; by name alone where no namespace fits, since services do not take them seriously.
    pub fn field_of(&self, schema: &Schema, namespace: &str, local: &str) -> Option<usize> {
        let start = self
            .by_local
            .partition_point(|field| *self.fields[*field].local < *local);
        let mut same = self.by_local[start..].iter().copied();
        let first = same
            .next()
            .filter(|field| self.fields[*field].local == local)?;
        let fits = |field: &usize| schema.namespace(self.fields[*field].namespace) == namespace;
        let of_name = |field: &usize| self.fields[*field].local == local;
        match fits(&first) {
            true => Some(first),
            false => same.take_while(of_name).find(fits).or(Some(first)),
        }
    }

    /// Whether it may hold elements that it does not name.
    pub fn any(&self) -> bool {
        self.group.as_ref().is_some_and(Group::any)
    }

    /// Finishes a type whose fields and group are known.
    pub(crate) fn index(&mut self) {
        let fields = &self.fields;
        self.by_local = (0..fields.len()).collect();
        self.by_local
            .sort_by(|a, b| fields[*a].local.cmp(&fields[*b].local));
        for (place, field) in self.fields.iter_mut().enumerate() {
            let (min, max) = self
                .group
                .as_ref()
                .map_or((0, 0), |group| group.count(place));
            field.required = min > 0;
            field.repeated = max > 1;
            if self.by_name.contains_key(&field.name) {
                field.name = field.tag.clone();
            }
            self.by_name.insert(field.name.clone(), place);
        }
    }
}

impl Group {
    /// How often at least and at most a field stands in it.
    pub(crate) fn count(&self, wanted: usize) -> (u32, u32) {
        match self {
            Group::Field { field, min, max } if *field == wanted => (*min, *max),
            Group::Field { .. } | Group::Any => (0, 0),
            Group::Sequence(items, min, max) => {
                let counts = items.iter().map(|item| item.count(wanted));
                let (least, most) = counts.fold((0, 0), |(least, most): (u32, u32), (l, m)| {
                    (least.saturating_add(l), most.saturating_add(m))
                });
                (least.saturating_mul(*min), most.saturating_mul(*max))
            }
            Group::Choice(items, min, max) => {
                let counts = items.iter().map(|item| item.count(wanted));
                let (least, most) = counts.fold((u32::MAX, 0), |(least, most), (l, m)| {
                    (least.min(l), most.max(m))
                });
                let least = if items.is_empty() { 0 } else { least };
                (least.saturating_mul(*min), most.saturating_mul(*max))
            }
        }
    }

    pub(crate) fn any(&self) -> bool {
        match self {
            Group::Any => true,
            Group::Field { .. } => false,
            Group::Sequence(items, ..) | Group::Choice(items, ..) => items.iter().any(Group::any),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
