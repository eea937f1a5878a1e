//! `$input`: the body and the parameters.

use std::{
    cell::{OnceCell, RefCell},
    rc::Rc,
    sync::Arc,
};

use crate::{
    document::Document,
    json::{self, JsonError},
    jsonpath,
    methods::{Fault, Outcome},
    value::{Key, Map, MapRef, Text, Value, written},
};

/// What a template maps: a body, and the parameters of the request.
#[derive(Debug, Default)]
pub struct Input {
    body: Arc<str>,
    documents: Documents,
    path: Vec<(Text, Text)>,
    query: Vec<(Text, Text)>,
    headers: Vec<(Text, Text)>,
}

impl Input {
    /// A body without parameters. An empty one counts as `{}`, as in API Gateway.
    pub fn new(body: impl Into<Arc<str>>) -> Self {
        let body = body.into();
        Input {
            body: if body.is_empty() { "{}".into() } else { body },
            ..Input::default()
        }
    }

    /// Adds a path parameter.
    pub fn path(mut self, name: impl Into<Text>, value: impl Into<Text>) -> Self {
        self.path.push((name.into(), value.into()));
        self
    }

    /// Adds a query parameter; of several of a name the last counts.
    pub fn query(mut self, name: impl Into<Text>, value: impl Into<Text>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Adds a header field; of several of a name the last counts.
    pub fn header(mut self, name: impl Into<Text>, value: impl Into<Text>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Why the body is no JSON, where a template wanted it to be.
    pub fn invalid(&self) -> Option<&JsonError> {
        self.documents.body.get()?.as_ref().err()
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
        let document = &self.documents.body;
        let document = document.get_or_init(|| json::read(Arc::clone(&self.body)));
        let document = document.as_ref().map_err(invalid)?;
        jsonpath::select(path, &document.root())
    }

    /// Reads another text as JSON.
    pub(crate) fn read(&self, text: &Text) -> Result<Value, Fault> {
        let document = json::read(text.shared()).map_err(|error| invalid(&error))?;
        let root = document.root();
        self.documents.others.borrow_mut().push(document);
        Ok(root)
    }

    fn parameters(&self) -> Value {
        Value::map(Map::from_iter([
            ("path", Value::map(map(&self.path))),
            ("querystring", Value::map(map(&self.query))),
            ("header", Value::Map(MapRef::any_case(map(&self.headers)))),
        ]))
    }

    /// By name: of the path, else of the query, else of the header.
    fn parameter(&self, name: &str) -> Value {
        let exact = |known: &str| known == name;
        let any_case = |known: &str| known.eq_ignore_ascii_case(name);
        last(&self.path, exact)
            .or_else(|| last(&self.query, exact))
            .or_else(|| last(&self.headers, any_case))
            .unwrap_or_default()
    }
}

fn invalid(error: &JsonError) -> Fault {
    Fault(error.to_string())
}

/// What was read. Values of these documents that a template changes are the template's until the input ends.
#[derive(Debug, Default)]
struct Documents {
    body: OnceCell<Result<Rc<Document>, JsonError>>,
    others: RefCell<Vec<Rc<Document>>>,
}

impl Drop for Documents {
    fn drop(&mut self) {
        let body = self.body.get().and_then(|read| read.as_ref().ok());
        let others = self.others.get_mut();
        body.into_iter()
            .chain(&*others)
            .for_each(|document| document.close());
    }
}

fn last(pairs: &[(Text, Text)], is: impl Fn(&str) -> bool) -> Option<Value> {
    let (_, value) = pairs.iter().rfind(|(known, _)| is(known))?;
    Some(Value::Text(value.clone()))
}

fn map(pairs: &[(Text, Text)]) -> Map {
    let entries = pairs.iter();
    entries
        .map(|(name, value)| (Key::Text(name.clone()), Value::Text(value.clone())))
        .collect()
}
