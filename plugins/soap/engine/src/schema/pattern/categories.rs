//! The general categories of Unicode, which patterns name: as runs, since the tables of regular expression engines would
//! double the plugin.

/// Runs from U+0000 on: a category, and in base 36 how many characters have it. `UPDATE=1` writes it anew, as the
/// `regex-syntax` of the tests has it.
const RUNS: &str = include_str!("categories.txt");

/// Categories, and the first and last character of each run. Surrogates are none.
pub(super) fn runs() -> impl Iterator<Item = (&'static str, char, char)> {
    let mut next = 0;
    let runs = RUNS.split_ascii_whitespace().filter_map(move |run| {
        let (category, count) = run.split_at_checked(2)?;
        let first = next;
        next += u32::from_str_radix(count, 36).ok()?;
        Some((category, first, next - 1))
    });
    runs.filter_map(|(category, first, last)| {
        Some((category, char::from_u32(first)?, char::from_u32(last)?))
    })
}
