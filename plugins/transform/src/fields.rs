//! Changes to header fields and query parameters.

use std::collections::BTreeMap;

use wasmgate_sdk::{Interest, Patch, Problem};

use crate::{
    config::Changes,
    scope::{Scope, Side},
    template::Template,
};

/// Fields by which HTTP frames and routes messages: the gateway's own.
const OWN: [&str; 11] = [
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Changes to one kind of fields, in the order in which they are made.
#[derive(Debug)]
pub(crate) struct Fields {
    kind: Kind,
    side: Side,
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Header,
    Query,
}

#[derive(Debug)]
struct Step {
    name: String,
    change: Change,
}

#[derive(Debug)]
enum Change {
    Remove,
    Rename(String),
    Copy(String),
    Set(Template),
    Add(Template),
    Append(Template),
}

impl Fields {
    pub(crate) fn parse(
        at: &str,
        kind: Kind,
        side: Side,
        written: Changes,
    ) -> Result<Self, Problem> {
        let mut parse = Parse {
            at,
            kind,
            side,
            steps: Vec::new(),
            problems: Vec::new(),
        };
        for (n, name) in written.remove.into_iter().enumerate() {
            parse.step("remove", &n.to_string(), &name, Change::Remove);
        }
        parse.named("rename", written.rename, Change::Rename);
        parse.named("copy", written.copy, Change::Copy);
        parse.valued("set", written.set, Change::Set);
        parse.valued("add", written.add, Change::Add);
        parse.valued("append", written.append, Change::Append);
        Problem::all(parse.problems)?;
        let steps = parse.steps;
        Ok(Fields { kind, side, steps })
    }

    pub(crate) fn interest(&self, interest: Interest) -> Interest {
        self.steps
            .iter()
            .fold(interest, |interest, step| match &step.change {
                Change::Remove => interest,
                Change::Rename(_) | Change::Copy(_) => self.seen(interest, &step.name),
                Change::Set(value) | Change::Append(value) => value.interest(interest),
                Change::Add(value) => self.seen(value.interest(interest), &step.name),
            })
    }

    /// The fields that take the place of all that were there: what the upstream trusts. The client's own of that name
    /// must not get through, not even where there is no value.
    pub(crate) fn sets(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| match &step.change {
            Change::Set(_) => Some(&*step.name),
            Change::Rename(to) | Change::Copy(to) => Some(to),
            Change::Remove | Change::Add(_) | Change::Append(_) => None,
        })
    }

    pub(crate) fn apply(&self, patch: Patch, scope: &Scope<'_>) -> Patch {
        self.steps
            .iter()
            .fold(patch, |patch, step| self.change(patch, step, scope))
    }

    fn change(&self, patch: Patch, Step { name, change }: &Step, scope: &Scope<'_>) -> Patch {
        match change {
            Change::Remove => self.remove(patch, name),
            Change::Rename(to) => {
                let removed = self.remove(patch, name);
                self.copied(removed, name, to, scope)
            }
            Change::Copy(to) => self.copied(patch, name, to, scope),
            Change::Set(value) => match value.fill(scope) {
                Some(value) => self.set(patch, name, value),
                // The client's own parameter must not stand in for it; fields of that name are gone already.
                None if self.kind == Kind::Query => self.remove(patch, name),
                None => patch,
            },
            Change::Add(_) if self.values(name, scope).next().is_some() => patch,
            Change::Add(value) => match value.fill(scope) {
                Some(value) => self.set(patch, name, value),
                None => patch,
            },
            Change::Append(value) => match value.fill(scope) {
                Some(value) => self.append(patch, name, value),
                None => patch,
            },
        }
    }

    /// Puts the values of a name under another one, in place of those that were there.
    fn copied(&self, patch: Patch, from: &str, to: &str, scope: &Scope<'_>) -> Patch {
        let mut values = self.values(from, scope);
        let Some(first) = values.next() else {
            return match self.kind {
                Kind::Query => self.remove(patch, to),
                Kind::Header => patch,
            };
        };
        let set = self.set(patch, to, first.to_owned());
        values.fold(set, |patch, value| self.append(patch, to, value.to_owned()))
    }

    fn values<'s>(
        &self,
        name: &'s str,
        scope: &'s Scope<'_>,
    ) -> Box<dyn Iterator<Item = &'s str> + 's> {
        let field = move |(known, value): (&'s str, &'s str)| {
            known.eq_ignore_ascii_case(name).then_some(value)
        };
        match (self.kind, self.side, scope.reply) {
            (Kind::Header, Side::Response, Some(reply)) => {
                Box::new(reply.headers().filter_map(field))
            }
            (Kind::Header, ..) => Box::new(scope.request.headers().filter_map(field)),
            (Kind::Query, ..) => Box::new(
                scope
                    .request
                    .query_parameters()
                    .filter_map(move |(known, value)| (known == name).then_some(value)),
            ),
        }
    }

    fn seen(&self, interest: Interest, name: &str) -> Interest {
        match (self.kind, self.side) {
            (Kind::Header, Side::Request) => interest.header(name),
            (Kind::Header, Side::Response) => interest.reply_header(name),
            (Kind::Query, _) => interest.query(name),
        }
    }

    fn remove(&self, patch: Patch, name: &str) -> Patch {
        match self.kind {
            Kind::Header => patch.remove_header(name),
            Kind::Query => patch.remove_query(name),
        }
    }

    fn set(&self, patch: Patch, name: &str, value: String) -> Patch {
        match self.kind {
            Kind::Header => patch.set_header(name, value),
            Kind::Query => patch.set_query(name, value),
        }
    }

    fn append(&self, patch: Patch, name: &str, value: String) -> Patch {
        match self.kind {
            Kind::Header => patch.append_header(name, value),
            Kind::Query => patch.append_query(name, value),
        }
    }
}

