//! Reads JSON as leniently as API Gateway: what does not look like an object or array is a text, and within them
//! quotes may be single or missing and commas too many.

use std::{fmt, sync::Arc};

use crate::value::{Key, Map, Number, Origin, Value};

/// How deep objects and arrays may stand in each other.
const DEPTH: usize = 100;

/// Why a text is no JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    at: usize,
    message: &'static str,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid JSON at byte {}: {}", self.at, self.message)
    }
}

/// Reads a text; one that is no JSON at all is the text itself.
pub(crate) fn read(text: &str) -> Result<Value, JsonError> {
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
        names: [const { None }; NAMES],
        next: 0,
    };
    reader.space();
    match reader.peek() {
        Some(b'{' | b'[') => {
            let value = reader.value()?;
            reader.space();
            match reader.peek() {
                None => Ok(value),
                Some(_) => Err(reader.error("something follows the end")),
            }
        }
        _ => Ok(reader.scalar()),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    /// The last names: the next object has the same in most cases.
    names: [Option<Arc<str>>; NAMES],
    next: usize,
}

const NAMES: usize = 8;

impl Reader<'_> {
    fn value(&mut self) -> Result<Value, JsonError> {
        self.space();
        match self.peek() {
            Some(b'{') => self.deeper(Self::object),
            Some(b'[') => self.deeper(Self::array),
            Some(b'"' | b'\'') => self.string().map(Value::Text),
            Some(_) => self.bare(),
            None => Err(self.error("it ends too early")),
        }
    }

    fn object(&mut self) -> Result<Value, JsonError> {
        self.at += 1;
        let mut map = Map::default();
        loop {
            self.skip(b',');
            match self.peek() {
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::map(map));
                }
                None => return Err(self.error("an object without its `}`")),
                Some(_) => {
                    let name = self.name()?;
                    let value = self.value()?;
                    map.put(Key::Text(name), value);
                }
            }
            self.between(b'}')?;
        }
    }

    fn name(&mut self) -> Result<Arc<str>, JsonError> {
        let name = match self.peek() {
            Some(b'"' | b'\'') => match self.known() {
                Some(name) => name,
                None => self.remembered()?,
            },
            _ => self.word().into(),
        };
        self.space();
        match self.peek() {
            Some(b':') => {
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.error("a name without its `:`")),
        }
    }

    /// A name that was read before, up to its quote.
    fn known(&mut self) -> Option<Arc<str>> {
        let rest = self.rest();
        let names = self.names.iter().flatten();
        let name = names.clone().find(|name| {
            let inner = rest.get(1..=name.len());
            inner == Some(name.as_bytes()) && rest.get(name.len() + 1) == Some(&rest[0])
        })?;
        let name = Arc::clone(name);
        self.at += name.len() + 2;
        Some(name)
    }

    fn remembered(&mut self) -> Result<Arc<str>, JsonError> {
        let start = self.at;
        let name = self.string()?;
        // One with escapes does not look as it is written.
        if name.len() + 2 == self.at - start && !name.contains('\\') {
            self.names[self.next % NAMES] = Some(Arc::clone(&name));
            self.next += 1;
        }
        Ok(name)
    }

    fn array(&mut self) -> Result<Value, JsonError> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip(b',');
            match self.peek() {
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::list(Origin::Json, items));
                }
                None => return Err(self.error("an array without its `]`")),
                Some(_) => items.push(self.value()?),
            }
            self.between(b']')?;
        }
    }

    /// After a member or item comes a comma or the end.
    fn between(&mut self, end: u8) -> Result<(), JsonError> {
        self.space();
        match self.peek() {
            Some(b',') => Ok(()),
            Some(found) if found == end => Ok(()),
            _ => Err(self.error("neither a comma nor the end")),
        }
    }

    fn string(&mut self) -> Result<Arc<str>, JsonError> {
        let quote = self.text.as_bytes()[self.at];
        self.at += 1;
        let start = self.at;
        let special = |byte: &u8| *byte == quote || *byte == b'\\';
        let found = self
            .rest()
            .iter()
            .position(special)
            .ok_or_else(|| self.error("a text without its end"))?;
        self.at += found;
        let plain = &self.text[start..self.at];
        if self.text.as_bytes()[self.at] == quote {
            self.at += 1;
            return Ok(plain.into());
        }
        let mut string = plain.to_owned();
        loop {
            let found = self
                .rest()
                .iter()
                .position(special)
                .ok_or_else(|| self.error("a text without its end"))?;
            string.push_str(&self.text[self.at..self.at + found]);
            self.at += found + 1;
            if self.text.as_bytes()[self.at - 1] == quote {
                return Ok(string.into());
            }
            self.escape(&mut string)?;
        }
    }

    fn escape(&mut self, string: &mut String) -> Result<(), JsonError> {
        let Some(letter) = self.text[self.at..].chars().next() else {
            return Err(self.error("a text without its end"));
        };
        self.at += letter.len_utf8();
        string.push(match letter {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => self.unicode()?,
            other => other,
        });
        Ok(())
    }

    /// `XXXX` after `\u`, and a second one where the first is half of a pair.
    fn unicode(&mut self) -> Result<char, JsonError> {
        let first = self.unit()?;
        let mut units = vec![first];
        if (0xD800..0xDC00).contains(&first) && self.rest().starts_with(b"\\u") {
            self.at += 2;
            units.push(self.unit()?);
            if !(0xDC00..0xE000).contains(&units[1]) {
                self.at -= 6;
                units.pop();
            }
        }
        Ok(char::decode_utf16(units)
            .next()
            .and_then(Result::ok)
            .unwrap_or('?'))
    }

    fn unit(&mut self) -> Result<u16, JsonError> {
        let digits = self
            .text
            .get(self.at..self.at + 4)
            .filter(|digits| !digits.starts_with('+'));
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        self.at += 4;
        unit.ok_or_else(|| self.error("`\\u` without four hexadecimal digits"))
    }

    /// A number, `true`, `false`, `null`, or a text without quotes.
    fn bare(&mut self) -> Result<Value, JsonError> {
        match self.word() {
            "" => Err(self.error("a value is missing")),
            word => Ok(meaning(word)),
        }
    }

    fn word(&mut self) -> &str {
        let start = self.at;
        let ends = |byte: &u8| matches!(byte, b',' | b':' | b']' | b'}' | b'{' | b'[');
        let length = self
            .rest()
            .iter()
            .position(ends)
            .unwrap_or(self.rest().len());
        self.at += length;
        self.text[start..self.at].trim()
    }

    /// The whole text, which is neither object nor array.
    fn scalar(&mut self) -> Value {
        let text = self.text.trim();
        if text.starts_with('"')
            && let Ok(string) = self.string()
            && self.text[self.at..].trim().is_empty()
        {
            return Value::Text(string);
        }
        meaning(text)
    }

    fn deeper(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Value, JsonError>,
    ) -> Result<Value, JsonError> {
        if self.depth == DEPTH {
            return Err(self.error("nested too deep"));
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn skip(&mut self, sign: u8) {
        self.space();
        while self.peek() == Some(sign) {
            self.at += 1;
            self.space();
        }
    }

    fn space(&mut self) {
        let blank = |byte: &u8| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        self.at += self
            .rest()
            .iter()
            .position(blank)
            .unwrap_or(self.rest().len());
    }

    fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    fn rest(&self) -> &[u8] {
        &self.text.as_bytes()[self.at.min(self.text.len())..]
    }

    fn error(&self, message: &'static str) -> JsonError {
        JsonError {
            at: self.at.min(self.text.len()),
            message,
        }
    }
}

fn meaning(word: &str) -> Value {
    match word {
        "true" => Value::Boolean(true),
        "false" => Value::Boolean(false),
        "null" => Value::Null,
        _ => number(word).map_or_else(|| Value::from(word), Value::Number),
    }
}

/// A number as JSON writes it.
fn number(word: &str) -> Option<Number> {
    let digits = word.strip_prefix('-').unwrap_or(word).as_bytes();
    let span = |from: usize| {
        digits[from..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let whole = span(0);
    let mut at = whole;
    if whole == 0 || (whole > 1 && digits[0] == b'0') {
        return None;
    }
    if digits.get(at) == Some(&b'.') {
        match span(at + 1) {
            0 => return None,
            fraction => at += 1 + fraction,
        }
    }
    if matches!(digits.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(digits.get(at + 1), Some(b'+' | b'-')));
        match span((at + 1 + sign).min(digits.len())) {
            0 => return None,
            exponent => at += 1 + sign + exponent,
        }
    }
    (at == digits.len()).then(|| Number::read(word)).flatten()
}
