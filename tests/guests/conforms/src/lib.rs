//! Does what a request's fields `do` say, in every hook: `tests/cases/conformance` holds the contract to it.

use std::{fmt::Write, hint::black_box, time::Duration};

use serde_json::Value;
use wasmgate_sdk::{
    assets::Asset,
    crypto::{Algorithm, SigningKey, VerifyingKey},
    metrics::{Counter, Gauge, Histogram},
    prelude::*,
    table::{Builder, Table},
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    #[schemars(with = "Value")]
    kept: Asset,
    mistake: Option<String>,
}

struct Conforms {
    table: Table,
    signer: SigningKey,
    verifier: VerifyingKey,
    count: Counter,
    level: Gauge,
    measure: Histogram,
}

const KEY: &[u8] = b"key-of-at-least-32-bytes-for-HS256";

impl Plugin for Conforms {
    type Config = Config;

    const NEEDS: &'static [Capability] = &[Capability::Http, Capability::Kv, Capability::Secrets];

    fn configure(config: Config) -> Result<Self, Problem> {
        if let Some(mistake) = config.mistake {
            return Err(Problem::at("/mistake", mistake));
        }
        let mut table = Builder::new()?;
        table.insert("kept", config.kept.read()?)?;
        let algorithm = Algorithm::named("HS256").ok_or_else(|| Problem::new("no HS256"))?;
        Ok(Conforms {
            table: table.finish()?,
            signer: SigningKey::secret(algorithm, KEY)?,
            verifier: VerifyingKey::secret(algorithm, KEY)?,
            count: Counter::new("count", "What was counted.")?,
            level: Gauge::new("level", "How much there is.")?,
            measure: Histogram::new("measure", "What was measured.", &[1.0, 10.0])?,
        })
    }
}

/// What came of all that was to be done.
#[derive(Default)]
struct Done {
    lines: Vec<String>,
    refused: Option<(String, String)>,
    details: Option<String>,
    headers: Vec<(String, String)>,
    context: Vec<(String, String)>,
    grant: Grant,
    patch: Patch,
    status: Option<u16>,
    body: Option<Vec<u8>>,
}

/// Codes of changes, and whether they take a name.
const CHANGES: [(&str, bool); 11] = [
    ("set-header", true),
    ("append-header", true),
    ("remove-header", true),
    ("set-context", true),
    ("set-query", true),
    ("append-query", true),
    ("remove-query", true),
    ("set-path", false),
    ("set-method", false),
    ("upstream", false),
    ("set-status", false),
];

/// What a hook looks at.
struct Seen<'a> {
    request: &'a Request,
    reply: Option<&'a Reply>,
}

impl Conforms {
    fn interest() -> Interest {
        Interest::default()
            .header("*")
            .query("*")
            .path("*")
            .context("sourceIp")
            .context("authorizer.tenant")
            .body()
            .reply_header("*")
            .reply_body()
    }

    fn perform(&self, request: &Request, reply: Option<&Reply>) -> Result<Done, Refusal> {
        let mut done = Done::default();
        let seen = Seen { request, reply };
        for (_, line) in request.headers().filter(|(name, _)| *name == "do") {
            self.step(line, &seen, &mut done);
        }
        match done.refused.take() {
            Some(refused) => Err(done.refusal(refused)),
            None => Ok(done),
        }
    }

    fn step(&self, line: &str, seen: &Seen<'_>, done: &mut Done) {
        let (verb, rest) = cut(line);
        let (a, b) = cut(rest);
        match verb {
            "repeat" => (0..number(a)).for_each(|_| self.step(b, seen, done)),
            "trap" => panic!("as asked"),
            "spin" => loop {
                black_box(line);
            },
            "eat" => eat(),
            "recurse" => _ = recurse(0),
            "big" => done.body = Some(vec![b'x'; number(a)]),
            "see" => done
                .lines
                .push(see(a, b, seen).unwrap_or_else(|| "-".to_owned())),
            "refuse" => done.refused = Some((a.to_owned(), b.to_owned())),
            "details" => done.details = Some(rest.to_owned()),
            "header" => done.headers.push((a.to_owned(), b.to_owned())),
            "context" => done.context.push((a.to_owned(), b.to_owned())),
            "principal" => done.grant.principal = rest.to_owned(),
            "status" => done.status = a.parse().ok(),
            "body" => done.body = Some(rest.into()),
            "line-end" => done.change("set-header", "x-a", "a\r\nb"),
            "usage-key" => done.grant.usage_key = rest.to_owned(),
            "policy" => done.grant.policy = rest.to_owned(),
            "ttl" => done.grant.ttl = Duration::from_secs(number(a) as u64),
            "log" => log::info!("{b}"),
            "count" => self.count.add(amount(a)),
            "level" => self.level.set(amount(a)),
            "measure" => self.measure.record(amount(a)),
            _ => match CHANGES.iter().find(|(code, _)| *code == verb) {
                Some((code, true)) => done.change(code, a, b),
                Some((code, false)) => done.change(code, "", rest),
                None => done.lines.push(self.ask(verb, rest)),
            },
        }
    }

