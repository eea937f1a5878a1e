//! Maps requests and replies by the mapping templates of API Gateway.

use vtl_engine::{Input, Limits, MapRef, Mentions, Scope, Text, Value};
use wasmgate_sdk::prelude::*;

mod binary;
mod choice;
mod config;
mod context;
mod overrides;
mod parameters;
mod response;

use binary::{BinaryTypes, Form, Payload};
use choice::{Chosen, Templates, Written};
use config::{Config, Passthrough, RequestSide};
use context::{Configured, Statuses};
use overrides::CARRIED;
use response::{Responses, Rule};

/// The templates of one attachment, read.
struct Vtl {
    requests: Option<Requests>,
    responses: Responses,
    binary: BinaryTypes,
    stage_variables: Vec<(Text, Text)>,
    context: Configured,
}

/// What becomes of requests.
struct Requests {
    templates: Templates,
    passthrough: Passthrough,
    form: Option<Form>,
}

impl Plugin for Vtl {
    type Config = Config;

    fn configure(config: Config) -> Result<Self, Problem> {
        let requests = config.request.map(Requests::read).transpose();
        let responses = Responses::read(config.response, config.responses);
        let binary = BinaryTypes::read(config.binary_media_types);
        let context = context::flat(config.context);
        let ((requests, responses), (binary, context)) =
            both(both(requests, responses), both(binary, context))?;
        let stage_variables = config.stage_variables.into_iter();
        Ok(Vtl {
            requests,
            responses,
            binary,
            stage_variables: stage_variables
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            context,
        })
    }
}

impl Requests {
    fn read(side: RequestSide) -> Result<Self, Problem> {
        Ok(Requests {
            templates: Templates::read("/request/templates", side.templates)?,
            passthrough: side.passthrough,
            form: side.content_handling.map(Form::from),
        })
    }

    fn want_body(&self) -> bool {
        self.form.is_some() || self.templates.mentions().any(|mentions| mentions.body)
    }

    fn change_path(&self) -> bool {
        self.templates
            .iter()
            .any(|written| written.overrides("path"))
    }
}

/// All problems at once.
fn both<A, B>(left: Result<A, Problem>, right: Result<B, Problem>) -> Result<(A, B), Problem> {
    match (left, right) {
        (Ok(left), Ok(right)) => Ok((left, right)),
        (Err(left), Err(right)) => Err(left.and(right)),
        (Err(problem), Ok(_)) | (Ok(_), Err(problem)) => Err(problem),
    }
}

impl Mapper for Vtl {
    fn interest(&self) -> Interest {
        let mut interest = Interest::default();
        if let Some(requests) = &self.requests {
            let mentions = requests.templates.mentions();
            interest = mentions.fold(interest.header("content-type"), wants);
            if requests.want_body() {
                interest = interest.body();
            }
            if requests.change_path() {
                interest = interest.path("*").context("routeKey");
            }
        }
        if !self.responses.is_empty() {
            let mentions = self.responses.mentions();
            interest = mentions.fold(interest.header("accept"), wants);
        }
        if !self.binary.is_empty() {
            interest = interest.header("accept").reply_header("content-type");
        }
        // Whoever renders a reply replaces it, and looks at it in nearly all cases.
        if self.responses.want_body() || !self.binary.is_empty() {
            interest = interest.reply_body();
        }
        interest.context(["authorizer.", CARRIED].concat())
    }

    fn map_request(&self, request: &Request) -> Result<Patch, Refusal> {
        let Some(requests) = &self.requests else {
            return Ok(Patch::new());
        };
        let content_type = request.header("content-type");
        let chosen = requests
            .templates
            .for_content(content_type, requests.passthrough);
        if let Chosen::Unsupported = chosen {
            return Ok(Patch::respond(unsupported()));
        }
        let from = self.binary.form(content_type);
        let payload = Payload::of(request.body(), from, requests.form.unwrap_or(from))?;
        match chosen {
            Chosen::Template(template) => self.request(template, request, &payload),
            _ => Ok(payload.passed_on(Patch::new())),
        }
    }

