//! Texts and numbers.

use std::sync::Arc;

use super::{Parsed, Parser};
use crate::{
    error::{Place, SyntaxError},
    tree::{Expression, Node},
};

impl Parser<'_, '_> {
    pub(super) fn string(&mut self) -> Parsed<Expression> {
        self.peek()?;
        let place = self.place();
        let image = self.next()?.image;
        let double = image.starts_with('"');
        let inner = &image[1..image.len() - 1];
        let text = match double {
            true => collapsed(&unescaped(inner).ok_or_else(|| bad_escape(place))?, '"'),
            false => collapsed(inner, '\''),
        };
        match double && image.contains(['$', '#']) {
            true => self.interpolated(text, place),
            false => Ok(Expression::Text(text.into())),
        }
    }

    /// A text is a template of its own. Velocity reads it with a space behind, and takes that away when it is rendered.
    fn interpolated(&mut self, text: String, place: Place) -> Parsed<Expression> {
        let comment = text.contains("##");
        let template = if comment { text } else { text + " " };
        let parser = Parser::new(&template, self.names, self.depth + 1);
        let mut block = parser.template().map_err(|error| within(place, error))?;
        let mut cut = !comment;
        if let (true, Some(Node::Text(last))) = (cut, block.last_mut()) {
            let mut text = std::mem::take(last).into_string();
            text.pop();
            *last = text.into();
            cut = false;
        }
        Ok(Expression::Interpolated(Arc::new(block), cut))
    }

    /// The smallest kind of number that holds it.
    pub(super) fn integer(&mut self) -> Parsed<Expression> {
        let image = self.next()?.image;
        let digits = image.trim_start_matches(['$', '#', '\\', '!']);
        Ok(match (digits.parse(), digits.parse()) {
            (Ok(integer), _) => Expression::Integer(integer),
            (_, Ok(long)) => Expression::Long(long),
            _ => Expression::Big(plain(digits)),
        })
    }

    pub(super) fn float(&mut self) -> Parsed<Expression> {
        let image = self.next()?.image;
        image
            .parse()
            .map(Expression::Double)
            .map_err(|_| self.mistake(format!("`{image}` is no number")))
    }
}

/// Digits without leading zeros.
fn plain(digits: &str) -> Arc<str> {
    let (sign, digits) = digits
        .strip_prefix('-')
        .map_or(("", digits), |digits| ("-", digits));
    [sign, digits.trim_start_matches('0')].concat().into()
}

/// Where a mistake within a text stands in the template.
fn within(outer: Place, error: SyntaxError) -> SyntaxError {
    let column = match error.place.line {
        1 => outer.column + error.place.column,
        _ => error.place.column,
    };
    SyntaxError {
        place: Place {
            line: outer.line + error.place.line - 1,
            column,
        },
        message: error.message,
    }
}

fn bad_escape(place: Place) -> SyntaxError {
    SyntaxError {
        place,
        message: "`\\u` needs four hexadecimal digits".to_owned(),
    }
}

/// `\u0041` is `A`; no other backslash means anything.
fn unescaped(text: &str) -> Option<String> {
    if !text.contains("\\u") {
        return Some(text.to_owned());
    }
    let mut units = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\u") {
        units.extend(before.encode_utf16());
        units.push(u16::from_str_radix(after.get(..4)?, 16).ok()?);
        rest = &after[4..];
    }
    units.extend(rest.encode_utf16());
    let characters = char::decode_utf16(units).map(|character| character.unwrap_or('?'));
    Some(characters.collect())
}

/// Two quotes stand for one.
fn collapsed(text: &str, quote: char) -> String {
    let mut collapsed = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        collapsed.push(character);
        if character == quote && characters.peek() == Some(&quote) {
            characters.next();
        }
    }
    collapsed
}