/// Steps and mistakes while they are gathered.
struct Parse<'a> {
    at: &'a str,
    kind: Kind,
    side: Side,
    steps: Vec<Step>,
    problems: Vec<Problem>,
}

impl Parse<'_> {
    fn named(
        &mut self,
        part: &str,
        names: BTreeMap<String, String>,
        change: impl Fn(String) -> Change,
    ) {
        for (name, to) in names {
            match self.sound(&to) {
                Ok(()) => self.step(part, &name, &name, change(to)),
                Err(message) => self.wrong(part, &name, message),
            }
        }
    }

    fn valued(
        &mut self,
        part: &str,
        values: BTreeMap<String, String>,
        change: impl Fn(Template) -> Change,
    ) {
        for (name, value) in values {
            match Template::parse(&value, self.side) {
                Ok(value) => self.step(part, &name, &name, change(value)),
                Err(message) => self.wrong(part, &name, message),
            }
        }
    }

    fn step(&mut self, part: &str, place: &str, name: &str, change: Change) {
        match self.sound(name) {
            Ok(()) => self.steps.push(Step {
                name: name.to_owned(),
                change,
            }),
            Err(message) => self.wrong(part, place, message),
        }
    }

    fn sound(&self, name: &str) -> Result<(), String> {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let lower = name.to_ascii_lowercase();
        match self.kind {
            _ if name.is_empty() => Err("a name is empty".to_owned()),
            Kind::Header if !name.bytes().all(letter) => {
                Err(format!("`{name}` is not the name of a field"))
            }
            Kind::Header if OWN.contains(&&*lower) => Err(format!(
                "field `{name}` is the gateway's own: HTTP frames and routes messages by it"
            )),
            _ => Ok(()),
        }
    }

    fn wrong(&mut self, part: &str, place: &str, message: String) {
        let pointer = format!("{}/{part}/{}", self.at, crate::escaped(place));
        self.problems.push(Problem::at(pointer, message));
    }
}
