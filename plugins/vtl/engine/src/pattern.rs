//! Java's regular expressions, by an engine that takes linear time: what needs backtracking is refused.

use regex_lite::{Captures, Regex, RegexBuilder};

use crate::methods::Fault;

/// How large a compiled pattern may be.
const SIZE: usize = 1 << 20;

/// A pattern; in templates, most of them are plain texts.
pub(crate) enum Pattern {
    Plain(String),
    Regex(Box<Regex>, String),
}

/// A part of what matches are replaced by.
enum Part {
    Text(String),
    Group(usize),
}

impl Pattern {
    pub(crate) fn read(pattern: &str) -> Result<Pattern, Fault> {
        match plain(pattern) {
            Some(text) => Ok(Pattern::Plain(text)),
            None => Ok(Pattern::Regex(
                Box::new(compiled(pattern)?),
                pattern.to_owned(),
            )),
        }
    }

    /// Whether it matches the whole text.
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Pattern::Plain(plain) => plain == text,
            Pattern::Regex(_, pattern) => {
                compiled(&format!(r"\A(?:{pattern})\z")).is_ok_and(|whole| whole.is_match(text))
            }
        }
    }

    /// Java's `split`: at most so many pieces; with 0 all, but for empty ones at the end.
    pub(crate) fn split<'t>(&self, text: &'t str, limit: i32) -> Vec<&'t str> {
        let most = usize::try_from(limit)
            .ok()
            .filter(|most| *most > 0)
            .unwrap_or(usize::MAX);
        let mut pieces = Vec::new();
        let mut from = 0;
        for (start, end) in self.places(text) {
            if pieces.len() + 1 == most {
                break;
            }
            if from == 0 && start == 0 && end == 0 {
                continue;
            }
            pieces.push(&text[from..start]);
            from = end;
        }
        if from == 0 && pieces.is_empty() {
            return vec![text];
        }
        pieces.push(&text[from..]);
        while limit == 0 && pieces.last().is_some_and(|last| last.is_empty()) {
            pieces.pop();
        }
        pieces
    }

    /// Replaces the first matches; `$1` in the replacement is a group, `\` takes a sign literally.
    pub(crate) fn replace(
        &self,
        text: &str,
        replacement: &str,
        count: usize,
    ) -> Result<String, Fault> {
        match self {
            Pattern::Plain(plain) => {
                if !text.contains(plain.as_str()) {
                    return Ok(text.to_owned());
                }
                let parts = parts(replacement, 0)?;
                let with: String = parts.iter().map(|part| part.show(|_| plain)).collect();
                Ok(text.replacen(plain.as_str(), &with, count))
            }
            Pattern::Regex(regex, _) => replaced(regex, text, replacement, count),
        }
    }

    fn places(&self, text: &str) -> Vec<(usize, usize)> {
        match self {
            Pattern::Plain(plain) if !plain.is_empty() => text
                .match_indices(plain.as_str())
                .map(|(start, found)| (start, start + found.len()))
                .collect(),
            Pattern::Plain(_) => (0..=text.len())
                .filter(|at| text.is_char_boundary(*at))
                .map(|at| (at, at))
                .collect(),
            Pattern::Regex(regex, _) => regex
                .find_iter(text)
                .map(|found| (found.start(), found.end()))
                .collect(),
        }
    }
}

/// The text that a pattern without any operators stands for.
fn plain(pattern: &str) -> Option<String> {
    let mut text = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '.' | '[' | ']' | '{' | '}' | '(' | ')' | '*' | '+' | '?' | '^' | '$' | '|' => {
                return None;
            }
            '\\' => match characters.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                escaped if escaped.is_ascii_alphanumeric() => return None,
                escaped => escaped,
            },
            other => other,
        });
    }
    Some(text)
}

fn compiled(pattern: &str) -> Result<Regex, Fault> {
    let built = RegexBuilder::new(pattern).size_limit(SIZE).build();
    built.map_err(|error| {
        Fault(format!(
            "the regular expression `{pattern}` cannot be used: {error}"
        ))
    })
}

fn replaced(regex: &Regex, text: &str, replacement: &str, count: usize) -> Result<String, Fault> {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    let mut with = None;
    for found in regex.captures_iter(text).take(count) {
        let parts = match &with {
            Some(parts) => parts,
            None => with.insert(parts(replacement, regex.captures_len() - 1)?),
        };
        let Some(whole) = found.get(0) else { break };
        out.push_str(&text[from..whole.start()]);
        out.extend(
            parts
                .iter()
                .map(|part| part.show(|group| matched(&found, group))),
        );
        from = whole.end();
    }
    out.push_str(&text[from..]);
    Ok(out)
}

fn matched<'t>(found: &Captures<'t>, group: usize) -> &'t str {
    found.get(group).map_or("", |group| group.as_str())
}

impl Part {
    fn show<'p>(&'p self, group: impl Fn(usize) -> &'p str) -> &'p str {
        match self {
            Part::Text(text) => text,
            Part::Group(number) => group(*number),
        }
    }
}

/// Takes a replacement apart, as Java does for a pattern with so many groups.
fn parts(replacement: &str, groups: usize) -> Result<Vec<Part>, Fault> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut characters = replacement.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                let escaped = characters.next();
                text.push(
                    escaped.ok_or_else(|| {
                        Fault("a replacement that ends with a backslash".to_owned())
                    })?,
                );
            }
            '$' => {
                let digit = |next: Option<&char>| {
                    next.and_then(|next| next.to_digit(10))
                        .map(|digit| digit as usize)
                };
                let mut group = digit(characters.peek())
                    .filter(|group| *group <= groups)
                    .ok_or_else(|| {
                        Fault(format!(
                            "a replacement with `$` that names none of {groups} groups"
                        ))
                    })?;
                characters.next();
                while let Some(longer) = digit(characters.peek()).map(|next| group * 10 + next) {
                    if longer > groups {
                        break;
                    }
                    group = longer;
                    characters.next();
                }
                parts.push(Part::Text(std::mem::take(&mut text)));
                parts.push(Part::Group(group));
            }
            other => text.push(other),
        }
    }
    parts.push(Part::Text(text));
    Ok(parts)
}
