//! Texts in quotes, and their escapes.

use super::{JsonError, Mistake, Reader, span};
use crate::{document::Node, scan};

impl Reader<'_> {
    /// A text, up to and with its quote. Most are short: their end is among the first eight bytes.
    #[inline(always)]
    pub(super) fn string(&mut self, quote: u8) -> Result<Node, JsonError> {
        let start = self.at + 1;
        let rest = self.bytes.get(start..).unwrap_or_default();
        if let Some(word) = rest.first_chunk()
            && let Some(length) = scan::find_in(*word, ends(quote))
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
        match scan::find(rest, ends(quote)) {
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
            let found = scan::find(self.rest(), ends(quote));
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

/// What may end a text: its quote, or a backslash.
#[inline]
fn ends(quote: u8) -> impl Fn(u64) -> u64 {
    move |word| scan::equal(word, quote) | scan::equal(word, b'\\')
}
