//! What a name is, and what a character is (XML 1.0, 2.2 and 2.3).

/// Whether a text is a name without a colon.
pub fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(is_start) && characters.all(|c| is_start(c) || is_inner(c))
}

/// Whether XML can hold a text at all: most control characters have no place in it, escaped or not.
pub fn is_text(text: &str) -> bool {
    let bytes = text.as_bytes();
    let suspicious = |byte: &u8| (*byte < 0x20 && !b"\t\n\r".contains(byte)) || *byte == 0xef;
    !bytes.iter().any(suspicious) || text.chars().all(is_character)
}

pub(super) fn is_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// What names begin with, besides a colon.
pub(crate) const NAME_START: [(char, char); 15] = [
    ('a', 'z'),
    ('A', 'Z'),
    ('_', '_'),
    ('\u{c0}', '\u{d6}'),
    ('\u{d8}', '\u{f6}'),
    ('\u{f8}', '\u{2ff}'),
    ('\u{370}', '\u{37d}'),
    ('\u{37f}', '\u{1fff}'),
    ('\u{200c}', '\u{200d}'),
    ('\u{2070}', '\u{218f}'),
    ('\u{2c00}', '\u{2fef}'),
    ('\u{3001}', '\u{d7ff}'),
    ('\u{f900}', '\u{fdcf}'),
    ('\u{fdf0}', '\u{fffd}'),
    ('\u{10000}', '\u{effff}'),
];

/// What else may be in names.
pub(crate) const NAME: [(char, char); 5] = [
    ('0', '9'),
    ('-', '.'),
    ('\u{b7}', '\u{b7}'),
    ('\u{300}', '\u{36f}'),
    ('\u{203f}', '\u{2040}'),
];

fn is_start(c: char) -> bool {
    NAME_START
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&c))
}

fn is_inner(c: char) -> bool {
    NAME.iter()
        .any(|(first, last)| (*first..=*last).contains(&c))
}
