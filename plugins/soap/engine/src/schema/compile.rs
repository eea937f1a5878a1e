//! Turns what schemas say into types. Only what is used is looked at, and what is derived from it.

use std::{
    collections::{BTreeMap, VecDeque},
    ptr,
};

use super::{Documents, Schema, Simple, Type, TypeId, XSD, documents::At};

mod arrays;
mod attributes;
mod complex;
mod elements;
mod facets;
mod simple;

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
    /// Arrays, and where they stand.
    arrays: Vec<(TypeId, At<'e>)>,
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
            arrays: Vec::new(),
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
                self.check_arrays()?;
                return Ok(self.schema);
            }
        }
    }

    /// Opens global types whose base is used: messages may name them by `xsi:type`. Whether there were any.
    fn derived(&mut self) -> bool {
        let before = self.queue.len();
        for at in self.documents.all("complexType") {
            let base = complex::base(at)
                .and_then(|derivation| Some(derivation.name(derivation.get("base")?)));
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
        if name.0 == SOAP_ENCODING && name.1 == "Array" {
            return self.any_array();
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
        if let Type::Array(_) = kind {
            self.arrays.push((id, at));
        }
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
}

impl<'e> At<'e> {
    pub(crate) fn wrong(self, message: impl Into<String>) -> Wrong<'e> {
        Wrong {
            at: Some(self),
            message: message.into(),
        }
    }
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

/// The namespace of SOAP's encoding (SOAP 1.1, section 5).
pub(crate) const SOAP_ENCODING: &str = "http://schemas.xmlsoap.org/soap/encoding/";
