//! Turns what schemas say into types. Only what is used is looked at, and what is derived from it.

use std::{
    collections::{BTreeMap, VecDeque},
    ptr,
};

use super::{
    Attribute, Complex, Documents, Facet, Field, Group, Kind, Schema, Simple, Type, TypeId,
    UNBOUNDED, XSD, documents::At,
};

/// Why a schema cannot be used: what is wrong, and the element that says so.
pub(crate) struct Wrong<'e> {
    pub(crate) at: Option<At<'e>>,
    pub(crate) message: String,
}

type Compiled<'e, T> = Result<T, Wrong<'e>>;
type QName = (String, String);

/// Groups that are written out in all their places could grow without bound.
const PARTICLES: usize = 100_000;
/// Types that inherit, groups in groups.
const DEPTH: usize = 64;

/// Compiles the types that are asked for.
pub(crate) struct Compiler<'e, 'd> {
    documents: &'d Documents<'e>,
    schema: Schema,
    builtins: BTreeMap<String, TypeId>,
    /// Types that were promised a place, and where they stand.
    open: BTreeMap<TypeId, (At<'e>, Option<QName>)>,
    queue: VecDeque<TypeId>,
    /// Types without a name, by where they stand: an element may hold itself.
    anonymous: BTreeMap<(usize, usize), TypeId>,
    particles: usize,
    depth: usize,
}

impl<'e, 'd> Compiler<'e, 'd> {
    /// No types yet.
    pub(crate) fn new(documents: &'d Documents<'e>) -> Self {
        Compiler {
            documents,
            schema: Schema::default(),
            builtins: BTreeMap::new(),
            open: BTreeMap::new(),
            queue: VecDeque::new(),
            anonymous: BTreeMap::new(),
            particles: 0,
            depth: 0,
        }
    }

    /// Compiles all that is open, and what is derived from it.
    pub(crate) fn finish(mut self) -> Compiled<'e, Schema> {
        loop {
            while let Some(id) = self.queue.pop_front() {
                self.complete(id)?;
            }
            if !self.derived() {
                return Ok(self.schema);
            }
        }
    }

    /// Opens global types whose base is used: messages may name them by `xsi:type`. Whether there were any.
    fn derived(&mut self) -> bool {
        let before = self.queue.len();
        for at in self.documents.all("complexType") {
            let base =
                base(at).and_then(|derivation| Some(derivation.name(derivation.get("base")?)));
            let used = base.is_some_and(|base| self.schema.names.contains_key(&base));
            if let Some(name) = at.get("name").filter(|_| used) {
                self.open_named((at.document.target.clone(), name.to_owned()), at);
            }
        }
        self.queue.len() > before
    }

    /// The place of a namespace, which is its prefix.
    pub(crate) fn namespace(&mut self, namespace: &str) -> Option<usize> {
        if namespace.is_empty() {
            return None;
        }
        let namespaces = &mut self.schema.namespaces;
        let place = namespaces.iter().position(|known| known == namespace);
        Some(place.unwrap_or_else(|| {
            namespaces.push(namespace.to_owned());
            namespaces.len() - 1
        }))
    }

