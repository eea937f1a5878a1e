//! Cross-origin resource sharing, by the rules of Amazon API Gateway's HTTP APIs.

use wasmgate_sdk::prelude::*;

use crate::{config, rule::Check};

pub(crate) const ORIGIN: &str = "origin";
pub(crate) const METHOD: &str = "access-control-request-method";
const HEADERS: &str = "access-control-request-headers";
const ANY: &str = "*";

const ALLOW_ORIGIN: &str = "access-control-allow-origin";
const ALLOW_CREDENTIALS: &str = "access-control-allow-credentials";
const ALLOW_METHODS: &str = "access-control-allow-methods";
const ALLOW_HEADERS: &str = "access-control-allow-headers";
const EXPOSE_HEADERS: &str = "access-control-expose-headers";
const MAX_AGE: &str = "access-control-max-age";

/// What an upstream may not say, because the gateway does.
const OWN: [&str; 7] = [
    ALLOW_ORIGIN,
    ALLOW_CREDENTIALS,
    ALLOW_METHODS,
    ALLOW_HEADERS,
    EXPOSE_HEADERS,
    MAX_AGE,
    "access-control-allow-private-network",
];

/// What pages of other origins may do.
#[derive(Debug)]
pub(crate) struct Cors {
    origins: Vec<String>,
    methods: List,
    headers: List,
    /// As the answer has it; empty for none.
    expose: String,
    max_age: Option<i32>,
    credentials: bool,
}

/// Names that are allowed.
#[derive(Debug)]
struct List {
    any: bool,
    /// In order, header fields in lower case.
    names: Vec<String>,
    /// As the answer has them; empty for none.
    joined: String,
}

impl Cors {
    pub(crate) fn parse(written: config::Cors) -> Result<Self, Problem> {
        let mut check = Check::default();
        let origins = check.list("/cors/allow_origins", Some(written.allow_origins), origin);
        let origins = origins.unwrap_or_default();
        if written.allow_credentials && origins.iter().any(|origin| origin == ANY) {
            // As Amazon API Gateway says it.
            let message = "allow-credentials is not supported if 'allow-origin' is *";
            let problem = Problem::at("/cors/allow_credentials", message);
            check.found::<()>(Err(problem));
        }
        let max_age = written.max_age.map(|seconds| match seconds {
            -1..=86_400 => Ok(seconds),
            _ => {
                let message = format!("`{seconds}` is not one of -1 to 86400 seconds");
                Err(Problem::at("/cors/max_age", message))
            }
        });
        let mut names = |member: &str, names: Vec<String>| {
            let at = format!("/cors/{member}");
            let names = Some(names).filter(|names| !names.is_empty());
            check.list(&at, names, token).unwrap_or_default()
        };
        let methods = names("allow_methods", written.allow_methods);
        let headers = names("allow_headers", written.allow_headers);
        let expose = names("expose_headers", written.expose_headers);
        let max_age = max_age.and_then(|max_age| check.found(max_age));
        check.done()?;
        Ok(Cors {
            origins,
            methods: List::new(&methods, str::to_owned),
            headers: List::new(&headers, str::to_ascii_lowercase),
            expose: expose.join(","),
            max_age,
            credentials: written.allow_credentials,
        })
    }

    pub(crate) fn request_interest(&self, interest: Interest) -> Interest {
        interest.header(ORIGIN).header(METHOD).header(HEADERS)
    }

    pub(crate) fn reply_interest(&self) -> Interest {
        let interest = Interest::default().header(ORIGIN).header(METHOD);
        let own = OWN.iter().fold(interest, Interest::reply_header);
        own.reply_header("vary")
    }

