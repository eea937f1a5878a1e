//! Reads JSON (RFC 8259): bounded in depth and size, no name twice.

use std::{borrow::Cow, fmt};

use super::Value;
use crate::xml::Limits;

/// Why a text is no JSON that we take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// What is wrong.
    pub message: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unread {
            message,
            line,
            column,
        } = self;
        write!(f, "{message} at line {line} column {column}")
    }
}

impl std::error::Error for Unread {}

impl Unread {
    pub(crate) fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Unread {
            message: message.into(),
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

/// Reads a text.
///
/// # Errors
/// Where it is not JSON, names a member twice, or is beyond the limits.
pub fn read<'a>(text: &'a str, limits: &Limits) -> Result<Value<'a>, Unread> {
    let mut reader = Reader {
        text,
        at: 0,
        depth: limits.depth,
        values: limits.nodes,
    };
    let read = reader.document();
    read.map_err(|message| Unread::at(text, reader.at, message))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// How many levels more.
    depth: usize,
    /// How many values more.
    values: usize,
}

type Read<T> = Result<T, Cow<'static, str>>;

impl<'a> Reader<'a> {
    fn document(&mut self) -> Read<Value<'a>> {
        let value = self.value()?;
        self.space();
        match self.peek() {
            None => Ok(value),
            Some(_) => Err("more than one value".into()),
        }
    }

    fn value(&mut self) -> Read<Value<'a>> {
        self.space();
        self.values = self.values.checked_sub(1).ok_or("too many values")?;
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => Ok(Value::Text(self.string()?)),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => Err("no JSON value begins so".into()),
            None => Err("the text ends where a value should be".into()),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Read<Value<'a>>) -> Read<Value<'a>> {
        self.depth = self.depth.checked_sub(1).ok_or("nested too deeply")?;
        self.at += 1;
        let value = read(self)?;
        self.depth += 1;
        Ok(value)
    }

    fn array(&mut self) -> Read<Value<'a>> {
        let mut items = Vec::new();
        self.space();
        if self.eat(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value()?);
            self.space();
            if self.eat(b']') {
                return Ok(Value::Array(items));
            }
            self.expect(b',', "expected `,` or `]`")?;
        }
    }

    fn object(&mut self) -> Read<Value<'a>> {
        let mut members = Vec::new();
        self.space();
        if self.eat(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err("expected the name of a member".into());
            }
            let name = self.string()?;
            self.space();
            self.expect(b':', "expected `:`")?;
            members.push((name, self.value()?));
            self.space();
            if self.eat(b'}') {
                return distinct(members);
            }
            self.expect(b',', "expected `,` or `}`")?;
        }
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Read<Value<'a>> {
        if !self.text[self.at..].starts_with(word) {
            return Err("no JSON value begins so".into());
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Read<Value<'a>> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'));
        let digits = &rest[..end.unwrap_or(rest.len())];
        if !super::is_number(digits) {
            return Err("not a number".into());
        }
        self.at += digits.len();
        Ok(Value::Number(digits.into()))
    }

    /// A text between quotes; the first of them is there.
    fn string(&mut self) -> Read<Cow<'a, str>> {
        self.at += 1;
        let mut start = self.at;
        let mut unescaped = String::new();
        loop {
            match self.peek().ok_or("a text does not end")? {
                b'"' => break,
                b'\\' => {
                    unescaped.push_str(&self.text[start..self.at]);
                    self.at += 1;
                    unescaped.push(self.escape()?);
                    start = self.at;
                }
                ..0x20 => return Err("control characters in a text are written as `\\u….`".into()),
                _ => self.at += 1,
            }
        }
        let last = &self.text[start..self.at];
        self.at += 1;
        if unescaped.is_empty() {
            return Ok(last.into());
        }
        unescaped.push_str(last);
        Ok(unescaped.into())
    }

    /// The character behind a `\`.
    fn escape(&mut self) -> Read<char> {
        let byte = self.peek().ok_or("a text does not end")?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.code()?,
            _ => return Err("no such escape".into()),
        })
    }

    /// The character of a `\u….`, or of two that belong together.
    fn code(&mut self) -> Read<char> {
        let lone = "a lone surrogate is no character";
        let high = self.hex()?;
        if let Some(character) = char::from_u32(high) {
            return Ok(character);
        }
        if high >= 0xdc00 || !self.eat(b'\\') || !self.eat(b'u') {
            return Err(lone.into());
        }
        let low = self.hex()?;
        match low {
            0xdc00..0xe000 => {
                let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                char::from_u32(code).ok_or(lone.into())
            }
            _ => Err(lone.into()),
        }
    }

    fn hex(&mut self) -> Read<u32> {
        let wrong = "expected four hexadecimal digits";
        let digits = self.text.get(self.at..self.at + 4).ok_or(wrong)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong.into());
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| wrong.into())
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8, message: &'static str) -> Read<()> {
        match self.eat(byte) {
            true => Ok(()),
            false => Err(message.into()),
        }
    }
}

/// Two readers may disagree which of two members counts, so there must not be two.
fn distinct<'a>(members: Vec<(Cow<'a, str>, Value<'a>)>) -> Read<Value<'a>> {
    let mut names: Vec<&str> = members.iter().map(|(name, _)| &**name).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("the member `{}` stands twice", twice[0]).into());
    }
    Ok(Value::Object(members))
}
