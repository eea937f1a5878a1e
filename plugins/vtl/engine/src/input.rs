//! `$input`: the body and the parameters.

use std::{cell::OnceCell, sync::Arc};

use crate::{
    json::{self, JsonError},
    jsonpath,
    methods::{Fault, Outcome},
    value::{Map, MapRef, Value, written},
};

/// What a template maps: a body, and the parameters of the request.
#[derive(Debug, Default)]
pub struct Input {
    body: Arc<str>,
    document: OnceCell<Result<Value, JsonError>>,
    path: Vec<(String, String)>,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
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
    pub fn path(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.path.push((name.into(), value.into()));
        self
    }

    /// Adds a query parameter; of several of a name the last counts.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Adds a header field; of several of a name the last counts.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Why the body is no JSON, where a template wanted it to be.
    pub fn invalid(&self) -> Option<&JsonError> {
        self.document.get()?.as_ref().err()
    }

    pub(crate) fn body(&self) -> Value {
        Value::Text(Arc::clone(&self.body))
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
        let document = self.document.get_or_init(|| json::read(&self.body));
        let document = document
            .as_ref()
            .map_err(|error| Fault(error.to_string()))?;
        jsonpath::select(path, document)
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
        let last = |pairs: &[(String, String)], is: &dyn Fn(&str) -> bool| {
            pairs
                .iter()
                .rev()
                .find(|(known, _)| is(known))
                .map(|(_, value)| Value::from(value.as_str()))
        };
        let exact = |known: &str| known == name;
        last(&self.path, &exact)
            .or_else(|| last(&self.query, &exact))
            .or_else(|| last(&self.headers, &|known| known.eq_ignore_ascii_case(name)))
            .unwrap_or_default()
    }
}

fn map(pairs: &[(String, String)]) -> Map {
    pairs
        .iter()
        .map(|(name, value)| (name.as_str(), Value::from(value.as_str())))
        .collect()
}
