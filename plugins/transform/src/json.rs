//! A JSON text that is changed where it has to be, and stays as it was everywhere else: numbers keep all their digits,
//! members their order.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use crate::place::Step;

/// How many members and items may be looked at one by one: each takes memory.
const MOST: usize = 200_000;

/// A value: a text that nobody had to look into yet, or what it holds.
#[derive(Debug)]
pub(crate) enum Node<'a> {
    Text(Cow<'a, str>),
    /// Names as they are written, with their quotes.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
    Array(Vec<Node<'a>>),
}

/// A JSON text, and how much of it may still be looked into.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    root: Node<'a>,
    left: usize,
}

/// Why a change cannot be made.
#[derive(Debug, PartialEq)]
pub(crate) enum Unfit {
    /// A value on the way has no members, or no such item.
    Shape,
    /// There is too much of it.
    TooLarge,
}

/// The text of a body that is JSON.
pub(crate) fn checked(body: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(body).ok()?;
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    Some(text.trim_ascii())
}

/// A text as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// The text of the value at a place of a checked text; the last one where a name is there twice.
pub(crate) fn read<'a>(text: &'a str, steps: &[Step]) -> Option<&'a str> {
    let Some((Step::Name(name), rest)) = steps.split_first() else {
        return steps.is_empty().then_some(text);
    };
    let found = match text.as_bytes().first()? {
        b'{' => parts(text)
            .map(member)
            .filter(|(known, _)| is_name(known, name))
            .last()
            .map(|(_, value)| value),
        b'[' => {
            let place = |count| index(name, count);
            match name.starts_with('-') {
                true => parts(text).nth(place(parts(text).count())?),
                false => parts(text).nth(place(usize::MAX)?),
            }
        }
        _ => None,
    };
    read(found?, rest)
}

/// The text of a string, or of another value as it is written; none of `null`.
pub(crate) fn shown(text: &str) -> Option<Cow<'_, str>> {
    match text.as_bytes().first()? {
        b'"' => unquoted(text),
        b'n' => None,
        _ => Some(text.into()),
    }
}

impl<'a> Document<'a> {
    /// Of a text that was checked.
    pub(crate) fn new(text: &'a str) -> Self {
        Document {
            root: Node::Text(text.into()),
            left: MOST,
        }
    }

    pub(crate) fn remove(&mut self, steps: &[Step]) -> Result<(), Unfit> {
        let Some((last, parents)) = steps.split_last() else {
            return Ok(());
        };
        self.root
            .each(parents, &mut self.left, &mut |node| match node {
                Node::Object(members) => members.retain(|(known, _)| !last.is(known)),
                Node::Array(items) => match last {
                    Step::All => items.clear(),
                    Step::Name(name) => {
                        let place = index(name, items.len());
                        if let Some(place) = place.filter(|place| *place < items.len()) {
                            items.remove(place);
                        }
                    }
                },
                Node::Text(_) => {}
            })
    }

    /// Gives members another name, in place of others that had it.
    pub(crate) fn rename(&mut self, steps: &[Step], new: &str) -> Result<(), Unfit> {
        let Some((last, parents)) = steps.split_last() else {
            return Ok(());
        };
        self.root.each(parents, &mut self.left, &mut |node| {
            let Node::Object(members) = node else {
                return;
            };
            if members.iter().any(|(known, _)| last.is(known)) {
                members.retain(|(known, _)| last.is(known) || !is_name(known, new));
                let named = members.iter_mut().filter(|(known, _)| last.is(known));
                named.for_each(|(name, _)| *name = quoted(new).into());
            }
        })
    }

    /// Puts a JSON text at a place, with the objects that are missing on the way. Where `replace` is not wanted, a value
    /// that is there stays.
    pub(crate) fn set(&mut self, steps: &[Step], value: &str, replace: bool) -> Result<(), Unfit> {
        self.root.set(steps, value, replace, &mut self.left)
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.root.write(&mut text);
        text
    }
}

