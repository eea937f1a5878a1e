//! What values look like: as Java prints them, and as JSON.

use std::borrow::Cow;

use super::{Key, List, MapRef, Origin, Value};

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
    let mut out = String::new();
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
            Value::Map(map) => {
                self.separated("{", ",", "}", map.entries(), |printer, (key, value)| {
                    quoted(&name(&key), printer.out);
                    printer.out.push(':');
                    printer.json(&value)
                })
            }
            other => {
                quoted(&text(other)?, self.out);
                Ok(())
            }
        }
    }

    fn json_list(&mut self, list: &List) -> Printed {
        self.separated("[", ",", "]", list.items(), |printer, item| {
            printer.json(&item)
        })
    }

    fn separated<T>(
        &mut self,
        open: &str,
        separator: &str,
        close: &str,
        items: Vec<T>,
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
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' && byte != 0x7f {
            continue;
        }
        out.push_str(&text[plain..at]);
        plain = at + 1;
        escape(byte, out);
    }
    out.push_str(&text[plain..]);
    out.push('"');
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
