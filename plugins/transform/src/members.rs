//! Changes to members of a JSON body.

use std::collections::BTreeMap;

use serde_json::Value;
use wasmgate_sdk::{Interest, Problem};

use crate::{
    config,
    json::{self, Document, Unfit},
    place::Place,
    scope::{Scope, Side},
    template::Template,
};

/// Changes, in the order in which they are made.
#[derive(Debug)]
pub(crate) struct Members(Vec<Change>);

#[derive(Debug)]
enum Change {
    Remove(Place),
    /// The new name of a member.
    Rename(Place, String),
    Move(Place, Place),
    Copy(Place, Place),
    Set(Place, Template),
    Add(Place, Template),
}

impl Members {
    pub(crate) fn parse(at: &str, side: Side, written: config::Members) -> Result<Self, Problem> {
        let mut parse = Parse {
            at,
            side,
            changes: Vec::new(),
            problems: Vec::new(),
        };
        for (n, place) in written.remove.iter().enumerate() {
            let change = Place::member(place).map(Change::Remove);
            parse.push("remove", &n.to_string(), change);
        }
        for (from, to) in &written.rename {
            parse.push("rename", from, renamed(from, to));
        }
        for (from, to) in &written.copy {
            let places = || Ok(Change::Copy(Place::single(from)?, Place::member(to)?));
            parse.push("copy", from, places());
        }
        parse.valued("set", &written.set, Change::Set);
        parse.valued("add", &written.add, Change::Add);
        Problem::all(parse.problems)?;
        Ok(Members(parse.changes))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What the values need to see.
    pub(crate) fn interest(&self, interest: Interest) -> Interest {
        self.0
            .iter()
            .fold(interest, |interest, change| match change {
                Change::Set(_, value) | Change::Add(_, value) => value.interest(interest),
                _ => interest,
            })
    }

    /// The text with all changes made. What is renamed and copied is as the text has it.
    pub(crate) fn apply(&self, text: &str, scope: &Scope<'_>) -> Result<String, Unfit> {
        let mut document = Document::new(text);
        for change in &self.0 {
            change.make(&mut document, text, scope)?;
        }
        Ok(document.text())
    }
}

impl Change {
    fn make(
        &self,
        document: &mut Document<'_>,
        text: &str,
        scope: &Scope<'_>,
    ) -> Result<(), Unfit> {
        match self {
            Change::Remove(Place(place)) => document.remove(place),
            Change::Rename(Place(place), name) => document.rename(place, name),
            Change::Move(Place(from), to) => {
                document.remove(from)?;
                copy(document, json::read(text, from), to)
            }
            Change::Copy(Place(from), to) => copy(document, json::read(text, from), to),
            Change::Set(Place(place), value) => match value.fill(scope) {
                Some(value) => document.set(place, &value, true),
                // The client's own member must not stand in for it.
                None => document.remove(place),
            },
            Change::Add(Place(place), value) => {
                let value = value.fill(scope);
                match value.map_or(Ok(()), |value| document.set(place, &value, false)) {
                    // Where it has no place, there is nothing missing.
                    Err(Unfit::Shape) => Ok(()),
                    added => added,
                }
            }
        }
    }
}

fn copy(document: &mut Document<'_>, value: Option<&str>, to: &Place) -> Result<(), Unfit> {
    match value {
        Some(value) => document.set(&to.0, value, true),
        None => Ok(()),
    }
}

fn renamed(from: &str, to: &str) -> Result<Change, String> {
    if to.starts_with(['/', '$']) {
        return Ok(Change::Move(Place::single(from)?, Place::member(to)?));
    }
    Ok(Change::Rename(Place::member(from)?, to.to_owned()))
}

/// Changes and mistakes while they are gathered.
struct Parse<'a> {
    at: &'a str,
    side: Side,
    changes: Vec<Change>,
    problems: Vec<Problem>,
}

impl Parse<'_> {
    fn valued(
        &mut self,
        part: &str,
        values: &BTreeMap<String, Value>,
        change: impl Fn(Place, Template) -> Change,
    ) {
        for (place, value) in values {
            let parsed = || {
                Ok(change(
                    Place::member(place)?,
                    Template::json(value, self.side)?,
                ))
            };
            self.push(part, place, parsed());
        }
    }

    fn push(&mut self, part: &str, place: &str, change: Result<Change, String>) {
        match change {
            Ok(change) => self.changes.push(change),
            Err(message) => {
                let pointer = format!("{}/{part}/{}", self.at, crate::escaped(place));
                self.problems.push(Problem::at(pointer, message));
            }
        }
    }
}
