//! What may stand in each state: signs, names, values, operators.

use super::{
    Best,
    measure::{bracketed, exponent, line_end, quoted, span, word},
};
use crate::token::Kind;

pub(super) fn reference(best: &mut Best, rest: &[u8]) {
    name(best, rest);
    set(best, rest);
    line_comment(best, rest);
    empty_index(best, rest);
}

/// Behind the dot of a reference.
pub(super) fn modifier(best: &mut Best, rest: &[u8]) {
    name(best, rest);
    set(best, rest);
    best.word(Kind::ParenOpen, rest, "(");
}

pub(super) fn arguments(best: &mut Best, rest: &[u8]) {
    values(best, rest);
    collections(best, rest);
    set(best, rest);
    identifier(best, rest);
    booleans(best, rest);
    best.word(Kind::CallClose, rest, ")");
}

pub(super) fn index(best: &mut Best, rest: &[u8]) {
    values(best, rest);
    booleans(best, rest);
    best.word(Kind::IndexClose, rest, "]");
}

fn name(best: &mut Best, rest: &[u8]) {
    best.word(Kind::IndexOpen, rest, "[");
    best.word(Kind::ReferenceOpen, rest, "{");
    best.word(Kind::ReferenceClose, rest, "}");
    booleans(best, rest);
    identifier(best, rest);
}

fn identifier(best: &mut Best, rest: &[u8]) {
    if rest[0].is_ascii_alphabetic() || rest[0] == b'_' {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        best.offer(Kind::Identifier, span(rest, inner));
    }
    if rest[0] == b'.' && rest.get(1).is_some_and(u8::is_ascii_alphabetic) {
        best.offer(Kind::Dot, 2);
    }
}

/// Velocity's `#set` takes the white space before it.
pub(super) fn set(best: &mut Best, rest: &[u8]) {
    let blank = span(rest, |byte| matches!(byte, b' ' | b'\t'));
    for name in ["#set", "#{set}"] {
        if rest[blank..].starts_with(name.as_bytes()) {
            let after = blank + name.len();
            let end = after + span(&rest[after..], |byte| byte == b' ');
            if rest.get(end) == Some(&b'(') {
                best.offer(Kind::Set, end + 1);
            }
        }
    }
}

pub(super) fn line_comment(best: &mut Best, rest: &[u8]) {
    best.word(Kind::LineComment, rest, "##");
}

pub(super) fn empty_index(best: &mut Best, rest: &[u8]) {
    for image in ["$[", "$![", "$\\![", "$."] {
        best.word(Kind::EmptyIndex, rest, image);
    }
}

pub(super) fn pre_directive(best: &mut Best, rest: &[u8]) {
    line_comment(best, rest);
    numbers(best, rest);
    words(best, rest);
    for (kind, name) in [(Kind::If, "if"), (Kind::ElseIf, "elseif")] {
        best.word(kind, rest, name);
        best.word(kind, rest, &format!("{{{name}}}"));
    }
    for (kind, name) in [(Kind::EndDirective, "end"), (Kind::Else, "else")] {
        for name in [name.to_owned(), format!("{{{name}}}")] {
            if rest.starts_with(name.as_bytes()) {
                best.offer(kind, name.len() + line_end(&rest[name.len()..]));
            }
        }
    }
}

pub(super) fn directive(best: &mut Best, rest: &[u8]) {
    line_comment(best, rest);
    values(best, rest);
    collections(best, rest);
    words(best, rest);
    booleans(best, rest);
    best.word(Kind::ParenOpen, rest, "(");
    if rest[0] == b')' {
        best.offer(Kind::ParenClose, 1 + line_end(&rest[1..]));
    }
    for (kind, image) in OPERATORS {
        best.word(*kind, rest, image);
    }
}

const OPERATORS: &[(Kind, &str)] = &[
    (Kind::Minus, "-"),
    (Kind::Plus, "+"),
    (Kind::Multiply, "*"),
    (Kind::Divide, "/"),
    (Kind::Modulus, "%"),
    (Kind::And, "&&"),
    (Kind::And, "and"),
    (Kind::Or, "||"),
    (Kind::Or, "or"),
    (Kind::Less, "<"),
    (Kind::Less, "lt"),
    (Kind::LessOrEqual, "<="),
    (Kind::LessOrEqual, "le"),
    (Kind::Greater, ">"),
    (Kind::Greater, "gt"),
    (Kind::GreaterOrEqual, ">="),
    (Kind::GreaterOrEqual, "ge"),
    (Kind::Equal, "=="),
    (Kind::Equal, "eq"),
    (Kind::NotEqual, "!="),
    (Kind::NotEqual, "ne"),
    (Kind::Not, "!"),
    (Kind::Not, "not"),
    (Kind::Assign, "="),
];

/// White space, strings and numbers.
fn values(best: &mut Best, rest: &[u8]) {
    best.offer(
        Kind::Whitespace,
        span(rest, |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')),
    );
    if let quote @ (b'"' | b'\'') = rest[0] {
        best.offer(Kind::StringLiteral, quoted(rest, quote));
    }
    numbers(best, rest);
}

fn collections(best: &mut Best, rest: &[u8]) {
    for (kind, image) in [
        (Kind::BracketOpen, "["),
        (Kind::BracketClose, "]"),
        (Kind::Comma, ","),
        (Kind::DoubleDot, ".."),
        (Kind::Colon, ":"),
        (Kind::CurlyOpen, "{"),
        (Kind::CurlyClose, "}"),
    ] {
        best.word(kind, rest, image);
    }
}

fn booleans(best: &mut Best, rest: &[u8]) {
    best.word(Kind::True, rest, "true");
    best.word(Kind::False, rest, "false");
}

fn words(best: &mut Best, rest: &[u8]) {
    best.offer(Kind::Word, word(rest));
    best.offer(Kind::BracketedWord, bracketed(rest));
}

fn numbers(best: &mut Best, rest: &[u8]) {
    let sign = usize::from(rest[0] == b'-');
    let whole = span(&rest[sign..], |byte| byte.is_ascii_digit());
    let after = sign + whole;
    if whole > 0 {
        best.offer(Kind::Integer, after);
        if rest[after..].starts_with(b"..") {
            best.offer(Kind::Integer, after + 2);
        }
        let exponent = exponent(&rest[after..]);
        best.offer(Kind::Float, if exponent > 0 { after + exponent } else { 0 });
    }
    if rest.get(after) == Some(&b'.') {
        let digits = span(&rest[after + 1..], |byte| byte.is_ascii_digit());
        if whole + digits > 0 {
            let end = after + 1 + digits;
            best.offer(Kind::Float, end + exponent(&rest[end..]));
        }
    }
}