    /// What an import gives, as a line.
    fn ask(&self, verb: &str, rest: &str) -> String {
        let (a, b) = cut(rest);
        let line = match verb {
            "now" => Ok(named(
                "now",
                clock::now() > Duration::from_secs(1_600_000_000),
            )),
            "random" => Ok(named("random", random::number() != random::number())),
            "ask" => Ok(context::get(a).unwrap_or_else(|| "-".to_owned())),
            "secret" => secrets::get(a),
            "digest" => crypto::digest(a, b).map(|bytes| hex(&bytes)),
            "equal" => Ok(crypto::equal(a, b).to_string()),
            "sign" => self.signer.sign(a.as_bytes()).map(|bytes| hex(&bytes)),
            "verify" => self.signer.sign(a.as_bytes()).and_then(|signature| {
                let right = self.verifier.verify(a.as_bytes(), &signature)?;
                Ok((right && !self.verifier.verify(b"other", &signature)?).to_string())
            }),
            "kv-get" => kv::get(a).map(|value| value.map_or("-".to_owned(), text)),
            "kv-set" => kv::set(a, b, None).map(|()| "ok".to_owned()),
            "kv-delete" => kv::delete(a).map(|()| "ok".to_owned()),
            "kv-swap" => {
                let (expected, value) = cut(b);
                let expected = (expected != "-").then_some(expected.as_bytes());
                kv::compare_and_swap(a, expected, value, None).map(|swapped| swapped.to_string())
            }
            "kv-increment" => {
                kv::increment(a, b.parse().unwrap_or(0), None).map(|sum| sum.to_string())
            }
            "lookup" => Ok(self.table.lookup(a).map_or("-".to_owned(), text)),
            "fetch" => http::get(a).send().map(|answer| {
                format!(
                    "{} {}",
                    answer.status(),
                    String::from_utf8_lossy(answer.body())
                )
            }),
            _ => Ok(format!("there is no `{verb}`")),
        };
        line.unwrap_or_else(|error| format!("! {}", error.code()))
    }
}

impl Done {
    fn change(&mut self, code: &'static str, name: &str, value: &str) {
        self.patch = std::mem::take(&mut self.patch).change(code, name, value);
    }

    fn refusal(self, (code, message): (String, String)) -> Refusal {
        let refusal = match &*code {
            "unauthorized" => Refusal::unauthorized(),
            "forbidden" => Refusal::forbidden(),
            "invalid" => Refusal::invalid(""),
            "too-large" => Refusal::too_large(),
            "too-many" => Refusal::too_many(),
            "stale" => Refusal::stale(),
            _ => Refusal::failure(""),
        };
        let refusal = self
            .headers
            .into_iter()
            .fold(refusal.message(message), |r, (n, v)| r.header(n, v));
        let refusal = self
            .context
            .into_iter()
            .fold(refusal, |r, (n, v)| r.context(n, v));
        let details = self
            .details
            .and_then(|json| serde_json::from_str::<Value>(&json).ok());
        match details {
            Some(details) => refusal.details(&details),
            None => refusal,
        }
    }

    fn grant(self) -> Grant {
        let grant = self
            .context
            .into_iter()
            .fold(self.grant, |g, (n, v)| g.context(n, v));
        match self.lines.is_empty() {
            true => grant,
            false => grant.context("seen", self.lines.join(",")),
        }
    }

