//! `$input`: the body and the parameters.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use crate::{
    document::Document,
    json::{self, JsonError},
    jsonpath,
    methods::{Fault, Outcome},
    value::{Key, Map, MapRef, Text, Value, written},
};

/// What a template maps: a body, and the parameters of the request, which are copied where a template looks at them.
#[derive(Debug, Default)]
pub struct Input<'i> {
    body: Arc<str>,
    documents: Documents,
    parameters: Vec<Parameter<'i>>,
}

/// A parameter of the request.
#[derive(Clone, Copy, Debug)]
struct Parameter<'i> {
    kind: Kind,
    name: &'i str,
    value: &'i str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Path,
    Query,
    Header,
}

impl<'i> Input<'i> {
    /// A body without parameters. An empty one counts as `{}`, as in API Gateway.
    pub fn new(body: impl Into<Arc<str>>) -> Self {
        let body = body.into();
        Input {
            body: if body.is_empty() { "{}".into() } else { body },
            ..Input::default()
        }
    }

    /// Adds a path parameter.
    pub fn path(self, name: &'i str, value: &'i str) -> Self {
        self.with(Kind::Path, name, value)
    }

    /// Adds a query parameter; of several of a name the last counts.
    pub fn query(self, name: &'i str, value: &'i str) -> Self {
        self.with(Kind::Query, name, value)
    }

    /// Adds a header field; of several of a name the last counts.
    pub fn header(self, name: &'i str, value: &'i str) -> Self {
        self.with(Kind::Header, name, value)
    }

    fn with(mut self, kind: Kind, name: &'i str, value: &'i str) -> Self {
        self.parameters.push(Parameter { kind, name, value });
        self
    }

    /// Whether a template wanted the body to be JSON, and it is none.
    pub fn is_invalid(&self) -> bool {
        matches!(&*self.documents.body.borrow(), Some(Err(_)))
    }

    /// How long the body is, in bytes.
    pub(crate) fn length(&self) -> usize {
        self.body.len()
    }

    pub(crate) fn body(&self) -> Value {
        Value::text(Arc::clone(&self.body))
    }

    pub(crate) fn call(&self, name: &str, arguments: &[Value]) -> Outcome {
        Ok(match (name, arguments) {
            ("path", [Value::Text(path)]) => Some(self.select(path)?.unwrap_or_default()),
            ("json", [Value::Text(path)]) => Some(Value::text(match self.select(path)? {
                Some(value) => written(&value)?,
                None => "\"\"".to_owned(),
            })),
            ("params", []) => Some(self.parameters()),
            ("params", [Value::Text(name)]) => Some(self.parameter(name)),
            ("getBody", []) => Some(self.body()),
            _ => None,
        })
    }

    fn select(&self, path: &str) -> Result<Option<Value>, Fault> {
        let document = self.document().map_err(|error| invalid(&error))?;
        jsonpath::select(path, &document.root())
    }

    /// The body as it was sent: it is read again where a template has changed what it got of it.
    fn document(&self) -> Result<Rc<Document>, JsonError> {
        let mut body = self.documents.body.borrow_mut();
        match &*body {
            Some(Ok(document)) if document.is_changed() => {
                self.documents.others.borrow_mut().push(Rc::clone(document));
            }
            Some(read) => return read.clone(),
            None => {}
        }
        body.insert(json::read(Arc::clone(&self.body))).clone()
    }

    /// What reading the body once more would cost, in steps.
    pub(crate) fn again(&self) -> usize {
        match &*self.documents.body.borrow() {
            Some(Ok(document)) if document.is_changed() => self.length(),
            _ => 0,
        }
    }

    /// Reads another text as JSON.
    pub(crate) fn read(&self, text: &Text) -> Result<Value, Fault> {
        let document = json::read(text.shared()).map_err(|error| invalid(&error))?;
        let root = document.root();
        self.documents.others.borrow_mut().push(document);
        Ok(root)
    }

    fn parameters(&self) -> Value {
        let [path, query, header] = maps(&self.parameters);
        Value::map(Map::from_iter([
            ("path", Value::map(path)),
            ("querystring", Value::map(query)),
            ("header", Value::Map(MapRef::any_case(header))),
        ]))
    }

    /// By name: of the path, else of the query, else of the header.
    fn parameter(&self, name: &str) -> Value {
        let exact = |known: &str| known == name;
        let any_case = |known: &str| known.eq_ignore_ascii_case(name);
        let found = self
            .last(Kind::Path, exact)
            .or_else(|| self.last(Kind::Query, exact))
            .or_else(|| self.last(Kind::Header, any_case));
        found.map_or(Value::Null, Value::from)
    }

    fn last(&self, kind: Kind, is: impl Fn(&str) -> bool) -> Option<&'i str> {
        let found = |parameter: &&Parameter<'_>| parameter.kind == kind && is(parameter.name);
        let parameter = self.parameters.iter().rfind(found)?;
        Some(parameter.value)
    }
}

/// The parameters of each kind. All names and values are parts of one text: so they are copied once, not each on its own.
fn maps(parameters: &[Parameter<'_>]) -> [Map; 3] {
    let size = |parameter: &Parameter<'_>| parameter.name.len() + parameter.value.len();
    let mut all = String::with_capacity(parameters.iter().map(size).sum());
    for parameter in parameters {
        all.push_str(parameter.name);
        all.push_str(parameter.value);
    }
    let all: Arc<str> = all.into();
    let mut at = 0;
    let mut next = |text: &str| {
        let start = at;
        at += text.len() as u32;
        Text::part(&all, start, at)
    };
    let mut maps = <[Map; 3]>::default();
    for parameter in parameters {
        let (name, value) = (next(parameter.name), next(parameter.value));
        maps[parameter.kind as usize].put(Key::Text(name), Value::Text(value));
    }
    maps
}

fn invalid(error: &JsonError) -> Fault {
    Fault(error.to_string())
}

/// What was read. Values of these documents that a template changes are the template's until the input ends.
#[derive(Debug, Default)]
struct Documents {
    body: RefCell<Option<Result<Rc<Document>, JsonError>>>,
    others: RefCell<Vec<Rc<Document>>>,
}

impl Drop for Documents {
    fn drop(&mut self) {
        let body = self.body.get_mut().take().and_then(Result::ok);
        let others = self.others.get_mut();
        body.iter()
            .chain(&*others)
            .for_each(|document| document.close());
    }
}
