//! Sets of characters.

use std::fmt::Write;

use super::{blocks::block, categories};
use crate::xml::{NAME, NAME_START};

/// A set of characters: ranges in order, none touching another.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Set(Vec<(char, char)>);

impl Set {
    pub(super) fn of(c: char) -> Self {
        Set::range(c, c)
    }

    pub(super) fn range(first: char, last: char) -> Self {
        Set(vec![(first, last)])
    }

    /// What `\p{…}` means: a category, or a block behind `Is`.
    pub(super) fn property(name: &str) -> Option<Self> {
        match name.strip_prefix("Is") {
            Some(name) => block(name).map(|(first, last)| Set::range(first, last)),
            None => Set::category(name),
        }
    }

    /// What `\d` and the like mean.
    pub(super) fn shorthand(letter: char) -> Option<Self> {
        let set = match letter.to_ascii_lowercase() {
            's' => Set::joined([('\t', '\n'), ('\r', '\r'), (' ', ' ')]),
            'd' => Set::category("Nd")?,
            'w' => {
                let others = Set::category("P")?.and(&Set::category("Z")?);
                others.and(&Set::category("C")?).not()
            }
            'i' => Set::joined(NAME_START).and(&Set::of(':')),
            'c' => Set::joined(NAME_START.into_iter().chain(NAME)).and(&Set::of(':')),
            _ => return None,
        };
        Some(match letter.is_ascii_uppercase() {
            true => set.not(),
            false => set,
        })
    }

    /// A general category, or all that begin with one letter.
    fn category(name: &str) -> Option<Self> {
        let runs = categories::runs().filter(|(category, ..)| category.starts_with(name));
        let set = Set::joined(runs.map(|(_, first, last)| (first, last)));
        (!name.is_empty() && !set.0.is_empty()).then_some(set)
    }

    /// The character, where there is one.
    pub(super) fn character(&self) -> Option<char> {
        match self.0[..] {
            [(first, last)] if first == last => Some(first),
            _ => None,
        }
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        Set::joined(self.0.iter().chain(&other.0).copied())
    }

    pub(super) fn not(&self) -> Self {
        let mut gaps = Vec::new();
        let mut from = Some('\0');
        for (first, last) in &self.0 {
            gaps.extend(from.zip(before(*first)).filter(|(from, to)| from <= to));
            from = after(*last);
        }
        gaps.extend(from.map(|from| (from, char::MAX)));
        Set(gaps)
    }

    pub(super) fn without(&self, other: &Self) -> Self {
        self.not().and(other).not()
    }

    /// Ranges in any order.
    fn joined(ranges: impl IntoIterator<Item = (char, char)>) -> Self {
        let mut ranges: Vec<_> = ranges.into_iter().collect();
        ranges.sort_unstable();
        let mut joined: Vec<(char, char)> = Vec::new();
        for (first, last) in ranges {
            match joined.last_mut() {
                Some((_, end)) if after(*end).is_none_or(|next| first <= next) => {
                    *end = last.max(*end);
                }
                _ => joined.push((first, last)),
            }
        }
        Set(joined)
    }

    /// Appends the set as a class.
    pub(super) fn write(&self, out: &mut String) {
        let (negation, ranges) = match &self.0[..] {
            // Nothing at all.
            [] => ("^", &[('\0', char::MAX)][..]),
            ranges => ("", ranges),
        };
        out.extend(["[", negation]);
        for (first, last) in ranges {
            _ = write!(
                out,
                "\\x{{{:x}}}-\\x{{{:x}}}",
                u32::from(*first),
                u32::from(*last)
            );
        }
        out.push(']');
    }
}

/// The next character; there are none from U+D800 to U+DFFF.
fn after(c: char) -> Option<char> {
    match c {
        '\u{d7ff}' => Some('\u{e000}'),
        c => char::from_u32(u32::from(c) + 1),
    }
}

fn before(c: char) -> Option<char> {
    match c {
        '\u{e000}' => Some('\u{d7ff}'),
        c => char::from_u32(u32::from(c).checked_sub(1)?),
    }
}
