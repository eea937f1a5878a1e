//! Sets, appends and removes header fields and query parameters, of requests and of replies.

use wasmgate_sdk::prelude::*;

mod config;
mod template;

use config::{Changes, Config};
use template::Template;

/// The changes to requests and to replies.
struct Transform {
    request: Vec<Step>,
    response: Vec<Step>,
}

/// One change, as it is applied.
struct Step {
    kind: Kind,
    name: String,
    value: Template,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    SetHeader,
    AppendHeader,
    RemoveHeader,
    SetQuery,
    AppendQuery,
    RemoveQuery,
}

impl Plugin for Transform {
    type Config = Config;

    fn configure(Config { request, response }: Config) -> Result<Self, Problem> {
        use Kind::{AppendHeader, AppendQuery, RemoveHeader, RemoveQuery, SetHeader, SetQuery};

        let mut steps = steps(
            "/request/headers",
            request.headers,
            [RemoveHeader, SetHeader, AppendHeader],
        )?;
        steps.extend(self::steps(
            "/request/query",
            request.query,
            [RemoveQuery, SetQuery, AppendQuery],
        )?);
        let response = self::steps(
            "/response/headers",
            response.headers,
            [RemoveHeader, SetHeader, AppendHeader],
        )?;
        Ok(Transform {
            request: steps,
            response,
        })
    }
}

impl RequestFilter for Transform {
    fn interest(&self) -> Interest {
        // What is set is what the upstream trusts: the client's own field of that name must not get through, not even
        // where the template has no value.
        let set = self
            .request
            .iter()
            .filter(|step| step.kind == Kind::SetHeader);
        set.fold(interest(&self.request), |interest, step| {
            interest.sets(&step.name)
        })
    }

    fn filter_request(&self, request: &Request) -> Result<Patch, Refusal> {
        Ok(patch(&self.request, request))
    }
}

impl ResponseFilter for Transform {
    fn interest(&self) -> Interest {
        interest(&self.response)
    }

    fn filter_response(&self, request: &Request, _: &Reply) -> Result<Patch, Refusal> {
        Ok(patch(&self.response, request))
    }
}

wasmgate_sdk::export!(Transform: request_filter, response_filter);

fn steps(
    pointer: &str,
    changes: Changes,
    [remove, set, append]: [Kind; 3],
) -> Result<Vec<Step>, Problem> {
    let removed = changes.remove.into_iter().map(|name| {
        Ok(Step {
            kind: remove,
            name,
            value: Template::default(),
        })
    });
    let parse = |kind: Kind, part: &'static str| {
        move |(name, value): (String, String)| match Template::parse(&value) {
            Ok(value) => Ok(Step { kind, name, value }),
            Err(message) => Err(Problem::at(
                format!("{pointer}/{part}/{}", escaped(&name)),
                message,
            )),
        }
    };
    let set = changes.set.into_iter().map(parse(set, "set"));
    let append = changes.append.into_iter().map(parse(append, "append"));
    removed.chain(set).chain(append).collect()
}

fn interest(steps: &[Step]) -> Interest {
    steps.iter().fold(Interest::default(), |interest, step| {
        step.value.interest(interest)
    })
}

fn patch(steps: &[Step], request: &Request) -> Patch {
    steps
        .iter()
        .fold(Patch::new(), |patch, Step { kind, name, value }| {
            let Some(value) = value.fill(request) else {
                return patch;
            };
            match kind {
                Kind::SetHeader => patch.set_header(name, value),
                Kind::AppendHeader => patch.append_header(name, value),
                Kind::RemoveHeader => patch.remove_header(name),
                Kind::SetQuery => patch.set_query(name, value),
                Kind::AppendQuery => patch.append_query(name, value),
                Kind::RemoveQuery => patch.remove_query(name),
            }
        })
}

/// A name as a part of a JSON Pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests;
