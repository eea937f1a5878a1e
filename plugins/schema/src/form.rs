//! Forms as values: an object of the fields, where a field that occurs several times is an array.

use std::collections::BTreeMap;

use memchr::memmem;
use serde_json::{Value, json};

use crate::{json, text::Expected};

/// How many fields a form may have.
const FIELDS: usize = 10_000;
/// The lines of a part's head, and what comes between it and the content.
const HEAD: usize = 4096;
const BLANK: &[u8] = b"\r\n\r\n";

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
    body: &[u8],
    boundary: &str,
    expected: Expected<'_>,
) -> Result<Value, String> {
    let mut fields = Fields::default();
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    // The first delimiter needs no line before it.
    let start = delimiter.get(2..).unwrap_or_default();
    let mut rest = body
        .strip_prefix(start)
        .ok_or("the body does not begin with its boundary")?;
    loop {
        match rest {
            [b'-', b'-', ..] => return Ok(fields.value(expected)),
            [b'\r', b'\n', part @ ..] => {
                let end = memmem::find(part, &delimiter).ok_or("a part has no end")?;
                let (name, value) = read_part(&part[..end], expected)?;
                fields.add(name, value)?;
                rest = &part[end + delimiter.len()..];
            }
            _ => return Err("a boundary is followed by something else".to_owned()),
        }
    }
}

/// The boundary of a content type's parameters.
pub(crate) fn boundary(content_type: &str) -> Option<String> {
    let boundary = parameter(content_type, "boundary")?;
    (1..=70).contains(&boundary.len()).then_some(boundary)
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

fn read_part(part: &[u8], expected: Expected<'_>) -> Result<(String, Value), String> {
    let head = &part[..part.len().min(HEAD)];
    let end = memmem::find(head, BLANK).ok_or("a part has no head, or one of more than 4 KiB")?;
    let head = std::str::from_utf8(&part[..end]).map_err(|_| "a part's head is not UTF-8")?;
    let content = &part[end + BLANK.len()..];
    let disposition = field(head, "content-disposition").ok_or("a part has no name")?;
    let name = parameter(disposition, "name").ok_or("a part has no name")?;
    let kind = field(head, "content-type");
    let value = match (parameter(disposition, "filename"), kind) {
        (Some(file), kind) => {
            json!({ "filename": file, "type": kind.unwrap_or_default(), "size": content.len() })
        }
        (None, Some(kind)) if essence(kind) == "application/json" => {
            json::read(content).map_err(|error| error.to_string())?
        }
        (None, _) => {
            let text = std::str::from_utf8(content).map_err(|_| "a field is not UTF-8")?;
            expected.member(&name).each().scalar(text)
        }
    };
    Ok((name, value))
}

/// A content type without its parameters, in lower case.
pub(crate) fn essence(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let fields = head.split("\r\n").filter_map(|line| line.split_once(':'));
    let mut values = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
    values.next().map(|(_, value)| value.trim())
}

/// A parameter's value, as a token or in quotes.
fn parameter(field: &str, name: &str) -> Option<String> {
    let (_, mut rest) = field.split_once(';')?;
    loop {
        let (found, value) = rest.split_once('=')?;
        let (value, after) = value_of(value.trim_start())?;
        if found.trim().eq_ignore_ascii_case(name) {
            return Some(value);
        }
        (_, rest) = after.split_once(';')?;
    }
}

fn value_of(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return Some((text[..end].trim().to_owned(), &text[end..]));
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(letters.next()?.1),
            _ => value.push(letter),
        }
    }
    None
}
