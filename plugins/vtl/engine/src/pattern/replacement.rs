//! What matches are replaced by.

use std::{iter::Peekable, str::Chars};

use regex_lite::Regex;

use crate::methods::Fault;

/// A replacement, taken apart.
pub(super) struct Replacement(Vec<Part>);

enum Part {
    Text(String),
    Group(usize),
}

/// Replaces the first matches.
pub(super) fn replace(
    regex: &Regex,
    text: &str,
    replacement: &str,
    count: usize,
) -> Result<String, Fault> {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    let mut with = None;
    for found in regex.captures_iter(text).take(count) {
        // Java reads it at the first match, and finds nothing wrong where there is none.
        let with = match &with {
            Some(with) => with,
            None => with.insert(Replacement::read(replacement, regex.captures_len() - 1)?),
        };
        let Some(whole) = found.get(0) else { break };
        out.push_str(&text[from..whole.start()]);
        out += &with.shown(|group| found.get(group).map_or("", |group| group.as_str()));
        from = whole.end();
    }
    out.push_str(&text[from..]);
    Ok(out)
}

impl Replacement {
    /// Takes a replacement apart, as Java does for a pattern with so many groups.
    pub(super) fn read(replacement: &str, groups: usize) -> Result<Self, Fault> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut characters = replacement.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\\' => text.push(characters.next().ok_or_else(unfinished)?),
                '$' => {
                    parts.push(Part::Text(std::mem::take(&mut text)));
                    parts.push(Part::Group(group(&mut characters, groups)?));
                }
                other => text.push(other),
            }
        }
        parts.push(Part::Text(text));
        Ok(Replacement(parts))
    }

    /// The text, with what the groups matched.
    pub(super) fn shown<'g>(&'g self, group: impl Fn(usize) -> &'g str) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Group(number) => group(*number),
        });
        parts.collect()
    }
}

/// The number behind `$`: as many digits as name a group.
fn group(characters: &mut Peekable<Chars<'_>>, groups: usize) -> Result<usize, Fault> {
    let first = digit(characters).filter(|group| *group <= groups);
    let mut group = first.ok_or_else(|| none_of(groups))?;
    characters.next();
    while let Some(next) = digit(characters) {
        let longer = group * 10 + next;
        if longer > groups {
            break;
        }
        group = longer;
        characters.next();
    }
    Ok(group)
}

fn digit(characters: &mut Peekable<Chars<'_>>) -> Option<usize> {
    let digit = characters.peek()?.to_digit(10)?;
    Some(digit as usize)
}

fn unfinished() -> Fault {
    Fault("a replacement that ends with a backslash".to_owned())
}

fn none_of(groups: usize) -> Fault {
    Fault(format!(
        "a replacement with `$` that names none of {groups} groups"
    ))
}
