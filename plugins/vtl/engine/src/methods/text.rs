//! `java.lang.String`.

use super::{Fault, Outcome, utf16};
use crate::{
    pattern::{Pattern, Whole},
    value::{Number, Origin, Text, Value, text as shown},
};

pub(super) fn call(text: &Text, name: &str, arguments: &[Value]) -> Outcome {
    let found = match arguments {
        [] => alone(text, name),
        [Value::Text(other)] => with_text(text, name, other)?,
        [Value::Number(Number::Integer(number))] => with_number(text, name, *number)?,
        [Value::Text(first), Value::Text(second)] => with_texts(text, name, first, second)?,
        [Value::Text(other), Value::Number(Number::Integer(number))] => {
            with_both(text, name, other, *number)?
        }
        [
            Value::Number(Number::Integer(from)),
            Value::Number(Number::Integer(to)),
        ] => match name {
            "substring" | "subSequence" => Some(slice(text, *from, *to)?),
            _ => None,
        },
        _ => None,
    };
    match (found, name, arguments) {
        (Some(value), _, _) => Ok(Some(value)),
        (None, "equalsIgnoreCase", [_]) => Ok(None),
        (None, "format", [Value::Text(format), values @ ..]) => {
            super::number::format(format, values).map(Some)
        }
        (None, "valueOf", [value]) => Ok(Some(Value::text(shown(value)?.into_owned()))),
        (None, "join", [Value::Text(separator), Value::List(list)]) => {
            joined(separator, &list.items()).map(Some)
        }
        _ => Ok(None),
    }
}

fn alone(text: &Text, name: &str) -> Option<Value> {
    Some(match name {
        "length" => integer(utf16::length(text)),
        "isEmpty" => Value::Boolean(text.is_empty()),
        "trim" => Value::from(text.trim_matches(|character| character <= ' ')),
        "toLowerCase" => Value::text(text.to_lowercase()),
        "toUpperCase" => Value::text(text.to_uppercase()),
        "toString" | "intern" => Value::Text(text.clone()),
        "hashCode" => Value::integer(utf16::hash(text)),
        "toCharArray" => Value::list(
            Origin::Array,
            text.chars()
                .map(|unit| Value::text(unit.to_string()))
                .collect(),
        ),
        _ => return None,
    })
}

fn with_text(text: &str, name: &str, other: &str) -> Result<Option<Value>, Fault> {
    Ok(Some(match name {
        "contains" => Value::Boolean(text.contains(other)),
        "startsWith" => Value::Boolean(text.starts_with(other)),
        "endsWith" => Value::Boolean(text.ends_with(other)),
        "equals" | "contentEquals" => Value::Boolean(text == other),
        "equalsIgnoreCase" => Value::Boolean(folded(text) == folded(other)),
        "compareTo" => Value::integer(utf16::compare(text, other)),
        "compareToIgnoreCase" => Value::integer(utf16::compare(&folded(text), &folded(other))),
        "concat" => Value::text([text, other].concat()),
        "indexOf" => place(text, text.find(other)),
        "lastIndexOf" => place(text, text.rfind(other)),
        "matches" => Value::Boolean(Whole::compile(other)?.matches(text)),
        "split" => pieces(Pattern::read(other)?.split(text, 0)),
        _ => return Ok(None),
    }))
}

fn with_number(text: &str, name: &str, number: i32) -> Result<Option<Value>, Fault> {
    let character = u32::try_from(number).ok().and_then(char::from_u32);
    Ok(Some(match name {
        "charAt" => slice(text, number, number.saturating_add(1))?,
        "substring" => slice(
            text,
            number,
            i32::try_from(utf16::length(text)).unwrap_or(i32::MAX),
        )?,
        "indexOf" => place(text, character.and_then(|character| text.find(character))),
        "lastIndexOf" => place(text, character.and_then(|character| text.rfind(character))),
        "codePointAt" => {
            let found = text[utf16::byte(text, number)..]
                .chars()
                .next()
                .filter(|_| number >= 0);
            let found = found.ok_or_else(|| outside(number, text))?;
            Value::integer(i32::try_from(u32::from(found)).unwrap_or(0))
        }
        _ => return Ok(None),
    }))
}

fn with_texts(text: &str, name: &str, first: &str, second: &str) -> Result<Option<Value>, Fault> {
    Ok(Some(match name {
        "replace" => Value::text(text.replace(first, second)),
        "replaceAll" => Value::text(Pattern::read(first)?.replace(text, second, usize::MAX)?),
        "replaceFirst" => Value::text(Pattern::read(first)?.replace(text, second, 1)?),
        _ => return Ok(None),
    }))
}

fn with_both(text: &str, name: &str, other: &str, number: i32) -> Result<Option<Value>, Fault> {
    let from = utf16::byte(text, number);
    Ok(Some(match name {
        "indexOf" => place(text, text[from..].find(other).map(|found| from + found)),
        "lastIndexOf" if number < 0 => Value::integer(-1),
        "lastIndexOf" => {
            let end = (from + other.len()).min(text.len());
            let end = (end..=text.len())
                .find(|end| text.is_char_boundary(*end))
                .unwrap_or(text.len());
            place(text, text[..end].rfind(other))
        }
        "startsWith" => {
            let inside = number >= 0
                && usize::try_from(number).is_ok_and(|number| number <= utf16::length(text));
            Value::Boolean(inside && text[from..].starts_with(other))
        }
        "split" => pieces(Pattern::read(other)?.split(text, number)),
        _ => return Ok(None),
    }))
}

fn slice(text: &str, from: i32, to: i32) -> Result<Value, Fault> {
    let slice = utf16::slice(text, from, to);
    slice.map(Value::text).ok_or_else(|| {
        Fault(format!(
            "no characters {from} to {to} in a text of {}",
            utf16::length(text)
        ))
    })
}

fn outside(number: i32, text: &str) -> Fault {
    Fault(format!(
        "no character {number} in a text of {}",
        utf16::length(text)
    ))
}

fn place(text: &str, byte: Option<usize>) -> Value {
    Value::integer(byte.map_or(-1, |byte| utf16::units(text, byte)))
}

fn pieces(pieces: Vec<&str>) -> Value {
    Value::list(Origin::Array, pieces.into_iter().map(Value::from).collect())
}

fn folded(text: &str) -> String {
    text.to_uppercase().to_lowercase()
}

fn joined(separator: &str, items: &[Value]) -> Result<Value, Fault> {
    let items: Result<Vec<_>, _> = items.iter().map(shown).collect();
    Ok(Value::text(items?.join(separator)))
}

fn integer(number: usize) -> Value {
    Value::integer(i32::try_from(number).unwrap_or(i32::MAX))
}
