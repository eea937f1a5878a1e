//! JSON that keeps the order of members, which XML needs, and the digits of numbers, which money needs.

use std::borrow::Cow;

mod read;

pub use read::{Unread, read};

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it is written.
    Number(Cow<'a, str>),
    /// A text.
    Text(Cow<'a, str>),
    /// A text of which only its place says what it is, such as a query parameter: it may turn out to be a number.
    Word(Cow<'a, str>),
    /// Items in order.
    Array(Vec<Value<'a>>),
    /// Members in order; no name stands twice.
    Object(Vec<(Cow<'a, str>, Value<'a>)>),
}

impl<'a> Value<'a> {
    /// A text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Value::Text(text.into())
    }

    /// An object of these members.
    pub fn object<N: Into<Cow<'a, str>>>(members: impl IntoIterator<Item = (N, Self)>) -> Self {
        let members = members.into_iter();
        Value::Object(members.map(|(name, value)| (name.into(), value)).collect())
    }

    /// A member of an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Value::Object(members) => {
                let mut members = members.iter();
                members.find(|(n, _)| n == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// What a message calls this kind of value.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) | Value::Word(_) => "a text",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        }
    }

    /// A scalar as a text: what it is in a path, a query or an element.
    pub fn scalar(&self) -> Option<&str> {
        match self {
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            Value::Number(text) | Value::Text(text) | Value::Word(text) => Some(text),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// The value without borrowing from anything.
    pub fn into_owned(self) -> Value<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Value::Null => Value::Null,
            Value::Bool(value) => Value::Bool(value),
            Value::Number(text) => Value::Number(own(text)),
            Value::Text(text) => Value::Text(own(text)),
            Value::Word(text) => Value::Word(own(text)),
            Value::Array(items) => Value::Array(items.into_iter().map(Value::into_owned).collect()),
            Value::Object(members) => {
                let members = members.into_iter();
                Value::Object(
                    members
                        .map(|(name, value)| (own(name), value.into_owned()))
                        .collect(),
                )
            }
        }
    }

    /// Appends the value as compact JSON.
    pub fn write(&self, out: &mut String) {
        match self {
            Value::Null => out.push_str("null"),
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Number(digits) => out.push_str(digits),
            Value::Text(text) | Value::Word(text) => write_text(text, out),
            Value::Array(items) => {
                out.push('[');
                for (n, item) in items.iter().enumerate() {
                    separate(n, out);
                    item.write(out);
                }
                out.push(']');
            }
            Value::Object(members) => {
                out.push('{');
                for (n, (name, value)) in members.iter().enumerate() {
                    separate(n, out);
                    write_text(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// Appends the value as JSON for people, each member in a line of its own.
    pub fn write_pretty(&self, indent: usize, out: &mut String) {
        let (open, close, count) = match self {
            Value::Array(items) if !items.is_empty() => ('[', ']', items.len()),
            Value::Object(members) if !members.is_empty() => ('{', '}', members.len()),
            other => return other.write(out),
        };
        out.push(open);
        for n in 0..count {
            separate(n, out);
            out.push('\n');
            out.push_str(&"  ".repeat(indent + 1));
            match self {
                Value::Array(items) => items[n].write_pretty(indent + 1, out),
                Value::Object(members) => {
                    write_text(&members[n].0, out);
                    out.push_str(": ");
                    members[n].1.write_pretty(indent + 1, out);
                }
                _ => {}
            }
        }
        out.push('\n');
        out.push_str(&"  ".repeat(indent));
        out.push(close);
    }

    /// The value as compact JSON.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }
}

/// Whether a text is a number as JSON writes them.
pub fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(unsigned);
    if whole == 0 || (whole > 1 && unsigned.starts_with('0')) {
        return false;
    }
    let mut rest = &unsigned[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = &fraction[count..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let count = digits(exponent);
        return count > 0 && count == exponent.len();
    }
    rest.is_empty()
}

fn separate(n: usize, out: &mut String) {
    if n > 0 {
        out.push(',');
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            ..0x20 => "\\u00",
            _ => continue,
        };
        out.push_str(&text[plain..at]);
        out.push_str(escape);
        if escape == "\\u00" {
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
        plain = at + 1;
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

const HEX: &[u8; 16] = b"0123456789abcdef";

#[cfg(test)]
mod tests;
