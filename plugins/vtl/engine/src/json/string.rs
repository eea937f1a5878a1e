//! Texts in quotes, and their escapes.

use super::{JsonError, Mistake, Reader, span};
use crate::document::Node;

impl Reader<'_> {
    /// A text, up to and with its quote. Most are short: their end is among the first eight bytes.
    #[inline(always)]
    pub(super) fn string(&mut self, quote: u8) -> Result<Node, JsonError> {
        let start = self.at + 1;
        let rest = self.bytes.get(start..).unwrap_or_default();
        if let Some(word) = rest.first_chunk()
            && let Some(length) = end_in(word, quote)
            && word[length] == quote
        {
            self.at = start + length + 1;
            return Ok(Node::Text(span(start, start + length)));
        }
        self.long(start, quote)
    }

    #[inline(never)]
    fn long(&mut self, start: usize, quote: u8) -> Result<Node, JsonError> {
        let rest = self.bytes.get(start..).unwrap_or_default();
        match end(rest, quote) {
            Some(length) if rest[length] == quote => {
                self.at = start + length + 1;
                Ok(Node::Text(span(start, start + length)))
            }
            _ => self.escaped(start, quote),
        }
    }

    /// The same where a backslash comes before the quote. Few have one.
    #[inline(never)]
    fn escaped(&mut self, mut plain: usize, quote: u8) -> Result<Node, JsonError> {
        let start = self.unescaped.len();
        loop {
            self.at = plain;
            let found = end(self.rest(), quote);
            self.at += found.ok_or_else(|| self.error(Mistake::EndlessText))?;
            self.unescaped.push_str(&self.text[plain..self.at]);
            self.at += 1;
            if self.bytes[self.at - 1] == quote {
                return Ok(Node::Unescaped(span(start, self.unescaped.len())));
            }
            let character = self.escape()?;
            self.unescaped.push(character);
            plain = self.at;
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let letter = self.text[self.at..].chars().next();
        let letter = letter.ok_or_else(|| self.error(Mistake::EndlessText))?;
        self.at += letter.len_utf8();
        Ok(match letter {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => self.unicode()?,
            other => other,
        })
    }

    /// `XXXX` after `\u`, and a second one where the first is half of a pair.
    fn unicode(&mut self) -> Result<char, JsonError> {
        let first = self.unit()?;
        if !(0xD800..0xDC00).contains(&first) || !self.rest().starts_with(b"\\u") {
            return Ok(char::from_u32(first).unwrap_or('?'));
        }
        self.at += 2;
        let second = self.unit()?;
        if !(0xDC00..0xE000).contains(&second) {
            self.at -= 6;
            return Ok('?');
        }
        let pair = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        Ok(char::from_u32(pair).unwrap_or('?'))
    }

    fn unit(&mut self) -> Result<u32, JsonError> {
        let digits = self.text.get(self.at..self.at + 4);
        let digits = digits.filter(|digits| !digits.starts_with('+'));
        let unit = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let unit = unit.ok_or_else(|| self.error(Mistake::NoDigits))?;
        self.at += 4;
        Ok(unit)
    }
}

/// How many bytes there are before a quote or backslash.
fn end(text: &[u8], quote: u8) -> Option<usize> {
    let (words, rest) = text.as_chunks();
    for (at, word) in words.iter().enumerate() {
        if let Some(before) = end_in(word, quote) {
            return Some(at * 8 + before);
        }
    }
    let is_end = |byte: &u8| *byte == quote || *byte == b'\\';
    let found = rest.iter().position(is_end)?;
    Some(words.len() * 8 + found)
}

/// The same of eight bytes, which are looked at in one go.
#[inline]
fn end_in(word: &[u8; 8], quote: u8) -> Option<usize> {
    let word = u64::from_le_bytes(*word);
    let found = zeros(word ^ (EACH * u64::from(quote))) | zeros(word ^ BACKSLASHES);
    (found != 0).then(|| found.trailing_zeros() as usize / 8)
}

const EACH: u64 = 0x0101_0101_0101_0101;

const BACKSLASHES: u64 = EACH * b'\\' as u64;

/// The highest bit of each byte that is zero, up to and with the first: those behind it may be wrong.
#[inline]
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(EACH) & !word & (EACH << 7)
}
