//! Reads JSON (RFC 8259) as strictly as it is written: what two readers could take for two things is refused.
//!
//! A member that stands twice, a lone surrogate, a number with a leading zero: each is an error. Nesting and members are
//! bounded, so that no text costs more than its length. Values keep the text that they were written as.

use std::borrow::Cow;

/// A value, and how it was written.
#[derive(Debug, PartialEq)]
pub(crate) struct Json<'a> {
    pub(crate) text: &'a str,
    pub(crate) value: Value<'a>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    /// As written.
    Number(&'a str),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Object<'a>),
}

/// The members of an object, each name once, in the order they were written.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Object<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

/// Lists and objects within each other.
const DEPTH: usize = 32;
/// Members of an object. They are compared with each other, which this bounds.
pub(crate) const MEMBERS: usize = 100;

/// Reads a whole text; none where it is no JSON, or too much of it.
pub(crate) fn read(text: &[u8]) -> Option<Json<'_>> {
    let text = std::str::from_utf8(text).ok()?;
    let mut reader = Reader { text, at: 0 };
    let json = reader.value(DEPTH)?;
    reader.space();
    (reader.at == text.len()).then_some(json)
}

impl<'a> Json<'a> {
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn list(&self) -> Option<&[Json<'a>]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn object(&self) -> Option<&Object<'a>> {
        match &self.value {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// A whole number. A fraction is cut off; a number with an exponent or of more than 15 digits is none.
    pub(crate) fn seconds(&self) -> Option<i64> {
        let Value::Number(number) = self.value else {
            return None;
        };
        let whole = number.split_once('.').map_or(number, |(whole, _)| whole);
        (!number.contains(['e', 'E']) && whole.len() <= 16)
            .then(|| whole.parse().ok())
            .flatten()
    }

    /// The text of a string, and any other value as it was written.
    pub(crate) fn shown(&self) -> &str {
        self.text().unwrap_or(self.text)
    }

    /// The value at a JSON Pointer (RFC 6901).
    pub(crate) fn at(&self, pointer: &str) -> Option<&Json<'a>> {
        let mut parts = pointer.split('/').skip(1);
        parts.try_fold(self, |json, part| match &json.value {
            Value::Object(object) => object.get(&part.replace("~1", "/").replace("~0", "~")),
            Value::List(items) => items.get(part.parse::<usize>().ok()?),
            _ => None,
        })
    }
}

impl<'a> Object<'a> {
    pub(crate) fn get(&self, name: &str) -> Option<&Json<'a>> {
        let mut members = self.0.iter();
        members
            .find(|(member, _)| member == name)
            .map(|(_, json)| json)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &Json<'a>)> {
        self.0.iter().map(|(name, json)| (&**name, json))
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// A value, within which there may be so many more lists and objects.
    fn value(&mut self, depth: usize) -> Option<Json<'a>> {
        self.space();
        let start = self.at;
        let value = match self.peek()? {
            b'{' => Value::Object(self.object(depth.checked_sub(1)?)?),
            b'[' => Value::List(self.list(depth.checked_sub(1)?)?),
            b'"' => Value::Text(self.string()?),
            b't' => self.word("true", Value::Bool(true))?,
            b'f' => self.word("false", Value::Bool(false))?,
            b'n' => self.word("null", Value::Null)?,
            _ => Value::Number(self.number()?),
        };
        let text = &self.text[start..self.at];
        Some(Json { text, value })
    }

    fn object(&mut self, depth: usize) -> Option<Object<'a>> {
        let mut members: Vec<(Cow<'a, str>, Json<'a>)> = Vec::new();
        self.separated(b'}', |reader| {
            reader.space();
            let name = reader.string()?;
            reader.space();
            reader.take(b':')?;
            let twice = members.iter().any(|(known, _)| *known == name);
            if twice || members.len() == MEMBERS {
                return None;
            }
            members.push((name, reader.value(depth)?));
            Some(())
        })?;
        Some(Object(members))
    }

    fn list(&mut self, depth: usize) -> Option<Vec<Json<'a>>> {
        let mut items = Vec::new();
        self.separated(b']', |reader| {
            items.push(reader.value(depth)?);
            Some(())
        })?;
        Some(items)
    }

    /// What stands between brackets, separated by commas.
    fn separated(&mut self, end: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        self.space();
        if self.take(end).is_some() {
            return Some(());
        }
        loop {
            item(self)?;
            self.space();
            if self.take(b',').is_none() {
                return self.take(end);
            }
        }
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        self.take(b'"')?;
        let start = self.at;
        let mut unescaped = String::new();
        let mut copied = start;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    unescaped.push_str(&self.text[copied..self.at]);
                    self.at += 1;
                    unescaped.push(self.escape()?);
                    copied = self.at;
                }
                0..0x20 => return None,
                _ => self.at += 1,
            }
        }
        let rest = &self.text[copied..self.at];
        self.at += 1;
        if copied == start {
            return Some(Cow::Borrowed(rest));
        }
        unescaped.push_str(rest);
        Some(Cow::Owned(unescaped))
    }

    /// The character that stands behind a backslash.
    fn escape(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += 1;
        Some(match letter {
            b'"' | b'\\' | b'/' => letter as char,
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return None,
        })
    }

    /// A character of one or two UTF-16 units; half a pair is none.
    fn unicode(&mut self) -> Option<char> {
        let first = self.unit()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        self.take(b'\\')?;
        self.take(b'u')?;
        let second = self.unit()?;
        if !(0xdc00..0xe000).contains(&second) {
            return None;
        }
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))
    }

    fn unit(&mut self) -> Option<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4)?;
        self.at += 4;
        digits.iter().try_fold(0, |unit, &digit| {
            Some(unit << 4 | char::from(digit).to_digit(16)?)
        })
    }

    fn number(&mut self) -> Option<&'a str> {
        let start = self.at;
        self.take(b'-');
        if self.take(b'0').is_none() {
            self.digits()?;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(&self.text[start..self.at])
    }

    /// At least one digit.
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Option<Value<'a>> {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += word.len();
        rest.starts_with(word.as_bytes()).then_some(value)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        let taken = self.peek() == Some(byte);
        self.at += usize::from(taken);
        taken.then_some(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

#[cfg(test)]
mod tests;
