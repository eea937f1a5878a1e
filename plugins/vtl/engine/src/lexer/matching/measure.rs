//! How long a word, a number, a text or a line's end is.

pub(super) fn word(rest: &[u8]) -> usize {
    match rest.first() {
        Some(first) if first.is_ascii_alphabetic() || matches!(first, b'_' | b'@') => {
            span(rest, word_byte)
        }
        _ => 0,
    }
}

pub(super) fn bracketed(rest: &[u8]) -> usize {
    let named = rest.first() == Some(&b'{')
        && rest
            .get(1)
            .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    if !named {
        return 0;
    }
    let end = 1 + span(&rest[1..], word_byte);
    if rest.get(end) == Some(&b'}') {
        end + 1
    } else {
        0
    }
}

fn word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@')
}

pub(super) fn exponent(rest: &[u8]) -> usize {
    if !matches!(rest.first(), Some(b'e' | b'E')) {
        return 0;
    }
    let sign = usize::from(matches!(rest.get(1), Some(b'+' | b'-')));
    match span(&rest[1 + sign..], |byte| byte.is_ascii_digit()) {
        0 => 0,
        digits => 1 + sign + digits,
    }
}

/// A quote, anything, a quote; two of them within stand for one.
pub(super) fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut closed = 0;
    let mut at = 1;
    while let Some(found) = rest[at..].iter().position(|byte| *byte == quote) {
        closed = at + found + 1;
        if rest.get(closed) != Some(&quote) {
            break;
        }
        at = closed + 1;
    }
    closed
}

/// White space up to a line's end, and that; nothing where something else comes first.
pub(super) fn line_end(rest: &[u8]) -> usize {
    let blank = span(rest, |byte| matches!(byte, b' ' | b'\t'));
    match newline(&rest[blank..]) {
        0 => 0,
        end => blank + end,
    }
}

pub(super) fn newline(rest: &[u8]) -> usize {
    match rest {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

/// The length of the character that begins here.
pub(super) fn character(rest: &[u8]) -> usize {
    1 + span(&rest[1..], |byte| byte & 0xC0 == 0x80)
}

pub(super) fn span(rest: &[u8], is: impl Fn(u8) -> bool) -> usize {
    rest.iter()
        .position(|byte| !is(*byte))
        .unwrap_or(rest.len())
}
