//! Forms as values: an object of the fields, where a field that occurs several times is an array.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wasmgate_sdk::media::{self, Multipart, Part};

use crate::{json, text::Expected};

/// How many fields a form may have.
const FIELDS: usize = 10_000;

/// `application/x-www-form-urlencoded`.
pub(crate) fn read(body: &[u8], expected: Expected<'_>) -> Result<Value, String> {
    let mut fields = Fields::default();
    for (name, value) in form_urlencoded::parse(body) {
        let value = expected.member(&name).each().scalar(&value);
        fields.add(name.into_owned(), value)?;
    }
    Ok(fields.value(expected))
}

/// `multipart/form-data`: a field is its text, JSON where its part says so; a file is an object with `filename`,
/// `type` and `size`.
pub(crate) fn read_parts(
    content_type: &str,
    body: &[u8],
    expected: Expected<'_>,
) -> Result<Value, String> {
    let mut fields = Fields::default();
    for part in Multipart::new(content_type, body) {
        let part = part?;
        let value = content(&part, expected)?;
        fields.add(part.name, value)?;
    }
    Ok(fields.value(expected))
}

#[derive(Default)]
struct Fields {
    values: BTreeMap<String, Vec<Value>>,
    count: usize,
}

impl Fields {
    fn add(&mut self, name: String, value: Value) -> Result<(), String> {
        self.count += 1;
        if self.count > FIELDS {
            return Err(format!("more than {FIELDS} fields"));
        }
        self.values.entry(name).or_default().push(value);
        Ok(())
    }

    fn value(self, expected: Expected<'_>) -> Value {
        let members = self.values.into_iter().map(|(name, values)| {
            let values = expected.member(&name).gathered(values);
            (name, values)
        });
        Value::Object(members.collect())
    }
}

fn content(part: &Part<'_>, expected: Expected<'_>) -> Result<Value, String> {
    let kind = part.content_type;
    if let Some(file) = &part.filename {
        let size = part.content.len();
        return Ok(json!({ "filename": file, "type": kind.unwrap_or_default(), "size": size }));
    }
    if kind.is_some_and(|kind| media::essence(kind) == "application/json") {
        return json::read(part.content).map_err(|error| error.to_string());
    }
    let text = std::str::from_utf8(part.content).map_err(|_| "a field is not UTF-8")?;
    Ok(expected.member(&part.name).each().scalar(text))
}
