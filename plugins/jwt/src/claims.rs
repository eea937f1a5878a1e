//! What a token has to say, once its signature is known to be good.

use wasmgate_sdk::{Grant, Problem, Refusal, clock};

use crate::{
    config::{Both, Config, Scalar, Scopes},
    json::{Json, Object, Value},
    refused,
};

/// What a place wants of tokens, whoever signed them.
pub(crate) struct Rules {
    scopes: Both,
    /// The scopes as a challenge names them.
    needed: String,
    require: Vec<String>,
    matches: Vec<(String, Vec<Scalar>)>,
    types: Option<Vec<String>>,
    expose: Option<Vec<String>>,
    leeway: i64,
}

/// Bytes of a subject, of which OpenID Connect allows 255.
const SUBJECT: usize = 1 << 10;
/// Seconds that clocks may differ.
const LEEWAY: u32 = 600;

impl Rules {
    /// Takes what is meant for it from the settings.
    pub(crate) fn new(config: &mut Config) -> Result<Rules, Problem> {
        let scopes = match std::mem::take(&mut config.scopes) {
            Scopes::Any(any) => Both {
                any,
                all: Vec::new(),
            },
            Scopes::Both(both) => both,
        };
        let needed: Vec<&str> = scopes
            .any
            .iter()
            .chain(&scopes.all)
            .map(String::as_str)
            .collect();
        if needed.iter().any(|scope| !is_scope(scope)) {
            return Err(Problem::at(
                "/scopes",
                "a scope is a text of visible ASCII characters, without spaces, quotes and backslashes",
            ));
        }
        if config.leeway > LEEWAY {
            return Err(Problem::at(
                "/leeway",
                format!(
                    "at most {LEEWAY} seconds: a larger one would let in tokens that ended long ago"
                ),
            ));
        }
        let matches = std::mem::take(&mut config.matches).into_iter();
        let types = config.types.take();
        Ok(Rules {
            needed: needed.join(" "),
            scopes,
            require: std::mem::take(&mut config.require),
            matches: matches
                .map(|(name, values)| (name, values.into_list()))
                .collect(),
            types: types.map(|types| types.iter().map(|typ| typ.to_ascii_lowercase()).collect()),
            expose: config.expose.take(),
            leeway: config.leeway.into(),
        })
    }

    /// Whether tokens of this type are meant for us: one that was made for something else, such as a logout, must not
    /// pass for an access token (RFC 8725, section 3.11).
    pub(crate) fn check_type(&self, typ: Option<&str>) -> Result<(), Refusal> {
        let taken = match (&self.types, typ) {
            (Some(types), Some(typ)) => types.iter().any(|taken| taken == typ),
            (Some(_), None) => false,
            (None, typ) => matches!(typ, None | Some("jwt" | "at+jwt")),
        };
        taken
            .then_some(())
            .ok_or_else(|| refused::invalid("the token is of another type"))
    }

    /// Holds a token's claims against the rules; `audience` is its issuer's, none for any.
    pub(crate) fn check(
        &self,
        claims: &Json<'_>,
        audience: Option<&[String]>,
    ) -> Result<Grant, Refusal> {
        let members = claims
            .object()
            .ok_or_else(|| refused::invalid("the token's claims are no JSON object"))?;
        self.check_times(members)?;
        if audience.is_some_and(|wanted| !is_for(members, wanted)) {
            return Err(refused::invalid("the token does not have a valid audience"));
        }
        if self.require.iter().any(|name| find(claims, name).is_none()) {
            return Err(refused::invalid("the token lacks a claim that is needed"));
        }
        let subject = subject(members)?;
        let scopes = scopes(members);
        self.check_scopes(&scopes)?;
        self.check_values(claims)?;
        Ok(self.grant(subject, &scopes, members))
    }

    fn check_times(&self, claims: &Object<'_>) -> Result<(), Refusal> {
        let now = i64::try_from(clock::now().as_secs()).unwrap_or(i64::MAX);
        let bad = || refused::invalid("a time in the token is no number of seconds");
        let time = |name| match claims.get(name) {
            None => Ok(None),
            Some(json) => json.seconds().map(Some).ok_or_else(bad),
        };
        let ends = time("exp")?.ok_or_else(|| refused::invalid("the token never expires"))?;
        if ends <= now - self.leeway {
            return Err(refused::invalid("the token has expired"));
        }
        let latest = now + self.leeway;
        if time("nbf")?.is_some_and(|begins| begins > latest) {
            return Err(refused::invalid("the token is not valid yet"));
        }
        if time("iat")?.is_some_and(|issued| issued > latest) {
            return Err(refused::invalid("the token was issued in the future"));
        }
        Ok(())
    }

