//! Looks for bytes of a kind, eight in one go.
//!
//! Eight bytes are one number, the first of them its lowest. A mask has the highest bit of each byte that is meant, up to
//! and with the first such byte; those behind it may be wrong. So masks can be united, and the lowest bit tells the first.

/// How many bytes there are before the first that a mask names.
#[inline]
pub(crate) fn find(text: &[u8], mask: impl Fn(u64) -> u64) -> Option<usize> {
    let (words, rest) = text.as_chunks();
    for (at, word) in words.iter().enumerate() {
        if let Some(before) = find_in(*word, &mask) {
            return Some(at * 8 + before);
        }
    }
    let mut last = [b'0'; 8];
    last[..rest.len()].copy_from_slice(rest);
    find_in(last, mask).map(|before| words.len() * 8 + before)
}

/// The same of eight bytes.
#[inline]
pub(crate) fn find_in(word: [u8; 8], mask: impl Fn(u64) -> u64) -> Option<usize> {
    let found = mask(u64::from_le_bytes(word));
    (found != 0).then(|| found.trailing_zeros() as usize / 8)
}

/// The bytes that are this one.
#[inline]
pub(crate) fn equal(word: u64, byte: u8) -> u64 {
    let differ = word ^ (EACH * u64::from(byte));
    differ.wrapping_sub(EACH) & !differ & HIGHEST
}

/// The bytes below this one, which is at most 128.
#[inline]
pub(crate) fn below(word: u64, byte: u8) -> u64 {
    word.wrapping_sub(EACH * u64::from(byte)) & !word & HIGHEST
}

/// The bytes that are not ASCII.
#[inline]
pub(crate) fn above_ascii(word: u64) -> u64 {
    word & HIGHEST
}

const EACH: u64 = 0x0101_0101_0101_0101;

const HIGHEST: u64 = EACH << 7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_found_at_each_place() {
        let special = |byte: u8| byte == b'"' || byte < b' ' || !byte.is_ascii();
        let mask = |word| equal(word, b'"') | below(word, b' ') | above_ascii(word);
        for byte in 0..=u8::MAX {
            for length in 1..20 {
                for at in 0..length {
                    let mut text = vec![b'!'; length];
                    text[at] = byte;
                    text[length - 1] = byte;
                    let expected = text.iter().position(|byte| special(*byte));
                    assert_eq!(find(&text, mask), expected, "{text:?}");
                }
            }
        }
    }
}
