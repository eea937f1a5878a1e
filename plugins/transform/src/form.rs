//! Fields of form-encoded and multipart bodies.

use std::borrow::Cow;

/// The first field of a name in a body of a content type; none where it is no form, or a file.
pub(crate) fn field<'a>(content_type: &str, body: &'a [u8], name: &str) -> Option<Cow<'a, str>> {
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    match &*kind.trim().to_ascii_lowercase() {
        "application/x-www-form-urlencoded" => form_urlencoded::parse(body)
            .find(|(known, _)| known == name)
            .map(|(_, value)| value),
        "multipart/form-data" => part(boundary(parameters)?, body, name).map(Cow::Borrowed),
        _ => None,
    }
}

fn boundary(parameters: &str) -> Option<&str> {
    let mut parameters = parameters.split(';').filter_map(|one| one.split_once('='));
    let (_, value) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"))?;
    let value = value.trim().trim_matches('"');
    (1..=70).contains(&value.len()).then_some(value)
}

/// RFC 7578: parts between lines of the boundary, each with fields, an empty line, and a value.
fn part<'a>(boundary: &str, body: &'a [u8], name: &str) -> Option<&'a str> {
    let delimiter = ["--", boundary].concat();
    let mut begun = None;
    let mut at = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let after = line.strip_prefix(delimiter.as_bytes());
        if after.is_some_and(|after| matches!(after.trim_ascii(), b"" | b"--")) {
            let end = at.max(2) - 2;
            if let Some(value) = begun.and_then(|start| value(body.get(start..end)?, name)) {
                return Some(value);
            }
            begun = Some(at + line.len());
        }
        at += line.len();
    }
    None
}

/// The value of a part, where it has this name and is no file.
fn value<'a>(part: &'a [u8], name: &str) -> Option<&'a str> {
    let (head, value) = match part.strip_prefix(b"\r\n") {
        Some(value) => ("", value),
        None => {
            let empty = part.windows(4).position(|four| four == b"\r\n\r\n")?;
            (
                std::str::from_utf8(&part[..empty]).ok()?,
                &part[empty + 4..],
            )
        }
    };
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let (_, disposition) =
        fields.find(|(field, _)| field.trim().eq_ignore_ascii_case("content-disposition"))?;
    let named = |wanted: &str| {
        let parameters = disposition.split(';').filter_map(|one| one.split_once('='));
        let mut values = parameters.filter(|(known, _)| known.trim().eq_ignore_ascii_case(wanted));
        values
            .next()
            .map(|(_, value)| value.trim().trim_matches('"'))
    };
    let wanted = named("name") == Some(name) && named("filename").is_none();
    wanted.then(|| std::str::from_utf8(value).ok())?
}