    fn check_values(&self, claims: &Json<'_>) -> Result<(), Refusal> {
        for (name, values) in &self.matches {
            let claim = find(claims, name);
            if !claim.is_some_and(|claim| has_one(claim, values)) {
                let reason = [
                    "the claim `",
                    name,
                    "` does not have a value that is wanted",
                ];
                return Err(refused::forbidden(reason.concat()));
            }
        }
        Ok(())
    }

    fn check_scopes(&self, scopes: &[&str]) -> Result<(), Refusal> {
        let Both { any, all } = &self.scopes;
        let has = |scope: &String| scopes.contains(&scope.as_str());
        if (any.is_empty() || any.iter().any(has)) && all.iter().all(has) {
            return Ok(());
        }
        Err(refused::insufficient(&self.needed))
    }

    fn grant(&self, subject: &str, scopes: &[&str], claims: &Object<'_>) -> Grant {
        let mut grant = Grant::to(subject);
        let exposed = |name: &str| {
            let expose = self.expose.as_ref();
            expose.is_none_or(|names| names.iter().any(|exposed| exposed == name))
        };
        let shown = claims
            .members()
            .filter(|(name, json)| json.value != Value::Null && exposed(name));
        for (name, json) in shown {
            grant = grant.context(["claims.", name].concat(), json.shown());
        }
        if !scopes.is_empty() {
            grant = grant.context("scopes", scopes.join(" "));
        }
        grant
    }
}

/// Whether the token names one of these audiences; `client_id` counts only where there is no `aud`, as Amazon API Gateway
/// has it.
fn is_for(claims: &Object<'_>, wanted: &[String]) -> bool {
    let is_wanted = |json: &Json<'_>| {
        json.text()
            .is_some_and(|aud| wanted.iter().any(|wanted| wanted == aud))
    };
    match claims.get("aud") {
        Some(aud) => match aud.list() {
            Some(list) => list.iter().any(is_wanted),
            None => is_wanted(aud),
        },
        None => claims.get("client_id").is_some_and(is_wanted),
    }
}

fn subject<'a>(claims: &'a Object<'_>) -> Result<&'a str, Refusal> {
    let subject = match claims.get("sub") {
        None => Some(""),
        Some(json) => json.text().filter(|subject| subject.len() <= SUBJECT),
    };
    subject.ok_or_else(|| refused::invalid("the token's subject is no text, or too long"))
}

/// The scopes of `scope` and `scp`, each a list or a text with spaces between them.
fn scopes<'a>(claims: &'a Object<'_>) -> Vec<&'a str> {
    let claims = ["scope", "scp"]
        .into_iter()
        .filter_map(|name| claims.get(name));
    claims
        .flat_map(|json| {
            std::slice::from_ref(json)
                .iter()
                .chain(json.list().into_iter().flatten())
        })
        .filter_map(Json::text)
        .flat_map(|text| text.split(' ').filter(|scope| !scope.is_empty()))
        .collect()
}

/// A claim by its name or, where that begins with `/`, by a JSON Pointer.
fn find<'a, 'b>(claims: &'a Json<'b>, name: &str) -> Option<&'a Json<'b>> {
    let found = match name.starts_with('/') {
        true => claims.at(name),
        false => claims.object()?.get(name),
    };
    found.filter(|json| json.value != Value::Null)
}

/// Whether a claim has one of these values, or holds it as a list.
fn has_one(claim: &Json<'_>, values: &[Scalar]) -> bool {
    let items = claim.list().into_iter().flatten();
    std::iter::once(claim)
        .chain(items)
        .any(|json| values.iter().any(|value| is(json, value)))
}

fn is(json: &Json<'_>, value: &Scalar) -> bool {
    match (&json.value, value) {
        (Value::Text(text), Scalar::Text(wanted)) => text == wanted,
        (Value::Bool(bool), Scalar::Bool(wanted)) => bool == wanted,
        (Value::Number(number), Scalar::Number(wanted)) => number.parse() == Ok(*wanted),
        _ => false,
    }
}

/// A `scope-token` of RFC 6749, section 3.3, which may stand in a challenge as it is.
fn is_scope(scope: &str) -> bool {
    !scope.is_empty()
        && scope
            .bytes()
            .all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}
