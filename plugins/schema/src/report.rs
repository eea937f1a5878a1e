//! What the client and the log are told of a request that is refused.

use std::fmt::Write;

use jsonschema::{ValidationError, Validator};
use serde_json::Value;
use wasmgate_sdk::{Refusal, prelude::*};

use crate::config::Errors;

/// How many violations are told of.
const TOLD: usize = 16;
/// Of larger values only the first violation is sought: each costs many times what it stands for.
const SEARCHED: usize = 64 << 10;
/// How much of a message is shown: it may quote the value.
const MESSAGE: usize = 256;

/// Where something is wrong. In the order in which Amazon API Gateway names parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Place {
    Header,
    Path,
    Query,
    Body,
}

impl Place {
    /// The settings of it.
    pub(crate) fn setting(self) -> &'static str {
        match self {
            Place::Header => "/headers",
            Place::Path => "/path",
            Place::Query => "/query",
            Place::Body => "/body",
        }
    }
}

/// What is wrong with a request.
#[derive(Default)]
pub(crate) struct Violations {
    detailed: bool,
    missing: Vec<(Place, String)>,
    invalid: Vec<(Place, String)>,
    body: bool,
    details: Vec<Detail>,
}

/// One violation.
#[derive(Serialize)]
struct Detail {
    r#in: Place,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    pointer: String,
    keyword: String,
    message: String,
}

impl Violations {
    pub(crate) fn new(errors: Errors) -> Self {
        Violations {
            detailed: errors == Errors::Detailed,
            ..Violations::default()
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.invalid.is_empty() && !self.body
    }

    /// A required parameter is not there.
    pub(crate) fn missing(&mut self, place: Place, name: &str) {
        self.missing.push((place, name.to_owned()));
        self.tell(
            place,
            Some(name),
            "",
            "required",
            "it is required".to_owned(),
        );
    }

    /// A parameter that nobody named.
    pub(crate) fn unknown(&mut self, place: Place, name: &str) {
        self.invalidate(place, name);
        self.tell(
            place,
            Some(name),
            "",
            "unknown",
            "there is no such parameter".to_owned(),
        );
    }

    /// Something that is not even of the form in which it should be.
    pub(crate) fn unreadable(&mut self, place: Place, message: String) {
        self.body = true;
        self.tell(place, None, "", "syntax", message);
    }

    /// Holds the body against its schema.
    pub(crate) fn check(
        &mut self,
        place: Place,
        validator: &Validator,
        value: &Value,
        size: usize,
    ) {
        if !validator.is_valid(value) {
            self.body = true;
            self.explain(place, None, validator, value, size);
        }
    }

    /// Holds a parameter against its schema.
    pub(crate) fn check_parameter(
        &mut self,
        place: Place,
        name: &str,
        validator: &Validator,
        value: &Value,
        size: usize,
    ) {
        if !validator.is_valid(value) {
            self.invalidate(place, name);
            self.explain(place, Some(name), validator, value, size);
        }
    }

    /// The refusal, in Amazon API Gateway's words: of the parameters first, of the body only where they are right.
    pub(crate) fn refusal(self) -> Refusal {
        let message = match (&*self.missing, &*self.invalid) {
            ([], []) => "Invalid request body".to_owned(),
            ([], invalid) => format!("Invalid request parameters: [{}]", names(invalid)),
            (missing, _) => format!("Missing required request parameters: [{}]", names(missing)),
        };
        let refusal = Refusal::invalid(message).context("validationErrorString", self.summary());
        if self.detailed {
            refusal.details(&self.details)
        } else {
            refusal
        }
    }

    fn invalidate(&mut self, place: Place, name: &str) {
        let known = |(at, known): &(Place, String)| *at == place && known == name;
        if self.invalid.len() < TOLD && !self.invalid.iter().any(known) {
            self.invalid.push((place, name.to_owned()));
        }
    }

    fn explain(
        &mut self,
        place: Place,
        name: Option<&str>,
        validator: &Validator,
        value: &Value,
        size: usize,
    ) {
        if self.detailed && size <= SEARCHED {
            for error in validator.iter_errors(value).take(TOLD) {
                self.tell_of(place, name, &error);
            }
        } else if let Err(error) = validator.validate(value) {
            self.tell_of(place, name, &error);
        }
    }

    fn tell_of(&mut self, place: Place, name: Option<&str>, error: &ValidationError<'_>) {
        self.tell(
            place,
            name,
            error.instance_path().as_str(),
            error.kind().keyword(),
            error.to_string(),
        );
    }

    fn tell(
        &mut self,
        r#in: Place,
        name: Option<&str>,
        pointer: &str,
        keyword: &str,
        mut message: String,
    ) {
        if self.details.len() == TOLD {
            return;
        }
        shorten(&mut message);
        self.details.push(Detail {
            r#in,
            name: name.map(str::to_owned),
            pointer: pointer.to_owned(),
            keyword: keyword.to_owned(),
            message,
        });
    }

    /// For the log, as Amazon API Gateway's `$context.error.validationErrorString`: a list in brackets.
    fn summary(&self) -> String {
        let mut summary = String::from("[");
        for (n, detail) in self.details.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            let name = detail.name.as_deref().unwrap_or_default();
            let colon = if name.is_empty() && detail.pointer.is_empty() {
                ""
            } else {
                ": "
            };
            // Writing to a text cannot fail.
            _ = write!(
                summary,
                "{comma}{name}{}{colon}{}",
                detail.pointer, detail.message
            );
        }
        summary + "]"
    }
}

fn names(parameters: &[(Place, String)]) -> String {
    let names: Vec<_> = parameters.iter().map(|(_, name)| name.as_str()).collect();
    names.join(", ")
}

fn shorten(message: &mut String) {
    if message.len() > MESSAGE {
        message.truncate(message.floor_char_boundary(MESSAGE));
        message.push('…');
    }
}