    fn map_response(&self, request: &Request, reply: &Reply) -> Result<Patch, Refusal> {
        let rule = self.responses.choose(reply.status());
        let status = rule.and_then(|rule| rule.status);
        let patch = status.map_or(Patch::new(), |status| Patch::new().set_status(status));
        let payload = self.payload(rule, request, reply)?;
        let template = rule.and_then(|rule| {
            let template = rule.templates.for_accept(request.header("accept"))?;
            Some((template, rule.content_type.as_str()))
        });
        let Some((template, content_type)) = template else {
            return Ok(overrides::response(payload.passed_on(patch), request));
        };
        let statuses = Statuses {
            upstream: reply.status(),
            client: status.unwrap_or(reply.status()),
        };
        let input = parameters::input(request, payload.text()?);
        let context = context::map(request, Some(statuses), &self.context);
        overrides::carry_in(&context, request);
        let body = self.rendered(template, &input, &context, Refusal::failure)?;
        let patch = patch.set_header("content-type", content_type).body(body);
        Ok(overrides::apply_response(patch, &context))
    }
}

wasmgate_sdk::export!(Vtl: mapper);

impl Vtl {
    fn request(
        &self,
        template: &Written,
        request: &Request,
        payload: &Payload<'_>,
    ) -> Result<Patch, Refusal> {
        let input = parameters::input(request, payload.text()?);
        let context = context::map(request, None, &self.context);
        let body = self.rendered(template, &input, &context, |message| {
            match input.is_invalid() {
                true => Refusal::invalid("Invalid JSON in request body"),
                false => Refusal::failure(message),
            }
        })?;
        let patch = match request.header("content-type") {
            None if !body.is_empty() => Patch::new().set_header("content-type", "application/json"),
            _ => Patch::new(),
        };
        overrides::request(patch.body(body), &context, request)
    }

    /// The reply's body. Unless said otherwise, it becomes what the client accepts.
    fn payload<'r>(
        &self,
        rule: Option<&Rule>,
        request: &Request,
        reply: &'r Reply,
    ) -> Result<Payload<'r>, Refusal> {
        let from = self.binary.form(reply.header("content-type"));
        let to = rule.and_then(|rule| rule.form);
        let to = to.unwrap_or_else(|| self.binary.form(request.header("accept")));
        Payload::of(reply.body(), from, to)
    }

    fn rendered(
        &self,
        written: &Written,
        input: &Input<'_>,
        context: &MapRef,
        failure: impl FnOnce(String) -> Refusal,
    ) -> Result<String, Refusal> {
        let variables = self.stage_variables.iter().cloned();
        let stage = variables.map(|(name, value)| (name, Value::Text(value)));
        let scope = Scope {
            input,
            variables: vec![
                ("context", context.clone()),
                ("stageVariables", MapRef::silent(stage.collect())),
            ],
        };
        let rendered = written.template.render(&scope, Limits::default());
        rendered.map_err(|error| failure(format!("template `{}`: {error}", written.name)))
    }
}

/// What a template wants to see, apart from the body.
fn wants(mut interest: Interest, mentions: &Mentions) -> Interest {
    if mentions.all_parameters {
        interest = interest.header("*").query("*").path("*");
    }
    for name in &mentions.parameters {
        interest = interest.header(name).query(name).path(name);
    }
    if mentions.all_context {
        interest = interest.context("*");
    }
    mentions.context.iter().fold(interest, |interest, name| {
        context::sources(name)
            .into_iter()
            .fold(interest, Interest::context)
    })
}

fn unsupported() -> Response {
    Response::new(415)
        .header("content-type", "application/json")
        .header("x-amzn-errortype", "BadRequestException")
        .body(r#"{"message": "Unsupported Media Type"}"#)
}

#[cfg(test)]
mod tests;
