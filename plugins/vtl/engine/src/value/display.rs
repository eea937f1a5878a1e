//! What values look like: as Java prints them, and as JSON.

use std::borrow::Cow;

use super::{Key, List, MapRef, Origin, Value};
use crate::{document::Spot, scan};

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
    write(value, &mut out)?;
    Ok(Cow::Owned(out))
}

/// The same, behind what there is.
pub(crate) fn write(value: &Value, out: &mut String) -> Result<(), TooDeep> {
    Printer { out, depth: 0 }.java(value)
}

/// The value as JSON, without white space.
pub(crate) fn json(value: &Value) -> Result<String, TooDeep> {
    let mut out = String::with_capacity(128);
    let mut printer = Printer {
        out: &mut out,
        depth: 0,
    };
    printer.json(value)?;
    Ok(out)
}

struct Printer<'o> {
    out: &'o mut String,
    depth: usize,
}

type Printed = Result<(), TooDeep>;

impl Printer<'_> {
    fn java(&mut self, value: &Value) -> Printed {
        self.check()?;
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Boolean(yes) => self.out.push_str(if *yes { "true" } else { "false" }),
            Value::Number(number) => number.write(self.out),
            Value::Text(text) => self.out.push_str(text),
            Value::List(list) => self.list(list)?,
            Value::Map(map) => self.map(map)?,
            Value::Entry(entry) => self.pair(&entry.0, &entry.1)?,
            Value::Loop(_) => self.out.push_str("{}"),
            Value::Object(_) | Value::Block(..) => {}
        }
        Ok(())
    }

    fn list(&mut self, list: &List) -> Printed {
        match list.origin() {
            Origin::Json => self.json_list(list),
            Origin::Array => {
                self.out.push_str("[Ljava.lang.String;");
                Ok(())
            }
            _ => self.separated("[", ", ", "]", list.items(), |printer, item| match item {
                Value::List(inner) if inner.is(list) => {
                    printer.out.push_str("(this Collection)");
                    Ok(())
                }
                item => printer.java(&item),
            }),
        }
    }

    fn map(&mut self, map: &MapRef) -> Printed {
        if map.is_silent() {
            return Ok(());
        }
        let itself = Value::from("(this Map)");
        self.separated(
            "{",
            ", ",
            "}",
            map.entries(),
            |printer, (key, value)| match &value {
                Value::Map(inner) if inner.is(map) => printer.pair(&key.value(), &itself),
                value => printer.pair(&key.value(), value),
            },
        )
    }

    fn pair(&mut self, key: &Value, value: &Value) -> Printed {
        self.java(key)?;
        self.out.push('=');
        self.deeper(|printer| printer.java(value))
    }

    fn json(&mut self, value: &Value) -> Printed {
        self.check()?;
        match value {
            Value::Null | Value::Boolean(_) | Value::Number(_) => self.java(value),
            Value::Text(text) => {
                quoted(text, self.out);
                Ok(())
            }
            Value::List(list) => self.json_list(list),
            Value::Map(map) => self.json_map(map),
            other => {
                quoted(&text(other)?, self.out);
                Ok(())
            }
        }
    }

    fn json_list(&mut self, list: &List) -> Printed {
        match list.spot() {
            Some(spot) => self.json_spot(spot),
            None => self.separated("[", ",", "]", list.items(), |printer, item| {
                printer.json(&item)
            }),
        }
    }

    fn json_map(&mut self, map: &MapRef) -> Printed {
        match map.spot() {
            Some(spot) => self.json_spot(spot),
            None => self.separated("{", ",", "}", map.entries(), |printer, (key, value)| {
                quoted(&name(&key), printer.out);
                printer.out.push(':');
                printer.json(&value)
            }),
        }
    }

    /// The same of what stands in a document.
    fn json_spot(&mut self, spot: Spot<'_>) -> Printed {
        self.check()?;
        if let Some(text) = spot.text() {
            quoted(text, self.out);
            return Ok(());
        }
        if let Some(items) = spot.items() {
            return self.separated("[", ",", "]", items, Self::json_spot);
        }
        match spot.members() {
            Some(members) => {
                self.separated("{", ",", "}", members.all(), |printer, (name, value)| {
                    quoted(name, printer.out);
                    printer.out.push(':');
                    printer.json_spot(value)
                })
            }
            None => self.java(&spot.value()),
        }
    }

    fn separated<T>(
        &mut self,
        open: &str,
        separator: &str,
        close: &str,
        items: impl IntoIterator<Item = T>,
        mut print: impl FnMut(&mut Self, T) -> Printed,
    ) -> Printed {
        self.out.push_str(open);
        for (position, item) in items.into_iter().enumerate() {
            if position > 0 {
                self.out.push_str(separator);
            }
            self.deeper(|printer| print(printer, item))?;
        }
        self.out.push_str(close);
        Ok(())
    }

    fn deeper(&mut self, print: impl FnOnce(&mut Self) -> Printed) -> Printed {
        self.depth += 1;
        let printed = print(self);
        self.depth -= 1;
        printed
    }

    fn check(&self) -> Printed {
        match self.depth > DEPTH || self.out.len() > SIZE {
            true => Err(TooDeep),
            false => Ok(()),
        }
    }
}

fn name(key: &Key) -> Cow<'_, str> {
    match key {
        Key::Text(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.shown()),
    }
}

/// A text in quotes, with what JSON wants escaped.
fn quoted(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = scan::find(rest.as_bytes(), wants_escape) {
        out.push_str(&rest[..at]);
        escape(rest.as_bytes()[at], out);
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}

fn wants_escape(word: u64) -> u64 {
    let signs = scan::equal(word, b'"') | scan::equal(word, b'\\');
    signs | scan::equal(word, 0x7f) | scan::below(word, b' ')
}

fn escape(byte: u8, out: &mut String) {
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
            let digits =
                [other >> 4, other & 15].map(|digit| b"0123456789ABCDEF"[usize::from(digit)]);
            out.extend(digits.map(char::from));
        }
    }
}
