//! Reads paths: `$.a['b'][0]..c[?(@.d == 1)]`.

use super::{Function, Token, filter};
use crate::methods::Fault;

/// How deep filters may stand in each other.
pub(super) const DEPTH: usize = 16;

/// Reads a path. One that does not begin with `$` means a member of the document.
pub(super) fn parse(path: &str) -> Result<Vec<Token>, Fault> {
    let path = path.trim_end();
    let mut reader = Reader::new(path, 0);
    if path.starts_with(char::is_whitespace) {
        return Err(reader.error("begins with white space"));
    }
    match reader.peek() {
        Some(b'$' | b'@') => reader.at += 1,
        _ => {
            let mut tokens = Vec::new();
            reader.name(&mut tokens)?;
            reader.tokens(&mut tokens)?;
            return reader.finished(tokens);
        }
    }
    let mut tokens = Vec::new();
    reader.tokens(&mut tokens)?;
    reader.finished(tokens)
}

pub(super) struct Reader<'p> {
    pub(super) text: &'p str,
    pub(super) at: usize,
    pub(super) depth: usize,
}

impl<'p> Reader<'p> {
    pub(super) fn new(text: &'p str, depth: usize) -> Self {
        Reader { text, at: 0, depth }
    }

    fn finished(&self, tokens: Vec<Token>) -> Result<Vec<Token>, Fault> {
        match self.at == self.text.len() && !matches!(tokens.last(), Some(Token::Scan)) {
            true => Ok(tokens),
            false => Err(self.error("cannot be read")),
        }
    }

    /// All steps that follow; stops where none begins.
    pub(super) fn tokens(&mut self, tokens: &mut Vec<Token>) -> Result<(), Fault> {
        while let Some(sign) = self.peek() {
            match sign {
                b'.' if self.rest().starts_with("..") => {
                    self.at += 2;
                    tokens.push(Token::Scan);
                    if self.peek() != Some(b'[') {
                        self.name(tokens)?;
                    }
                }
                b'.' => {
                    self.at += 1;
                    self.name(tokens)?;
                }
                b'[' => {
                    self.at += 1;
                    let token = self.bracket()?;
                    tokens.push(token);
                }
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    fn name(&mut self, tokens: &mut Vec<Token>) -> Result<(), Fault> {
        let ends = |character: char| {
            matches!(
                character,
                '.' | '[' | ' ' | '(' | ')' | '=' | '!' | '<' | '>' | '&' | '|' | ','
            )
        };
        let length = self.rest().find(ends).unwrap_or(self.rest().len());
        let name = &self.rest()[..length];
        self.at += length;
        let token = match (name, self.peek()) {
            ("", _) => return Err(self.error("has a step without a name")),
            ("*", _) => Token::Wildcard,
            (name, Some(b'(')) => {
                let function =
                    function(name).ok_or_else(|| self.error("has a function that is not known"))?;
                self.expect("()")?;
                Token::Function(function)
            }
            (name, _) => Token::Property(name.to_owned()),
        };
        tokens.push(token);
        Ok(())
    }

    /// What stands in brackets.
    fn bracket(&mut self) -> Result<Token, Fault> {
        self.space();
        let token = match self.peek() {
            Some(b'\'' | b'"') => self.names()?,
            Some(b'*') => {
                self.at += 1;
                Token::Wildcard
            }
            Some(b'?') => {
                self.at += 1;
                self.space();
                self.expect("(")?;
                let filter = filter::read(self)?;
                self.expect(")")?;
                Token::Filter(filter)
            }
            _ => self.indexes()?,
        };
        self.space();
        self.expect("]")?;
        Ok(token)
    }

    fn names(&mut self) -> Result<Token, Fault> {
        let mut names = vec![self.quoted()?];
        self.space();
        while self.peek() == Some(b',') {
            self.at += 1;
            self.space();
            names.push(self.quoted()?);
            self.space();
        }
        Ok(match names.len() {
            1 => Token::Property(names.remove(0)),
            _ => Token::Properties(names),
        })
    }

    pub(super) fn quoted(&mut self) -> Result<String, Fault> {
        let Some(quote @ (b'\'' | b'"')) = self.peek() else {
            return Err(self.error("has a name without quotes"));
        };
        self.at += 1;
        let mut text = String::new();
        let mut characters = self.rest().char_indices();
        while let Some((at, character)) = characters.next() {
            if character == char::from(quote) {
                self.at += at + 1;
                return Ok(text);
            }
            match character {
                '\\' => text.extend(characters.next().map(|(_, escaped)| escaped)),
                other => text.push(other),
            }
        }
        Err(self.error("has a text without its end"))
    }

    fn indexes(&mut self) -> Result<Token, Fault> {
        let length = self
            .rest()
            .find(']')
            .ok_or_else(|| self.error("has a `[` without its `]`"))?;
        let inner = &self.rest()[..length];
        let token = match inner.split_once(':') {
            Some((from, to)) => {
                let to = to.split_once(':').map_or(to, |(to, _)| to);
                slice_bound(from)
                    .zip(slice_bound(to))
                    .map(|(from, to)| Token::Slice(from, to))
            }
            None => {
                let indexes: Option<Vec<i64>> = inner
                    .split(',')
                    .map(|index| index.trim().parse().ok())
                    .collect();
                indexes.map(|indexes| match indexes.as_slice() {
                    [index] => Token::Index(*index),
                    _ => Token::Indexes(indexes),
                })
            }
        };
        let token = token.ok_or_else(|| self.error("has brackets that cannot be read"))?;
        self.at += length;
        Ok(token)
    }

    pub(super) fn expect(&mut self, text: &str) -> Result<(), Fault> {
        match self.rest().starts_with(text) {
            true => {
                self.at += text.len();
                Ok(())
            }
            false => Err(self.error(&format!("lacks `{text}`"))),
        }
    }

    pub(super) fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest().bytes().next()
    }

    pub(super) fn rest(&self) -> &'p str {
        &self.text[self.at..]
    }

    pub(super) fn error(&self, what: &str) -> Fault {
        Fault(format!(
            "the path `{}` {what}, at character {}",
            self.text,
            self.text[..self.at].chars().count() + 1
        ))
    }
}

fn slice_bound(text: &str) -> Option<Option<i64>> {
    match text.trim() {
        "" => Some(None),
        number => number.parse().ok().map(Some),
    }
}

fn function(name: &str) -> Option<Function> {
    Some(match name {
        "length" | "size" => Function::Length,
        "sum" => Function::Sum,
        "min" => Function::Min,
        "max" => Function::Max,
        "avg" => Function::Average,
        _ => return None,
    })
}
