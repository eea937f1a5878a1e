//! Texts in quotes, and their escapes.

use super::{JsonError, Mistake, Reader, span};
use crate::document::Node;

impl Reader<'_> {
    /// A text, up to and with its quote.
    pub(super) fn string(&mut self, quote: u8) -> Result<Node, JsonError> {
        self.at += 1;
        let start = self.at;
        self.plain(quote)?;
        if self.peek() == Some(quote) {
            self.at += 1;
            return Ok(Node::Text(span(start, self.at - 1)));
        }
        self.escaped(start, quote)
    }

    /// Goes to what may end the text: its quote, or a backslash.
    fn plain(&mut self, quote: u8) -> Result<(), JsonError> {
        let found = self.until(|byte| *byte == quote || *byte == b'\\');
        self.at += found.ok_or_else(|| self.error(Mistake::EndlessText))?;
        Ok(())
    }

    fn escaped(&mut self, mut plain: usize, quote: u8) -> Result<Node, JsonError> {
        let start = self.unescaped.len();
        loop {
            self.unescaped.push_str(&self.text[plain..self.at]);
            self.at += 1;
            if self.text.as_bytes()[self.at - 1] == quote {
                return Ok(Node::Unescaped(span(start, self.unescaped.len())));
            }
            let character = self.escape()?;
            self.unescaped.push(character);
            plain = self.at;
            self.plain(quote)?;
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