    /// The answer to a preflight request: what is not allowed gets one without permissions.
    pub(crate) fn preflight(&self, request: &Request) -> Response {
        let response = self.varied(Response::new(204));
        let (Some(origin), Some(method)) = (request.header(ORIGIN), request.header(METHOD)) else {
            return response;
        };
        let mut fields = request.headers().filter(|(name, _)| *name == HEADERS);
        let asked = fields.next().map_or("", |(_, value)| value);
        let allowed = fields.next().is_none()
            && self.methods.has(method)
            && asked.split(',').map(str::trim).all(|name| {
                name.is_empty() || self.headers.any || self.headers.has(&name.to_ascii_lowercase())
            });
        let Some(origin) = self.allowed(origin).filter(|_| allowed) else {
            return response;
        };
        let max_age = self.max_age.map(|seconds| seconds.to_string());
        [
            (ALLOW_ORIGIN, origin),
            (ALLOW_METHODS, self.shown(&self.methods, method)),
            (ALLOW_HEADERS, self.shown(&self.headers, asked)),
            (MAX_AGE, max_age.as_deref().unwrap_or_default()),
            (EXPOSE_HEADERS, &self.expose),
            (ALLOW_CREDENTIALS, self.credentials()),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .fold(response, |response, (name, value)| {
            response.header(name, value)
        })
    }

    /// What a reply says of it, in place of what the upstream says.
    pub(crate) fn reply(&self, request: &Request, reply: &Reply) -> Patch {
        let theirs = OWN.into_iter().filter(|name| reply.header(name).is_some());
        let patch = theirs.fold(Patch::new(), Patch::remove_header);
        let patch = match self.varies() && !vary_names_origin(reply) {
            true => patch.append_header("vary", "Origin"),
            false => patch,
        };
        let Some(origin) = request.header(ORIGIN).and_then(|it| self.allowed(it)) else {
            return patch;
        };
        [
            (ALLOW_ORIGIN, origin),
            (EXPOSE_HEADERS, &self.expose),
            (ALLOW_CREDENTIALS, self.credentials()),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .fold(patch, |patch, (name, value)| patch.set_header(name, value))
    }

    /// The origin as an answer names it, where it is allowed.
    fn allowed<'a>(&self, origin: &'a str) -> Option<&'a str> {
        let matches = |pattern: &String| match pattern.strip_suffix(ANY) {
            Some(scheme) => origin.starts_with(scheme) && origin.len() > scheme.len(),
            None => pattern == origin,
        };
        match self.varies() {
            false => Some(ANY),
            true => self.origins.iter().any(matches).then_some(origin),
        }
    }

    /// Whether the answer depends on the origin.
    fn varies(&self) -> bool {
        !self.origins.iter().any(|origin| origin == ANY)
    }

    fn varied(&self, response: Response) -> Response {
        match self.varies() {
            true => response.header("vary", "Origin"),
            false => response,
        }
    }

    /// Names as an answer has them. Where cookies are sent, a browser takes `*` for a name: it is told what it asked.
    fn shown<'a>(&self, list: &'a List, asked: &'a str) -> &'a str {
        match list.any && self.credentials {
            true => asked,
            false => &list.joined,
        }
    }

    fn credentials(&self) -> &'static str {
        if self.credentials { "true" } else { "" }
    }
}

/// Whether a request asks for permission only.
pub(crate) fn is_preflight(request: &Request) -> bool {
    request.method() == "OPTIONS"
        && request.header(ORIGIN).is_some()
        && request.header(METHOD).is_some()
}

impl List {
    fn new(written: &[String], kept: impl Fn(&str) -> String) -> Self {
        let mut names: Vec<_> = written.iter().map(|name| kept(name)).collect();
        names.sort_unstable();
        List {
            any: written.iter().any(|name| name == ANY),
            names,
            joined: written.join(","),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.any
            || self
                .names
                .binary_search_by(|known| (**known).cmp(name))
                .is_ok()
    }
}

fn vary_names_origin(reply: &Reply) -> bool {
    reply
        .headers()
        .filter(|(name, _)| *name == "vary")
        .flat_map(|(_, value)| value.split(','))
        .any(|name| matches!(name.trim(), ANY) || name.trim().eq_ignore_ascii_case(ORIGIN))
}

fn origin(text: &str) -> Result<String, String> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let sound = match rest {
        Some(ANY) => true,
        Some(rest) => !rest.is_empty() && !rest.contains(['/', '*', ',', ' ', '?', '#', '@']),
        None => text == ANY || text == "null",
    };
    match sound {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "`{text}` is no origin: write `https://shop.example.com`, without a path, or `https://*`, `http://*`, `*`"
        )),
    }
}

/// A method or the name of a field, or `*`.
fn token(text: &str) -> Result<String, String> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    match !text.is_empty() && text.bytes().all(letter) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "`{text}` is no name: it has letters, digits and `-`"
        )),
    }
}
