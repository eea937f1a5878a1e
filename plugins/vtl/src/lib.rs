//! Maps requests and replies by the mapping templates of API Gateway.

use vtl_engine::{Input, Limits, MapRef, Mentions, Scope, Value};
use wasmgate_sdk::prelude::*;

mod choice;
mod config;
mod context;
mod overrides;
mod parameters;

use choice::{Chosen, Templates, Written};
use config::{Config, Passthrough};
use overrides::CARRIED;

/// The templates of one attachment, read.
struct Vtl {
    request: Option<(Templates, Passthrough)>,
    response: Option<(Templates, String)>,
    stage_variables: Vec<(String, String)>,
    /// Values of `$context`, as JSON, by their names with dots.
    context: Vec<(String, String)>,
}

impl Plugin for Vtl {
    type Config = Config;

    fn configure(config: Config) -> Result<Self, Problem> {
        let request = config.request.map(|side| {
            let templates = Templates::read("/request/templates", side.templates);
            templates.map(|templates| (templates, side.passthrough))
        });
        let response = config.response.map(|side| {
            let templates = Templates::read("/response/templates", side.templates);
            templates.map(|templates| (templates, side.content_type))
        });
        let (request, response) = both(request.transpose(), response.transpose())?;
        if matches!(&response, Some((templates, _)) if templates.is_empty()) {
            return Err(Problem::at("/response/templates", "at least one template"));
        }
        Ok(Vtl {
            request,
            response,
            stage_variables: config.stage_variables.into_iter().collect(),
            context: context::flat(config.context),
        })
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
        if let Some((templates, _)) = &self.request {
            interest = templates
                .mentions()
                .fold(interest.header("content-type"), wants);
            if templates.mentions().any(|mentions| mentions.body) {
                interest = interest.body();
            }
            if templates.iter().any(|written| written.overrides("path")) {
                interest = interest.path("*").context("routeKey");
            }
        }
        if let Some((templates, _)) = &self.response {
            interest = templates.mentions().fold(interest.header("accept"), wants);
            // Whoever renders a reply replaces it, and looks at it in nearly all cases.
            interest = interest.reply_body();
        }
        interest.context(["authorizer.", CARRIED].concat())
    }

    fn map_request(&self, request: &Request) -> Result<Patch, Refusal> {
        let Some((templates, passthrough)) = &self.request else {
            return Ok(Patch::new());
        };
        match templates.for_content(request.header("content-type"), *passthrough) {
            Chosen::Template(template) => self.request(template, request),
            Chosen::PassOn => Ok(Patch::new()),
            Chosen::Unsupported => Ok(Patch::respond(unsupported())),
        }
    }

    fn map_response(&self, request: &Request, reply: &Reply) -> Result<Patch, Refusal> {
        let Some((templates, content_type)) = &self.response else {
            return Ok(overrides::response(request));
        };
        match templates.for_accept(request.header("accept")) {
            Some(template) => self.response(template, content_type, request, reply),
            None => Ok(overrides::response(request)),
        }
    }
}

wasmgate_sdk::export!(Vtl: mapper);

impl Vtl {
    fn request(&self, template: &Written, request: &Request) -> Result<Patch, Refusal> {
        let input = parameters::input(request, request.body());
        let context = context::map(request, &self.context);
        let body = self.rendered(template, &input, &context, |message| {
            match input.invalid() {
                Some(_) => Refusal::invalid("Invalid JSON in request body"),
                None => Refusal::failure(message),
            }
        })?;
        let patch = match request.header("content-type") {
            None if !body.is_empty() => Patch::new().set_header("content-type", "application/json"),
            _ => Patch::new(),
        };
        overrides::request(patch.body(body), &context, request)
    }

    fn response(
        &self,
        template: &Written,
        content_type: &str,
        request: &Request,
        reply: &Reply,
    ) -> Result<Patch, Refusal> {
        let input = parameters::input(request, reply.body());
        let context = context::map(request, &self.context);
        overrides::carry_in(&context, request);
        let body = self.rendered(template, &input, &context, Refusal::failure)?;
        let patch = Patch::new()
            .body(body)
            .set_header("content-type", content_type);
        Ok(overrides::apply_response(patch, &context))
    }

    fn rendered(
        &self,
        written: &Written,
        input: &Input,
        context: &MapRef,
        failure: impl FnOnce(String) -> Refusal,
    ) -> Result<String, Refusal> {
        let variables = self.stage_variables.iter();
        let stage = variables.map(|(name, value)| (name.as_str(), Value::from(value.as_str())));
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