impl<'a> Node<'a> {
    /// Calls a function with each value at a place, opened.
    fn each(
        &mut self,
        steps: &[Step],
        left: &mut usize,
        action: &mut dyn FnMut(&mut Node<'a>),
    ) -> Result<(), Unfit> {
        self.open(left)?;
        let Some((step, rest)) = steps.split_first() else {
            action(self);
            return Ok(());
        };
        match (self, step) {
            (Node::Object(members), step) => {
                let mut found = members.iter_mut().filter(|(known, _)| step.is(known));
                found.try_for_each(|(_, value)| value.each(rest, left, action))
            }
            (Node::Array(items), Step::All) => items
                .iter_mut()
                .try_for_each(|item| item.each(rest, left, action)),
            (Node::Array(items), Step::Name(name)) => {
                let place = index(name, items.len());
                let item = place.and_then(|place| items.get_mut(place));
                item.map_or(Ok(()), |item| item.each(rest, left, action))
            }
            (Node::Text(_), _) => Ok(()),
        }
    }

    fn set(
        &mut self,
        steps: &[Step],
        value: &str,
        replace: bool,
        left: &mut usize,
    ) -> Result<(), Unfit> {
        let Some((step, rest)) = steps.split_first() else {
            if replace {
                *self = Node::Text(value.to_owned().into());
            }
            return Ok(());
        };
        self.open(left)?;
        match (self, step) {
            (Node::Object(members), Step::All) => members
                .iter_mut()
                .try_for_each(|(_, inner)| inner.set(rest, value, replace, left)),
            (Node::Array(items), Step::All) => items
                .iter_mut()
                .try_for_each(|inner| inner.set(rest, value, replace, left)),
            (Node::Object(members), Step::Name(name)) => {
                let found = members.iter().rposition(|(known, _)| is_name(known, name));
                if let Some(last) = found {
                    // Of members with one name, readers may take another than we do: one is left.
                    let mut place = 0;
                    members.retain(|(known, _)| {
                        place += 1;
                        place - 1 == last || !is_name(known, name)
                    });
                    let mut named = members.iter_mut().filter(|(known, _)| is_name(known, name));
                    let kept = named.next();
                    return kept.map_or(Ok(()), |(_, inner)| inner.set(rest, value, replace, left));
                }
                members.push((quoted(name).into(), missing(rest, value)?));
                Ok(())
            }
            (Node::Array(items), Step::Name(name)) => match index(name, items.len()) {
                Some(place) if place < items.len() => items[place].set(rest, value, replace, left),
                Some(place) if place == items.len() => {
                    items.push(missing(rest, value)?);
                    Ok(())
                }
                _ => Err(Unfit::Shape),
            },
            (Node::Text(_), _) => Err(Unfit::Shape),
        }
    }

    /// Cuts a text into its members or items, if it has any.
    fn open(&mut self, left: &mut usize) -> Result<(), Unfit> {
        let Node::Text(text) = self else {
            return Ok(());
        };
        let kind = text.as_bytes().first().copied();
        if !matches!(kind, Some(b'{' | b'[')) {
            return Ok(());
        }
        *left = left
            .checked_sub(parts(text).count())
            .ok_or(Unfit::TooLarge)?;
        *self = match (text, kind) {
            (Cow::Borrowed(text), Some(b'{')) => object(text, Cow::Borrowed),
            (Cow::Borrowed(text), _) => array(text, Cow::Borrowed),
            (Cow::Owned(text), Some(b'{')) => object(text, |part| part.to_owned().into()),
            (Cow::Owned(text), _) => array(text, |part| part.to_owned().into()),
        };
        Ok(())
    }

    fn write(&self, out: &mut String) {
        match self {
            Node::Text(text) => out.push_str(text),
            Node::Object(members) => {
                for (n, (name, value)) in members.iter().enumerate() {
                    out.push_str(if n == 0 { "{" } else { "," });
                    out.push_str(name);
                    out.push(':');
                    value.write(out);
                }
                out.push_str(if members.is_empty() { "{}" } else { "}" });
            }
            Node::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    out.push_str(if n == 0 { "[" } else { "," });
                    item.write(out);
                }
                out.push_str(if items.is_empty() { "[]" } else { "]" });
            }
        }
    }
}

impl Step {
    fn is(&self, written: &str) -> bool {
        match self {
            Step::Name(name) => is_name(written, name),
            Step::All => true,
        }
    }
}

/// A value within the objects that a place asks for.
fn missing(steps: &[Step], value: &str) -> Result<Node<'static>, Unfit> {
    let inner = |inner: Result<String, Unfit>, step: &Step| match step {
        Step::Name(name) => Ok(["{", &quoted(name), ":", &inner?, "}"].concat()),
        // Of what is missing, all is nothing.
        Step::All => Err(Unfit::Shape),
    };
    let text = steps.iter().rev().fold(Ok(value.to_owned()), inner)?;
    Ok(Node::Text(text.into()))
}

fn object<'t, 'a>(text: &'t str, keep: impl Fn(&'t str) -> Cow<'a, str>) -> Node<'a> {
    let members = parts(text).map(member);
    Node::Object(
        members
            .map(|(name, value)| (keep(name), Node::Text(keep(value))))
            .collect(),
    )
}

fn array<'t, 'a>(text: &'t str, keep: impl Fn(&'t str) -> Cow<'a, str>) -> Node<'a> {
    Node::Array(parts(text).map(|part| Node::Text(keep(part))).collect())
}

/// What stands between the brackets of a checked text, cut at its commas.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let inside = text.get(1..text.len() - 1).unwrap_or_default();
    let mut rest = Some(inside).filter(|inside| !inside.trim_ascii().is_empty());
    std::iter::from_fn(move || {
        let text = rest?;
        let end = comma(text);
        rest = end.map(|end| &text[end + 1..]);
        Some(text[..end.unwrap_or(text.len())].trim_ascii())
    })
}

/// The first comma that stands in no string or brackets.
fn comma(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = string_end(bytes, at),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b',' if depth == 0 => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The quote that ends the string whose first one stands here.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at
}

/// Name, with its quotes, and value.
fn member(part: &str) -> (&str, &str) {
    let end = (string_end(part.as_bytes(), 0) + 1).min(part.len());
    let (name, rest) = part.split_at(end);
    let value = rest.trim_ascii_start().strip_prefix(':').unwrap_or(rest);
    (name, value.trim_ascii())
}

fn is_name(written: &str, name: &str) -> bool {
    unquoted(written).is_some_and(|known| known == name)
}

fn unquoted(text: &str) -> Option<Cow<'_, str>> {
    match text.contains('\\') {
        true => serde_json::from_str(text).ok().map(Cow::Owned),
        false => text.get(1..text.len() - 1).map(Cow::Borrowed),
    }
}

/// The place of an item: from the front, `-1` from the back, `-` behind the last.
fn index(name: &str, count: usize) -> Option<usize> {
    let number = |digits: &str| -> Option<usize> {
        let sound = digits.bytes().all(|byte| byte.is_ascii_digit());
        sound.then(|| digits.parse().ok())?
    };
    match name.strip_prefix('-') {
        Some("") => Some(count),
        Some(back) => count.checked_sub(number(back)?),
        None => number(name),
    }
}