    fn patch(mut self) -> Patch {
        if self.status.is_some() {
            return Patch::respond(self.response());
        }
        if !self.lines.is_empty() {
            let lines = self.lines.join(",");
            self.change("set-context", "seen", &lines);
        }
        match self.body {
            Some(body) => self.patch.body(body),
            None => self.patch,
        }
    }

    fn response(self) -> Response {
        let response = Response::new(self.status.unwrap_or(200));
        let response = self
            .headers
            .into_iter()
            .fold(response, |r, (n, v)| r.header(n, v));
        response.body(
            self.body
                .unwrap_or_else(|| self.lines.join("\n").into_bytes()),
        )
    }
}

fn see(what: &str, name: &str, seen: &Seen<'_>) -> Option<String> {
    let Seen { request, reply } = seen;
    match what {
        "method" => Some(request.method().to_owned()),
        "path" => Some(request.path().to_owned()),
        "query" => Some(request.query().to_owned()),
        "header" => request.header(name).map(str::to_owned),
        "query-parameter" => request.query_parameter(name).map(str::to_owned),
        "path-parameter" => request.path_parameter(name).map(str::to_owned),
        "context" => request.context(name).map(str::to_owned),
        "body" => request.body().map(|body| text(body.to_owned())),
        "reply-status" => reply.map(|reply| reply.status().to_string()),
        "reply-header" => reply
            .and_then(|reply| reply.header(name))
            .map(str::to_owned),
        "reply-body" => reply
            .and_then(|reply| reply.body())
            .map(|body| text(body.to_owned())),
        _ => None,
    }
}

/// The first word, and what stands behind its blank.
fn cut(line: &str) -> (&str, &str) {
    line.split_once(' ').unwrap_or((line, ""))
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or(0)
}

fn amount(text: &str) -> f64 {
    text.parse().unwrap_or(0.0)
}

fn named(name: &str, right: bool) -> String {
    if right { name } else { "wrong" }.to_owned()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        _ = write!(digits, "{byte:02x}");
        digits
    })
}

fn eat() {
    let mut eaten = Vec::new();
    loop {
        eaten.push(black_box(vec![1_u8; 1 << 20]));
    }
}

#[expect(unconditional_recursion, reason = "that is what it is for")]
fn recurse(depth: u64) -> u64 {
    black_box(recurse(black_box(depth + 1)) + 1)
}

impl Authorizer for Conforms {
    fn interest(&self) -> Interest {
        Conforms::interest()
    }

    fn authorize(&self, request: &Request) -> Result<Grant, Refusal> {
        Ok(self.perform(request, None)?.grant())
    }
}

impl RequestFilter for Conforms {
    fn interest(&self) -> Interest {
        Conforms::interest()
    }

    fn filter_request(&self, request: &Request) -> Result<Patch, Refusal> {
        Ok(self.perform(request, None)?.patch())
    }
}

impl ResponseFilter for Conforms {
    fn interest(&self) -> Interest {
        Conforms::interest()
    }

    fn filter_response(&self, request: &Request, reply: &Reply) -> Result<Patch, Refusal> {
        Ok(self.perform(request, Some(reply))?.patch())
    }
}

impl Validator for Conforms {
    fn interest(&self) -> Interest {
        Conforms::interest()
    }

    fn validate(&self, request: &Request) -> Result<(), Refusal> {
        self.perform(request, None).map(|_| ())
    }
}

impl Mapper for Conforms {
    fn interest(&self) -> Interest {
        Conforms::interest()
    }

    fn map_request(&self, request: &Request) -> Result<Patch, Refusal> {
        Ok(self.perform(request, None)?.patch())
    }

    fn map_response(&self, request: &Request, reply: &Reply) -> Result<Patch, Refusal> {
        Ok(self.perform(request, Some(reply))?.patch())
    }
}

impl Function for Conforms {
    fn interest(&self) -> Interest {
        Conforms::interest()
    }

    fn handle(&self, request: &Request) -> Result<Response, Refusal> {
        Ok(self.perform(request, None)?.response())
    }
}

impl Observer for Conforms {
    fn interest(&self) -> Interest {
        Conforms::interest()
    }

    fn observe(&self, request: &Request, reply: &Reply) {
        // An observer has nobody to refuse.
        _ = self.perform(request, Some(reply));
    }
}

wasmgate_sdk::export!(Conforms: authorizer, request_filter, response_filter, validator, mapper, function, observer);
