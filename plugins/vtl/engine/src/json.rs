//! Reads JSON as leniently as API Gateway: what does not look like an object or array is a text, and within them
//! quotes may be single or missing and commas too many.

mod error;
mod object;
mod string;

use std::{rc::Rc, sync::Arc};

pub use self::error::JsonError;
use self::error::Mistake;
use crate::document::{Document, Node, Span};

/// How deep objects and arrays may stand in each other.
const DEPTH: usize = 100;

/// Reads a text; one that is no JSON at all is the text itself.
pub(crate) fn read(text: Arc<str>) -> Result<Rc<Document>, JsonError> {
    let mut reader = Reader::new(&text);
    if u32::try_from(text.len()).is_err() {
        return Err(reader.error(Mistake::TooLarge));
    }
    let root = reader.root()?;
    let (nodes, unescaped) = (reader.nodes, reader.unescaped);
    Ok(Rc::new(Document::new(text, unescaped, nodes, root)))
}

struct Reader<'t> {
    text: &'t str,
    /// The same text.
    bytes: &'t [u8],
    at: usize,
    depth: usize,
    nodes: Vec<Node>,
    /// What was read of the objects and arrays that have not ended: it becomes nodes, side by side, when they do.
    open: Vec<Node>,
    /// The texts that were written with escapes, one after the other.
    unescaped: String,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        // A node for twelve bytes is usual: then nothing grows on the way.
        let nodes = Vec::with_capacity(text.len() / 12);
        Reader {
            text,
            bytes: text.as_bytes(),
            at: 0,
            depth: 0,
            nodes,
            open: Vec::with_capacity(64),
            unescaped: String::new(),
        }
    }

    fn root(&mut self) -> Result<Node, JsonError> {
        if !matches!(self.space(), Some(b'{' | b'[')) {
            return Ok(self.scalar());
        }
        let root = self.value()?;
        match self.space() {
            None => Ok(root),
            Some(_) => Err(self.error(Mistake::Follows)),
        }
    }

    #[inline(always)]
    fn value(&mut self) -> Result<Node, JsonError> {
        match self.space() {
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(quote @ (b'"' | b'\'')) => self.string(quote),
            Some(_) => self.bare(),
            None => Err(self.error(Mistake::TooEarly)),
        }
    }

    #[inline(never)]
    fn array(&mut self) -> Result<Node, JsonError> {
        let base = self.enter()?;
        loop {
            match self.skip(b',') {
                Some(b']') => {
                    self.leave();
                    return Ok(Node::List(self.ended(base)));
                }
                None => return Err(self.error(Mistake::EndlessArray)),
                Some(_) => {
                    let item = self.value()?;
                    self.open.push(item);
                }
            }
            self.between(b']')?;
        }
    }

    /// Goes behind the sign that begins an object or array.
    #[inline]
    fn enter(&mut self) -> Result<usize, JsonError> {
        if self.depth == DEPTH {
            return Err(self.error(Mistake::TooDeep));
        }
        self.depth += 1;
        self.at += 1;
        Ok(self.open.len())
    }

    /// Goes behind the sign that ends it.
    #[inline]
    fn leave(&mut self) {
        self.depth -= 1;
        self.at += 1;
    }

    /// What was read since makes nodes.
    #[inline]
    fn ended(&mut self, base: usize) -> Span {
        let start = self.nodes.len();
        self.nodes.extend_from_slice(&self.open[base..]);
        let end = self.nodes.len();
        self.open.truncate(base);
        if start == end {
            // No two lists or maps begin with the same node.
            self.nodes.push(Node::Null);
        }
        span(start, end)
    }

    /// After a member or item comes a comma or the end.
    #[inline]
    fn between(&mut self, end: u8) -> Result<(), JsonError> {
        match self.space() {
            Some(b',') => Ok(()),
            Some(found) if found == end => Ok(()),
            _ => Err(self.error(Mistake::NoComma)),
        }
    }

    /// A number, `true`, `false`, `null`, or a text without quotes.
    fn bare(&mut self) -> Result<Node, JsonError> {
        if let Some(integer) = self.integer() {
            return Ok(Node::Number(integer));
        }
        let word = self.word();
        match word.start == word.end {
            true => Err(self.error(Mistake::NoValue)),
            false => Ok(self.meaning(word)),
        }
    }

    /// Digits and nothing else, up to the next comma or end.
    fn integer(&mut self) -> Option<Span> {
        let rest = self.rest();
        let digits = digits(rest);
        let ends = matches!(rest.get(digits), Some(b',' | b'}' | b']'));
        if !ends || digits == 0 || (rest[0] == b'0' && digits > 1) {
            return None;
        }
        let start = self.at;
        self.at += digits;
        Some(span(start, self.at))
    }

    fn word(&mut self) -> Span {
        let start = self.at;
        let ends = |byte: &u8| matches!(byte, b',' | b':' | b']' | b'}' | b'{' | b'[');
        self.at += self.until(ends).unwrap_or(self.rest().len());
        self.trimmed(start, self.at)
    }

    /// The whole text, which is neither object nor array.
    fn scalar(&mut self) -> Node {
        let whole = self.trimmed(0, self.text.len());
        if self.text.trim().starts_with('"') {
            self.at = whole.start as usize;
            if let Ok(string) = self.string(b'"')
                && self.text[self.at..].trim().is_empty()
            {
                return string;
            }
        }
        self.meaning(whole)
    }

    fn meaning(&self, word: Span) -> Node {
        match &self.text[word.start as usize..word.end as usize] {
            "true" => Node::True,
            "false" => Node::False,
            "null" => Node::Null,
            text if is_number(text) => Node::Number(word),
            _ => Node::Text(word),
        }
    }

    fn trimmed(&self, start: usize, end: usize) -> Span {
        let text = &self.text[start..end];
        if let [first, .., last] | [first @ last] = text.as_bytes()
            && first.is_ascii_graphic()
            && last.is_ascii_graphic()
        {
            return span(start, end);
        }
        let start = start + text.len() - text.trim_start().len();
        span(start, start + text.trim().len())
    }

    /// Goes behind white space and any number of these signs, and gives what is next.
    #[inline]
    fn skip(&mut self, sign: u8) -> Option<u8> {
        loop {
            match self.space() {
                Some(next) if next == sign => self.at += 1,
                next => return next,
            }
        }
    }

    /// Goes behind white space, and gives what is next.
    #[inline]
    fn space(&mut self) -> Option<u8> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                next => return next,
            }
        }
    }

    /// How many bytes there are before the next of a kind.
    fn until(&self, is: impl Fn(&u8) -> bool) -> Option<usize> {
        self.rest().iter().position(is)
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn rest(&self) -> &'t [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn error(&self, mistake: Mistake) -> JsonError {
        JsonError {
            at: self.at as u32,
            mistake,
        }
    }
}

/// The text is shorter than its numbers can be large, and has more bytes than nodes.
fn span(start: usize, end: usize) -> Span {
    Span {
        start: start as u32,
        end: end as u32,
    }
}

/// Whether it is a number as JSON writes it.
fn is_number(word: &str) -> bool {
    let rest = word.strip_prefix('-').unwrap_or(word).as_bytes();
    let (whole, mut rest) = rest.split_at(digits(rest));
    if whole.is_empty() || (whole.len() > 1 && whole[0] == b'0') {
        return false;
    }
    if let [b'.', fraction @ ..] = rest {
        rest = &fraction[digits(fraction)..];
        if rest.len() == fraction.len() {
            return false;
        }
    }
    if let [b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..] = rest {
        return !exponent.is_empty() && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}

fn digits(text: &[u8]) -> usize {
    let is_other = |byte: &u8| !byte.is_ascii_digit();
    text.iter().position(is_other).unwrap_or(text.len())
}
