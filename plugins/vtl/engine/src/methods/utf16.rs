//! Texts as Java counts them: in units of UTF-16.

/// How many units.
pub(super) fn length(text: &str) -> usize {
    match text.is_ascii() {
        true => text.len(),
        false => text.encode_utf16().count(),
    }
}

/// The units from one to before another; none where they lie outside.
pub(super) fn slice(text: &str, from: i32, to: i32) -> Option<String> {
    let (from, to) = (usize::try_from(from).ok()?, usize::try_from(to).ok()?);
    if text.is_ascii() {
        return text.get(from..to).map(str::to_owned);
    }
    let units: Vec<u16> = text.encode_utf16().collect();
    let slice = units.get(from..to)?;
    // Half of a pair is written as `?`, as Java does.
    Some(
        char::decode_utf16(slice.iter().copied())
            .map(|unit| unit.unwrap_or('?'))
            .collect(),
    )
}

/// The place, in units, of a byte.
pub(super) fn units(text: &str, byte: usize) -> i32 {
    i32::try_from(length(&text[..byte])).unwrap_or(i32::MAX)
}

/// The byte at a place in units: the nearest from there on, at most the end.
pub(super) fn byte(text: &str, unit: i32) -> usize {
    let unit = usize::try_from(unit).unwrap_or(0);
    if text.is_ascii() {
        return unit.min(text.len());
    }
    let mut seen = 0;
    for (at, character) in text.char_indices() {
        if seen >= unit {
            return at;
        }
        seen += character.len_utf16();
    }
    text.len()
}

/// Java's order of texts: the difference of the first units that differ, else of the lengths.
pub(super) fn compare(left: &str, right: &str) -> i32 {
    let (mut lefts, mut rights) = (left.encode_utf16(), right.encode_utf16());
    loop {
        match (lefts.next(), rights.next()) {
            (Some(left), Some(right)) if left == right => {}
            (Some(left), Some(right)) => return i32::from(left) - i32::from(right),
            (None, None) => return 0,
            (left, right) => {
                let rest = lefts.count() + usize::from(left.is_some());
                let other = rights.count() + usize::from(right.is_some());
                let difference = rest.abs_diff(other);
                let difference = i32::try_from(difference).unwrap_or(i32::MAX);
                return if rest > other {
                    difference
                } else {
                    -difference
                };
            }
        }
    }
}

/// Java's `hashCode` of a text.
pub(super) fn hash(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |sum, unit| {
        sum.wrapping_mul(31).wrapping_add(i32::from(unit))
    })
}
