//! Changes header fields, query parameters, path, status and JSON bodies, of requests and of replies.

use wasmgate_sdk::{media, prelude::*};

mod config;
mod fields;
mod form;
mod json;
mod members;
mod place;
mod scope;
mod status;
mod template;

use config::Config;
use fields::{Fields, Kind};
use json::Unfit;
use members::Members;
use scope::{Scope, Side};
use status::Statuses;
use template::Template;

/// As many changes as the host takes of one call, and bytes of their names and values.
const MOST_CHANGES: usize = 128;
const MOST_BYTES: usize = 64 << 10;

/// The changes to requests and to replies.
#[derive(Debug)]
struct Transform {
    path: Option<Template>,
    headers: Fields,
    query: Fields,
    body: Members,
    status: Statuses,
    reply_headers: Fields,
    reply_body: Members,
}

impl Plugin for Transform {
    type Config = Config;

    fn configure(Config { request, response }: Config) -> Result<Self, Problem> {
        let path = request.path.as_deref().map(Template::path).transpose();
        let path = path.map_err(|message| Problem::at("/request/path", message));
        let headers = Fields::parse(
            "/request/headers",
            Kind::Header,
            Side::Request,
            request.headers,
        );
        let query = Fields::parse("/request/query", Kind::Query, Side::Request, request.query);
        let body = Members::parse("/request/body", Side::Request, request.body);
        let status = Statuses::parse(&response.status);
        let reply_headers = Fields::parse(
            "/response/headers",
            Kind::Header,
            Side::Response,
            response.headers,
        );
        let reply_body = Members::parse("/response/body", Side::Response, response.body);
        let problems = [
            problem(&path),
            problem(&headers),
            problem(&query),
            problem(&body),
            problem(&status),
            problem(&reply_headers),
            problem(&reply_body),
        ];
        Problem::all(problems.into_iter().flatten())?;
        Ok(Transform {
            path: path?,
            headers: headers?,
            query: query?,
            body: body?,
            status: status?,
            reply_headers: reply_headers?,
            reply_body: reply_body?,
        })
    }
}

impl RequestFilter for Transform {
    fn interest(&self) -> Interest {
        let interest = self.headers.interest(Interest::default());
        let interest = self.body.interest(self.query.interest(interest));
        let interest = self
            .path
            .iter()
            .fold(interest, |interest, path| path.interest(interest));
        let interest = self.headers.sets().fold(interest, Interest::sets);
        match self.body.is_empty() {
            true => interest,
            false => interest.body(),
        }
    }

    fn filter_request(&self, request: &Request) -> Result<Patch, Refusal> {
        let scope = Scope::new(request, None);
        let mut patch = self.headers.apply(Patch::new(), &scope);
        patch = self.query.apply(patch, &scope);
        if let Some(path) = self.path.as_ref().and_then(|path| path.fill(&scope)) {
            patch = patch.set_path(sound(path)?);
        }
        let has_body = request.body().is_some_and(|body| !body.is_empty());
        if has_body && !self.body.is_empty() {
            let not_json = || Refusal::invalid("the request body is not JSON");
            let text = scope.json().ok_or_else(not_json)?;
            patch = patch.body(self.body.apply(text, &scope).map_err(unfit)?);
        }
        sent(patch)
    }
}

impl ResponseFilter for Transform {
    fn interest(&self) -> Interest {
        let interest = self.reply_headers.interest(Interest::default());
        let interest = self.reply_body.interest(interest);
        match self.reply_body.is_empty() {
            true => interest,
            false => interest.reply_header("content-type").reply_body(),
        }
    }

    fn filter_response(&self, request: &Request, reply: &Reply) -> Result<Patch, Refusal> {
        let scope = Scope::new(request, Some(reply));
        let mut patch = self.reply_headers.apply(Patch::new(), &scope);
        if let Some(status) = self.status.of(reply.status()) {
            patch = patch.set_status(status);
        }
        let has_body = reply.body().is_some_and(|body| !body.is_empty());
        if has_body && !self.reply_body.is_empty() && is_json(reply) {
            let not_json =
                || Refusal::failure("the reply's body is not the JSON that it says it is");
            let text = scope.reply_json().ok_or_else(not_json)?;
            let too_much = |_| Refusal::failure("the reply's body does not fit its changes");
            patch = patch.body(self.reply_body.apply(text, &scope).map_err(too_much)?);
        }
        sent(patch)
    }
}

wasmgate_sdk::export!(Transform: request_filter, response_filter);

fn problem<T>(read: &Result<T, Problem>) -> Option<Problem> {
    read.as_ref().err().cloned()
}

/// A path without the segments by which it could lead elsewhere.
fn sound(path: String) -> Result<String, Refusal> {
    let dots = |segment: &str| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        matches!(&*plain, "." | "..")
    };
    match path.split('/').any(dots) {
        true => Err(Refusal::invalid(
            "a value of the request is no part of a path",
        )),
        false => Ok(path),
    }
}

fn unfit(unfit: Unfit) -> Refusal {
    match unfit {
        Unfit::Shape => Refusal::invalid("the request body has another shape than expected"),
        Unfit::TooLarge => Refusal::too_large(),
    }
}

/// What a client sends must not make the call fail, as it would if the host took none of it.
fn sent(patch: Patch) -> Result<Patch, Refusal> {
    let changes = patch.changes();
    let bytes: usize = changes
        .iter()
        .map(|change| change.name.len() + change.value.len())
        .sum();
    if changes.len() > MOST_CHANGES || bytes > MOST_BYTES {
        return Err(Refusal::invalid(
            "fields of the request are too many or too long",
        ));
    }
    let fields = changes
        .iter()
        .filter(|change| change.code.ends_with("-header"));
    let control = |byte: u8| byte != b'\t' && byte.is_ascii_control();
    for field in fields {
        if field.value.bytes().any(control) {
            let name = &field.name;
            let message = format!("a value for the field `{name}` has control characters");
            return Err(Refusal::invalid(message));
        }
    }
    Ok(patch)
}

fn is_json(reply: &Reply) -> bool {
    let kind = media::essence(reply.header("content-type").unwrap_or_default());
    kind == "application/json" || kind.ends_with("+json")
}

/// A name as a part of a JSON Pointer.
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests;
