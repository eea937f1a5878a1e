//! Tells what each of its hooks sees, as JSON.

use std::borrow::Cow;

use wasmgate_sdk::prelude::*;

/// What to look at; the names of [`Interest`].
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Probe {
    headers: Vec<String>,
    query: Vec<String>,
    path: Vec<String>,
    context: Vec<String>,
    body: bool,
    reply_headers: Vec<String>,
    reply_body: bool,
}

impl Settings for Probe {}

impl Probe {
    fn interest(&self) -> Interest {
        let mut interest = self
            .headers
            .iter()
            .fold(Interest::default(), Interest::header);
        interest = self.query.iter().fold(interest, Interest::query);
        interest = self.path.iter().fold(interest, Interest::path);
        interest = self.context.iter().fold(interest, Interest::context);
        interest = self
            .reply_headers
            .iter()
            .fold(interest, Interest::reply_header);
        interest = if self.body { interest.body() } else { interest };
        if self.reply_body {
            interest.reply_body()
        } else {
            interest
        }
    }
}

#[derive(Serialize)]
struct Seen<'a> {
    hook: &'a str,
    method: &'a str,
    path: &'a str,
    query: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    query_parameters: Vec<(&'a str, &'a str)>,
    path_parameters: Vec<(&'a str, &'a str)>,
    context: Vec<(&'a str, &'a str)>,
    body: Option<Cow<'a, str>>,
    reply: Option<SeenReply<'a>>,
}

#[derive(Serialize)]
struct SeenReply<'a> {
    status: u16,
    headers: Vec<(&'a str, &'a str)>,
    body: Option<Cow<'a, str>>,
    latency: Option<&'a str>,
}

impl Probe {
    fn seen(&self, hook: &str, request: &Request, reply: Option<&Reply>) -> String {
        let context = self
            .context
            .iter()
            .filter_map(|name| Some((name.as_str(), request.context(name)?)));
        let seen = Seen {
            hook,
            method: request.method(),
            path: request.path(),
            query: request.query(),
            headers: request.headers().collect(),
            query_parameters: request.query_parameters().collect(),
            path_parameters: request.path_parameters().collect(),
            context: context.collect(),
            body: request.body().map(String::from_utf8_lossy),
            reply: reply.map(|reply| SeenReply {
                status: reply.status(),
                headers: reply.headers().collect(),
                body: reply.body().map(String::from_utf8_lossy),
                latency: reply.extra("latency-us"),
            }),
        };
        Response::json(&seen).map_or_else(
            |e| e.to_string(),
            |json| String::from_utf8_lossy(&json.body).into_owned(),
        )
    }
}

impl Authorizer for Probe {
    fn interest(&self) -> Interest {
        self.interest()
    }

    fn authorize(&self, request: &Request) -> Result<Grant, Refusal> {
        Ok(Grant::to("probe").context("seen", self.seen("authorizer", request, None)))
    }
}

impl RequestFilter for Probe {
    fn interest(&self) -> Interest {
        self.interest().sets("x-seen-request-filter")
    }

    fn filter_request(&self, request: &Request) -> Result<Patch, Refusal> {
        Ok(Patch::new().set_header(
            "x-seen-request-filter",
            self.seen("request-filter", request, None),
        ))
    }
}

impl ResponseFilter for Probe {
    fn interest(&self) -> Interest {
        self.interest()
    }

    fn filter_response(&self, request: &Request, reply: &Reply) -> Result<Patch, Refusal> {
        Ok(Patch::new().set_header(
            "x-seen-response-filter",
            self.seen("response-filter", request, Some(reply)),
        ))
    }
}

impl Validator for Probe {
    fn interest(&self) -> Interest {
        self.interest()
    }

    fn validate(&self, request: &Request) -> Result<(), Refusal> {
        log::info!("{}", self.seen("validator", request, None));
        Ok(())
    }
}

impl Mapper for Probe {
    fn interest(&self) -> Interest {
        self.interest()
    }

    fn map_request(&self, request: &Request) -> Result<Patch, Refusal> {
        Ok(Patch::new().set_header(
            "x-seen-map-request",
            self.seen("map-request", request, None),
        ))
    }

    fn map_response(&self, request: &Request, reply: &Reply) -> Result<Patch, Refusal> {
        Ok(Patch::new().set_header(
            "x-seen-map-response",
            self.seen("map-response", request, Some(reply)),
        ))
    }
}

impl Function for Probe {
    fn interest(&self) -> Interest {
        self.interest()
    }

    fn handle(&self, request: &Request) -> Result<Response, Refusal> {
        Ok(Response::text(self.seen("function", request, None)))
    }
}

impl Observer for Probe {
    fn interest(&self) -> Interest {
        self.interest()
    }

    fn observe(&self, request: &Request, reply: &Reply) {
        log::info!("{}", self.seen("observer", request, Some(reply)));
    }
}

wasmgate_sdk::export!(Probe: authorizer, request_filter, response_filter, validator, mapper, function, observer);
