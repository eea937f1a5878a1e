//! Is the body what its content type's schema says?

use std::collections::BTreeMap;

use jsonschema::Validator;
use serde_json::{Map, Value};
use wasmgate_sdk::{Problem, Request, media};

use crate::{
    config::OtherTypes,
    form, json,
    models::{self, Models},
    report::{Place, Violations},
    text::Shapes,
    xml,
};

/// The schemas of a route's bodies.
pub(crate) struct Bodies {
    named: Vec<(String, Checked)>,
    default: Option<Checked>,
    other_types: OtherTypes,
    limit: usize,
}

/// What a body must match.
struct Checked {
    validator: Validator,
    /// Not for JSON, which has types of its own.
    shapes: Shapes,
}

/// A body that was not even looked at.
pub(crate) struct TooLarge;

/// How bodies of a content type are read.
#[derive(Clone, Copy, PartialEq)]
enum Format {
    Json,
    Form,
    Parts,
    Xml,
    Text,
}

impl Bodies {
    pub(crate) fn new(
        models: &Models,
        body: BTreeMap<String, Value>,
        other_types: OtherTypes,
        limit: u32,
    ) -> Result<Self, Problem> {
        let mut bodies = Bodies {
            named: Vec::new(),
            default: None,
            other_types,
            limit: limit as usize,
        };
        let mut problems = Vec::new();
        for (name, schema) in body {
            let pointer = models::pointer("/body", &name);
            match (&*name, Checked::new(models, &pointer, schema)) {
                (_, Err(problem)) => problems.push(problem),
                ("$default", Ok(checked)) => bodies.default = Some(checked),
                (_, Ok(_)) if Format::of(&name).is_none() => problems.push(unreadable(&pointer)),
                (_, Ok(checked)) => bodies.named.push((name.to_ascii_lowercase(), checked)),
            }
        }
        Problem::all(problems)?;
        Ok(bodies)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.named.is_empty() && self.default.is_none()
    }

    /// Adds what is wrong with the body.
    pub(crate) fn check(
        &self,
        request: &Request,
        violations: &mut Violations,
    ) -> Result<(), TooLarge> {
        let body = request.body().unwrap_or_default();
        if body.len() > self.limit {
            return Err(TooLarge);
        }
        let Some(content_type) = content_type(request) else {
            violations.unreadable(Place::Body, "more than one content type".to_owned());
            return Ok(());
        };
        let essence = media::essence(content_type);
        match self.find(&essence) {
            Some((checked, format)) => checked.check(body, format, content_type, violations),
            None if self.other_types == OtherTypes::Pass => {}
            None => violations.unreadable(
                Place::Body,
                format!("bodies of the type `{essence}` are not accepted"),
            ),
        }
        Ok(())
    }

    /// What a body must match, and how it is read.
    fn find(&self, essence: &str) -> Option<(&Checked, Format)> {
        let format = Format::of(essence);
        if let Some((_, checked)) = self.named.iter().find(|(name, _)| name == essence) {
            return Some((checked, format?));
        }
        // `$default` is for JSON under any other name, as with Amazon API Gateway.
        let format = format.filter(|format| *format != Format::Text);
        Some((self.default.as_ref()?, format.unwrap_or(Format::Json)))
    }
}

impl Checked {
    fn new(models: &Models, pointer: &str, schema: Value) -> Result<Self, Problem> {
        let (schema, validator) = models.schema(pointer, schema)?;
        Ok(Checked {
            validator,
            shapes: Shapes::new(models, &schema),
        })
    }

    fn check(&self, body: &[u8], format: Format, content_type: &str, violations: &mut Violations) {
        match self.read(body, format, content_type) {
            Ok(value) => violations.check(Place::Body, &self.validator, &value, body.len()),
            Err(message) => violations.unreadable(Place::Body, message),
        }
    }

    fn read(&self, body: &[u8], format: Format, content_type: &str) -> Result<Value, String> {
        let expected = self.shapes.root();
        let text = || std::str::from_utf8(body).map_err(|_| "the body is not UTF-8".to_owned());
        match format {
            Format::Form => form::read(body, expected),
            Format::Parts => form::read_parts(content_type, body, expected),
            Format::Xml => xml::read(text()?, expected),
            Format::Text => Ok(text()?.into()),
            Format::Json if body.is_empty() => Ok(Value::Object(Map::new())),
            Format::Json => json::read(body).map_err(|error| error.to_string()),
        }
    }
}

impl Format {
    fn of(essence: &str) -> Option<Self> {
        match essence.to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => Some(Format::Form),
            "multipart/form-data" => Some(Format::Parts),
            "application/json" => Some(Format::Json),
            "application/xml" | "text/xml" => Some(Format::Xml),
            name if name.ends_with("+json") => Some(Format::Json),
            name if name.ends_with("+xml") => Some(Format::Xml),
            name if name.starts_with("text/") => Some(Format::Text),
            _ => None,
        }
    }
}

/// As the client names it, JSON where it does not; none where it names several.
fn content_type(request: &Request) -> Option<&str> {
    let mut named = request
        .headers()
        .filter(|(name, _)| *name == "content-type");
    let first = named.next().map_or("application/json", |(_, value)| value);
    named.next().is_none().then_some(first)
}

fn unreadable(pointer: &str) -> Problem {
    Problem::at(
        pointer,
        "bodies of this type cannot be checked; there are JSON (`…/json`, `+json`), XML (`…/xml`, `+xml`), `text/…`, `application/x-www-form-urlencoded`, `multipart/form-data` and `$default`",
    )
}