    /// The type of this name.
    pub(crate) fn named(&mut self, at: At<'e>, written: &str) -> Compiled<'e, TypeId> {
        self.global_type(at.name(written))
            .map_err(|message| at.wrong(message))
    }

    /// The type of this name, or that there is none.
    fn global_type(&mut self, name: QName) -> Result<TypeId, String> {
        if let Some(id) = self.schema.names.get(&name) {
            return Ok(*id);
        }
        if name.0 == XSD || name.0 == SOAP_ENCODING {
            return self.builtin(&name.1);
        }
        let documents = self.documents;
        let found = documents
            .find("complexType", &name)
            .or_else(|| documents.find("simpleType", &name));
        match found {
            Some(found) => Ok(self.open_named(name, found)),
            None => Err(format!(
                "the type `{}` of `{}` is not defined",
                name.1, name.0
            )),
        }
    }

    fn open_named(&mut self, name: QName, at: At<'e>) -> TypeId {
        if let Some(id) = self.schema.names.get(&name) {
            return *id;
        }
        let id = self.open(at, Some(name.clone()));
        self.schema.names.insert(name, id);
        id
    }

    fn open_anonymous(&mut self, at: At<'e>) -> TypeId {
        let key = (
            ptr::from_ref(at.element).addr(),
            ptr::from_ref(at.document).addr(),
        );
        if let Some(id) = self.anonymous.get(&key) {
            return *id;
        }
        let id = self.open(at, None);
        self.anonymous.insert(key, id);
        id
    }

    /// Promises a type its place.
    fn open(&mut self, at: At<'e>, name: Option<QName>) -> TypeId {
        let id = self.add(Type::Any);
        self.open.insert(id, (at, name));
        self.queue.push_back(id);
        id
    }

    fn add(&mut self, kind: Type) -> TypeId {
        self.schema.types.push(kind);
        self.schema.types.len() - 1
    }

    /// Sees to it that a type is compiled.
    fn complete(&mut self, id: TypeId) -> Compiled<'e, ()> {
        let Some((at, name)) = self.open.remove(&id) else {
            return Ok(());
        };
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(at.wrong("types are derived from each other too deeply"));
        }
        let kind = match at.element.name.local {
            "simpleType" => Type::Simple(Simple {
                name,
                ..self.simple(at)?
            }),
            _ => self.complex(at, name)?,
        };
        self.depth -= 1;
        self.schema.types[id] = kind;
        Ok(())
    }

    /// A type that another one is derived from; it must not be on its way itself.
    fn base(&mut self, at: At<'e>, written: &str) -> Compiled<'e, TypeId> {
        let id = self.named(at, written)?;
        let circle = !self.open.contains_key(&id) && matches!(self.schema.types[id], Type::Any);
        if circle && self.schema.names.get(&at.name(written)) == Some(&id) {
            return Err(at.wrong(format!("the type `{written}` is derived from itself")));
        }
        self.complete(id)?;
        Ok(id)
    }

    fn complex(&mut self, at: At<'e>, name: Option<QName>) -> Compiled<'e, Type> {
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
            complex.text = Some(self.restricted_text(at, complex.text)?);
        }
        let inherited = complex.group.take();
        self.content(complex, at)?;
        complex.group = match (inherited, complex.group.take()) {
            (Some(inherited), Some(own)) => Some(Group::Sequence(vec![inherited, own], 1, 1)),
            (inherited, own) => inherited.or(own),
        };
        Ok(())
    }

    fn restricted_text(&mut self, at: At<'e>, base: Option<TypeId>) -> Compiled<'e, TypeId> {
        let mut simple = match base.map(|base| &self.schema.types[base]) {
            Some(Type::Simple(simple)) => simple.clone(),
            _ => Simple::of(Kind::Text),
        };
        simple.name = None;
        facets(at, &mut simple.facets);
        Ok(self.add(Type::Simple(simple)))
    }

    /// Elements and attributes.
    fn content(&mut self, complex: &mut Complex, at: At<'e>) -> Compiled<'e, ()> {
        for child in at.elements() {
            match child.element.name.local {
                "sequence" | "choice" | "all" | "group" => {
                    complex.group = Some(self.group(complex, child)?);
                }
                "attribute" | "attributeGroup" | "anyAttribute" => {
                    self.attribute(complex, child)?
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn group(&mut self, complex: &mut Complex, at: At<'e>) -> Compiled<'e, Group> {
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
    fn local(&mut self, at: At<'e>) -> Compiled<'e, Field> {
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
    fn type_of(&mut self, at: At<'e>) -> Compiled<'e, TypeId> {
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

    fn attribute(&mut self, complex: &mut Complex, at: At<'e>) -> Compiled<'e, ()> {
        if at.element.name.local == "anyAttribute" {
            complex.any_attribute = true;
            return Ok(());
        }
        let written = at.get("ref");
        if at.element.name.local == "attributeGroup" {
            let written = written.ok_or_else(|| at.wrong("`ref` is missing"))?;
            let found = self.documents.find("attributeGroup", &at.name(written));
            let found =
                found.ok_or_else(|| at.wrong(format!("the group `{written}` is not defined")))?;
            self.depth += 1;
            if self.depth > DEPTH {
                return Err(at.wrong("groups of attributes stand in each other too deeply"));
            }
            self.content(complex, found)?;
            self.depth -= 1;
            return Ok(());
        }
        let (definition, qualified) = match written.map(|written| (written, at.name(written))) {
            // `xml:lang` and attributes of SOAP's encoding: just texts.
            Some((written, name)) => match self.documents.find("attribute", &name) {
                Some(found) => (found, true),
                None if written.starts_with("xml:") || name.0 == SOAP_ENCODING => {
                    complex.any_attribute = true;
                    return Ok(());
                }
                None => return Err(at.wrong(format!("the attribute `{written}` is not defined"))),
            },
            None => {
                let form = at
                    .get("form")
                    .or_else(|| at.document.schema.attribute("", "attributeFormDefault"));
                (at, form == Some("qualified"))
            }
        };
        let local = definition
            .get("name")
            .ok_or_else(|| at.wrong("`name` is missing"))?;
        complex.attributes.retain(|known| known.local != local);
        if at.get("use") == Some("prohibited") {
            return Ok(());
        }
        let target = if qualified {
            &*definition.document.target
        } else {
            ""
        };
        let namespace = self.namespace(target);
        complex.attributes.push(Attribute {
            local: local.to_owned(),
            namespace,
            tag: tag(namespace, local),
            name: ["@", local].concat(),
            kind: self.type_of(definition)?,
            required: at.get("use") == Some("required"),
        });
        Ok(())
    }

    fn simple(&mut self, at: At<'e>) -> Compiled<'e, Simple> {
        if let Some(list) = at.child("list") {
            let item = match (list.get("itemType"), list.child("simpleType")) {
                (Some(written), _) => self.named(list, written)?,
                (None, Some(anonymous)) => self.open(anonymous, None),
                (None, None) => return Err(list.wrong("`itemType` is missing")),
            };
            return Ok(Simple::of(Kind::List(item)));
        }
        if let Some(union) = at.child("union") {
            let mut members = Vec::new();
            for written in union
                .get("memberTypes")
                .unwrap_or_default()
                .split_ascii_whitespace()
            {
                members.push(self.named(union, written)?);
            }
            let anonymous = union
                .elements()
                .filter(|child| child.element.name.local == "simpleType");
            members.extend(anonymous.map(|member| self.open(member, None)));
            return Ok(Simple::of(Kind::Union(members)));
        }
        let restriction = at
            .child("restriction")
            .ok_or_else(|| at.wrong("a simple type needs `restriction`, `list` or `union`"))?;
        let id = match (restriction.get("base"), restriction.child("simpleType")) {
            (Some(written), _) => self.base(restriction, written)?,
            (None, Some(anonymous)) => {
                let id = self.open(anonymous, None);
                self.complete(id)?;
                id
            }
            (None, None) => return Err(restriction.wrong("`base` is missing")),
        };
        let mut simple = match &self.schema.types[id] {
            Type::Simple(base) => base.clone(),
            Type::Any | Type::Complex(_) => Simple::of(Kind::Text),
        };
        facets(restriction, &mut simple.facets);
        Ok(simple)
    }

    /// A type of XML Schema itself.
    fn builtin(&mut self, local: &str) -> Result<TypeId, String> {
        if let Some(id) = self.builtins.get(local) {
            return Ok(*id);
        }
        let kind = match local {
            "anyType" => Type::Any,
            "NMTOKENS" | "IDREFS" | "ENTITIES" => {
                let item = self.builtin("token")?;
                Type::Simple(Simple::of(Kind::List(item)))
            }
            _ => {
                let kind =
                    builtin(local).ok_or_else(|| format!("XML Schema has no type `{local}`"))?;
                Type::Simple(Simple::of(kind))
            }
        };
        let id = self.add(kind);
        self.builtins.insert(local.to_owned(), id);
        Ok(id)
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
    pub(crate) fn accessor(&mut self, name: &str, kind: QName) -> Result<Field, String> {
        Ok(Field {
            name: name.to_owned(),
            local: name.to_owned(),
            namespace: None,
            tag: name.to_owned(),
            kind: self.global_type(kind)?,
            // Nor may they be nil (WS-I Basic Profile 1.1, R2211).
            nillable: false,
            repeated: false,
            required: true,
            documentation: None,
        })
    }
}

impl<'e> At<'e> {
    pub(crate) fn wrong(self, message: impl Into<String>) -> Wrong<'e> {
        Wrong {
            at: Some(self),
            message: message.into(),
        }
    }
}

/// What a complex type is derived from, and how.
fn base(at: At<'_>) -> Option<At<'_>> {
    let content = at
        .child("complexContent")
        .or_else(|| at.child("simpleContent"))?;
    content
        .child("extension")
        .or_else(|| content.child("restriction"))
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

pub(crate) fn tag(namespace: Option<usize>, local: &str) -> String {
    match namespace {
        Some(place) => format!("ns{place}:{local}"),
        None => local.to_owned(),
    }
}

fn is_true(value: Option<&str>) -> bool {
    matches!(value, Some("true" | "1"))
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

fn facets(at: At<'_>, facets: &mut Vec<Facet>) {
    let mut values = Vec::new();
    for facet in at.elements() {
        let value = facet.get("value").unwrap_or_default();
        let number = || value.parse().unwrap_or_default();
        let text = || value.trim().to_owned();
        match facet.element.name.local {
            "enumeration" => values.push(value.to_owned()),
            "length" => facets.extend([Facet::MinLength(number()), Facet::MaxLength(number())]),
            "minLength" => facets.push(Facet::MinLength(number())),
            "maxLength" => facets.push(Facet::MaxLength(number())),
            "minInclusive" => facets.push(Facet::Min(text())),
            "maxInclusive" => facets.push(Facet::Max(text())),
            "minExclusive" => facets.push(Facet::Above(text())),
            "maxExclusive" => facets.push(Facet::Below(text())),
            "totalDigits" => facets.push(Facet::TotalDigits(number())),
            "fractionDigits" => facets.push(Facet::FractionDigits(number())),
            "pattern" => facets.push(Facet::Pattern(value.to_owned())),
            _ => {}
        }
    }
    if !values.is_empty() {
        facets.push(Facet::Enumeration(values));
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

const SOAP_ENCODING: &str = "http://schemas.xmlsoap.org/soap/encoding/";
