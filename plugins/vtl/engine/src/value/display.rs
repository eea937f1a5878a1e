//! What values look like: as Java prints them, and as JSON.

use std::borrow::Cow;

use super::{Key, Origin, Value};

/// How deep lists and maps may stand in each other where they are printed.
const DEPTH: usize = 128;

/// How long a text may become. A list that holds another twice, which holds another twice, is a long one soon.
const SIZE: usize = 16 << 20;

/// A value that holds itself, or as good as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooDeep;

/// Java's `toString`.
pub(crate) fn text(value: &Value) -> Result<Cow<'_, str>, TooDeep> {
    if let Value::Text(text) = value {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = String::new();
    java(value, &mut out, 0)?;
    Ok(Cow::Owned(out))
}

/// The same, behind what there is.
pub(crate) fn write(value: &Value, out: &mut String) -> Result<(), TooDeep> {
    java(value, out, 0)
}

/// The value as JSON, without white space.
pub(crate) fn json(value: &Value) -> Result<String, TooDeep> {
    let mut out = String::new();
    write_json(value, &mut out, 0)?;
    Ok(out)
}

fn java(value: &Value, out: &mut String, depth: usize) -> Result<(), TooDeep> {
    if depth > DEPTH || out.len() > SIZE {
        return Err(TooDeep);
    }
    match value {
        Value::Null => out.push_str("null"),
        Value::Boolean(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Value::Number(number) => number.write(out),
        Value::Text(text) => out.push_str(text),
        Value::List(list) if list.origin() == Origin::Json => write_json(value, out, depth)?,
        Value::List(list) if list.origin() == Origin::Array => out.push_str("[Ljava.lang.String;"),
        Value::List(list) => {
            separated(
                out,
                "[",
                ", ",
                "]",
                list.items().iter(),
                |out, item| match item {
                    Value::List(inner) if inner.is(list) => {
                        out.push_str("(this Collection)");
                        Ok(())
                    }
                    _ => java(item, out, depth + 1),
                },
            )?;
        }
        Value::Map(map) if map.is_silent() => {}
        Value::Map(map) => {
            separated(
                out,
                "{",
                ", ",
                "}",
                map.entries().iter(),
                |out, (key, value)| {
                    java(&key.value(), out, depth + 1)?;
                    out.push('=');
                    match value {
                        Value::Map(inner) if inner.is(map) => {
                            out.push_str("(this Map)");
                            Ok(())
                        }
                        _ => java(value, out, depth + 1),
                    }
                },
            )?;
        }
        Value::Entry(entry) => {
            java(&entry.0, out, depth + 1)?;
            out.push('=');
            java(&entry.1, out, depth + 1)?;
        }
        Value::Loop(_) => out.push_str("{}"),
        Value::Object(_) | Value::Block(..) => {}
    }
    Ok(())
}

fn write_json(value: &Value, out: &mut String, depth: usize) -> Result<(), TooDeep> {
    if depth > DEPTH || out.len() > SIZE {
        return Err(TooDeep);
    }
    match value {
        Value::Null => out.push_str("null"),
        Value::Boolean(_) | Value::Number(_) => java(value, out, depth)?,
        Value::Text(text) => quoted(text, out),
        Value::List(list) => {
            separated(out, "[", ",", "]", list.items().iter(), |out, item| {
                write_json(item, out, depth + 1)
            })?;
        }
        Value::Map(map) => {
            separated(
                out,
                "{",
                ",",
                "}",
                map.entries().iter(),
                |out, (key, value)| {
                    quoted(&name(key), out);
                    out.push(':');
                    write_json(value, out, depth + 1)
                },
            )?;
        }
        other => quoted(&text(other)?, out),
    }
    Ok(())
}

fn name(key: &Key) -> String {
    match key {
        Key::Text(text) => text.to_string(),
        other => text(&other.value()).unwrap_or_default().into_owned(),
    }
}

fn separated<T>(
    out: &mut String,
    open: &str,
    separator: &str,
    close: &str,
    items: impl Iterator<Item = T>,
    mut write: impl FnMut(&mut String, T) -> Result<(), TooDeep>,
) -> Result<(), TooDeep> {
    out.push_str(open);
    for (position, item) in items.enumerate() {
        if position > 0 {
            out.push_str(separator);
        }
        write(out, item)?;
    }
    out.push_str(close);
    Ok(())
}

/// A text in quotes, with what JSON wants escaped.
fn quoted(text: &str, out: &mut String) {
    out.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' && byte != 0x7f {
            continue;
        }
        out.push_str(&text[plain..at]);
        plain = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            8 => out.push_str("\\b"),
            12 => out.push_str("\\f"),
            other => {
                out.push_str("\\u00");
                for digit in [other >> 4, other & 15] {
                    out.push(
                        char::from_digit(u32::from(digit), 16)
                            .unwrap_or('0')
                            .to_ascii_uppercase(),
                    );
                }
            }
        }
    }
    out.push_str(&text[plain..]);
    out.push('"');
}
