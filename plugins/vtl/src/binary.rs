//! Texts and bytes: which media types are binary, and what becomes of bodies of both kinds.
//!
//! What API Gateway does by `binaryMediaTypes` and `contentHandling`: a template and whoever cannot take bytes get them
//! as base64, and base64 becomes bytes for those who can.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use wasmgate_sdk::{Patch, Problem, Refusal, media};

use crate::config::ContentHandling;

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Binary,
}

/// The media types that are binary.
pub(crate) struct BinaryTypes(Vec<String>);

impl BinaryTypes {
    pub(crate) fn read(types: Vec<String>) -> Result<Self, Problem> {
        let wrong = types.iter().enumerate().filter(|(_, name)| !is_type(name));
        Problem::all(wrong.map(|(at, name)| {
            let place = format!("/binary_media_types/{at}");
            Problem::at(
                place,
                format!("`{name}` is no media type: write `image/png`, `image/*` or `*/*`"),
            )
        }))?;
        Ok(BinaryTypes(
            types.iter().map(|name| media::essence(name)).collect(),
        ))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a body of this type is. Of several types, as clients accept them, the first counts.
    pub(crate) fn form(&self, content_type: Option<&str>) -> Form {
        let first = content_type.unwrap_or_default().split(',').next();
        let name = match media::essence(first.unwrap_or_default()) {
            empty if empty.is_empty() => "application/json".to_owned(),
            name => name,
        };
        match self.0.iter().any(|known| includes(known, &name)) {
            true => Form::Binary,
            false => Form::Text,
        }
    }
}

fn is_type(name: &str) -> bool {
    match name.split_once('/') {
        Some(("*", "*")) => true,
        Some((kind, part)) => {
            let is_name = |name: &str| !name.is_empty() && !name.contains(['*', '/', ',', ' ']);
            is_name(kind) && (part == "*" || is_name(part))
        }
        None => false,
    }
}

fn includes(known: &str, name: &str) -> bool {
    match known.strip_suffix('*') {
        Some("*/") => true,
        Some(kind) => name.starts_with(kind),
        None => name == known,
    }
}

impl From<ContentHandling> for Form {
    fn from(handling: ContentHandling) -> Self {
        match handling {
            ContentHandling::ConvertToText => Form::Text,
            ContentHandling::ConvertToBinary => Form::Binary,
        }
    }
}

/// A body as a template gets it, or the other side.
pub(crate) struct Payload<'b> {
    body: Cow<'b, [u8]>,
    form: Form,
}

impl<'b> Payload<'b> {
    /// A body of one form, made to be of another.
    pub(crate) fn of(body: Option<&'b [u8]>, from: Form, to: Form) -> Result<Self, Refusal> {
        let body = body.unwrap_or_default();
        let body = match (from, to) {
            (Form::Binary, Form::Text) => Cow::Owned(STANDARD.encode(body).into_bytes()),
            (Form::Text, Form::Binary) => Cow::Owned(decoded(body)?),
            _ => Cow::Borrowed(body),
        };
        Ok(Payload { body, form: to })
    }

    /// What a template sees.
    pub(crate) fn text(&self) -> Result<&[u8], Refusal> {
        match self.form {
            Form::Text => Ok(&self.body),
            Form::Binary => Err(Refusal::failure(
                "a template for a binary body: `content_handling: convert_to_text` gives it as base64",
            )),
        }
    }

    /// Passed on without a template.
    pub(crate) fn passed_on(self, patch: Patch) -> Patch {
        match self.body {
            Cow::Owned(body) => patch.body(body),
            Cow::Borrowed(_) => patch,
        }
    }
}

fn decoded(body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let bytes = STANDARD.decode(body.trim_ascii());
    bytes.map_err(|error| Refusal::failure(format!("a body that should be base64: {error}")))
}
