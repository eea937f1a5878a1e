//! Patterns with `*` (any text, slashes too) and `?` (one byte), held against one text.
//!
//! A policy is held against each request's ARN, cached or not, without a limit on time of its own. So the work is the
//! same for every pattern of a length: one pass over it, in which a bit for each place of the text says whether the
//! pattern so far ends there. No pattern makes it try again: 8 KiB of them and an ARN of 8 KiB take a million steps.

/// A text to be held against many patterns.
pub(super) struct Text {
    /// Its length in bytes.
    length: usize,
    /// Which of the rows is a byte's; the first one, which is empty, for those that the text lacks.
    row_of: [u16; 256],
    /// For each byte of the text, a row with a bit for each place where it stands.
    rows: Vec<u64>,
}

const WORD: usize = u64::BITS as usize;

impl Text {
    pub(super) fn new(text: &[u8]) -> Text {
        let mut made = Text {
            length: text.len(),
            row_of: [0; 256],
            rows: Vec::new(),
        };
        let words = made.words();
        made.rows.resize(words, 0);
        let mut rows = 1;
        for (place, byte) in text.iter().enumerate() {
            let row = &mut made.row_of[usize::from(*byte)];
            if *row == 0 {
                *row = rows;
                rows += 1;
                made.rows.resize(words * usize::from(rows), 0);
            }
            made.rows[usize::from(*row) * words + place / WORD] |= 1 << (place % WORD);
        }
        made
    }

    /// Whether the pattern fits the whole text.
    pub(super) fn fits(&self, pattern: &[u8]) -> bool {
        // The places where the pattern so far may end: before it, only the beginning.
        let mut ends = vec![0; self.words()];
        ends[0] = 1;
        for byte in pattern {
            match byte {
                b'*' => spread(&mut ends),
                b'?' => advance(&mut ends, None),
                byte => advance(&mut ends, Some(self.places(*byte))),
            }
            if ends.iter().all(|word| *word == 0) {
                return false;
            }
        }
        ends[self.length / WORD] & 1 << (self.length % WORD) != 0
    }

    /// Words of a row: a bit for each place, and one for the end.
    fn words(&self) -> usize {
        self.length / WORD + 1
    }

    fn places(&self, byte: u8) -> &[u64] {
        let words = self.words();
        let begin = usize::from(self.row_of[usize::from(byte)]) * words;
        &self.rows[begin..begin + words]
    }
}

/// Goes one byte on from every place, or only from those given. What runs over the end is in bits nobody looks at.
fn advance(ends: &mut [u64], places: Option<&[u64]>) {
    let mut carry = 0;
    for (word, end) in ends.iter_mut().enumerate() {
        let from = match places {
            Some(places) => *end & places[word],
            None => *end,
        };
        *end = from << 1 | carry;
        carry = from >> (WORD - 1);
    }
}

/// Any number of bytes on: every place from the first one.
fn spread(ends: &mut [u64]) {
    let mut reached = false;
    for end in ends {
        *end = match reached {
            true => u64::MAX,
            false => end.wrapping_neg() | *end,
        };
        reached |= *end != 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, text: &str) -> bool {
        Text::new(text.as_bytes()).fits(pattern.as_bytes())
    }

    /// The definition, as slow as it is plain.
    fn defined(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, _) => text.is_empty(),
            (Some((b'*', rest)), _) => (0..=text.len()).any(|from| defined(rest, &text[from..])),
            (Some((b'?', rest)), Some((_, after))) => defined(rest, after),
            (Some((byte, rest)), Some((same, after))) if byte == same => defined(rest, after),
            _ => false,
        }
    }

    #[test]
    fn patterns_mean_what_is_written() {
        assert!(fits("", "") && fits("*", "") && fits("**", "a/b"));
        assert!(fits("a*c", "abc") && fits("a*c", "ac") && fits("?", "a"));
        assert!(!fits("", "a") && !fits("?", "") && !fits("a", "ab") && !fits("a*c", "abcd"));
    }

    #[test]
    fn any_pattern_fits_as_it_is_defined() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..20_000 {
            let mut some = |bytes: &[u8], most| -> Vec<u8> {
                let length = random.usize(0..=most);
                (0..length)
                    .map(|_| bytes[random.usize(..bytes.len())])
                    .collect()
            };
            let (pattern, text) = (some(b"ab*?", 8), some(b"ab", 10));
            let fits = Text::new(&text).fits(&pattern);
            assert_eq!(fits, defined(&pattern, &text), "{pattern:?} {text:?}");
        }
    }

    #[test]
    fn texts_of_several_words_are_no_different() {
        for length in [62, 63, 64, 65, 127, 128, 129, 1_000] {
            let text = "a".repeat(length);
            assert!(fits(&text, &text) && fits(&"?".repeat(length), &text));
            assert!(!fits(&text[1..], &text) && !fits(&"?".repeat(length + 1), &text));
            assert!(fits("*a", &text) && fits("a*a", &text) && !fits("*b", &text));
            assert!(fits(&format!("*{}", &text[60..]), &text));
            assert!(!fits(&format!("a*{text}"), &text));
        }
    }
}
