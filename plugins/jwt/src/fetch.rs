//! Fetches an issuer's keys: from a URL, or from the one that OpenID discovery names.
//!
//! All entries of an API are configured at once, so each set is fetched once for all of them. What came is remembered
//! where the operator grants `kv`, so that one issuer that is down does not keep the others' new keys from us.

use std::{cell::RefCell, sync::Arc, time::Duration};

use wasmgate_sdk::{crypto::Algorithm, http, kv, log};

use crate::{
    json::{self, Json},
    keys::{self, From, Key},
};

/// Keys that were fetched.
#[derive(Clone, Debug)]
pub(crate) struct Fetched {
    pub(crate) keys: Arc<Vec<Key>>,
    /// Whether the issuer did not answer, and these are from before.
    pub(crate) remembered: bool,
}

/// Where keys are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    /// Below this issuer's `/.well-known/openid-configuration`.
    Discovered(&'a str),
    /// At this URL.
    Url(&'a str),
}

/// Bytes of an answer, as Amazon API Gateway has it.
const ANSWER: usize = 150_000;
const PATIENCE: Duration = Duration::from_secs(3);

type Known = (String, Result<Fetched, String>);

/// The keys of a place, fetched once for all entries.
pub(crate) fn keys(
    place: Place<'_>,
    plain_http: bool,
    allowed: Option<&[Algorithm]>,
) -> Result<Fetched, String> {
    thread_local!(static KNOWN: RefCell<Vec<Known>> = const { RefCell::new(Vec::new()) });
    let name = format!("{place:?} {plain_http} {allowed:?}");
    let known = KNOWN.with_borrow(|known| {
        let mut known = known.iter();
        known
            .find(|(known, _)| *known == name)
            .map(|(_, keys)| keys.clone())
    });
    // Tests configure more than once in a thread; a component never does.
    if let Some(known) = known.filter(|_| cfg!(target_family = "wasm")) {
        return known;
    }
    let fetched = fetch(place, plain_http, allowed);
    KNOWN.with_borrow_mut(|known| known.push((name, fetched.clone())));
    fetched
}

fn fetch(
    place: Place<'_>,
    plain_http: bool,
    allowed: Option<&[Algorithm]>,
) -> Result<Fetched, String> {
    let mut remembered = false;
    let url = match place {
        Place::Url(url) => url.to_owned(),
        Place::Discovered(issuer) => {
            let discovered = discover(issuer, plain_http)?;
            remembered = discovered.remembered;
            discovered.value
        }
    };
    let keys = get(&url, plain_http, |text| {
        keys::of_set(text, From::Issuer, allowed).map_err(|problem| problem.to_string())
    })?;
    Ok(Fetched {
        keys: Arc::new(keys.value),
        remembered: remembered || keys.remembered,
    })
}

/// Where an issuer's keys are (OpenID Connect Discovery 1.0, section 4).
fn discover(issuer: &str, plain_http: bool) -> Result<Got<String>, String> {
    if issuer.contains(['?', '#']) {
        return Err(format!(
            "`{issuer}`: an issuer's URL has no query and no fragment"
        ));
    }
    let issuer_only = issuer.trim_end_matches('/');
    let url = format!("{issuer_only}/.well-known/openid-configuration");
    get(&url, plain_http, |text| {
        let document = json::read(text.as_bytes());
        let member = |name| document.as_ref()?.object()?.get(name).and_then(Json::text);
        // Section 4.3: else one issuer could speak for another.
        if member("issuer") != Some(issuer) {
            return Err(format!(
                "the document's `issuer` is not `{issuer}`, exactly: write it as the document does"
            ));
        }
        let keys = member("jwks_uri").map(str::to_owned);
        keys.ok_or_else(|| "the document has no `jwks_uri`".to_owned())
    })
}

/// What was read of an answer.
struct Got<T> {
    value: T,
    remembered: bool,
}

/// What stands at a URL or, where that cannot be had or read, stood there when it last could.
fn get<T>(
    url: &str,
    plain_http: bool,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Got<T>, String> {
    check(url, plain_http)?;
    let now = ask(url).and_then(|text| read(&text).map(|value| (value, text)));
    match now {
        Ok((value, text)) => {
            // It may be too long, or `kv` not granted: then there will be nothing to fall back to.
            _ = kv::set(url, text.as_bytes(), None);
            Ok(Got {
                value,
                remembered: false,
            })
        }
        Err(reason) => {
            let before = kv::get(url).ok().flatten().map(String::from_utf8);
            let value = before
                .and_then(Result::ok)
                .and_then(|text| read(&text).ok());
            let value = value.ok_or_else(|| format!("{url}: {reason}"))?;
            log::warn!("{url}: {reason}; what came before still holds");
            Ok(Got {
                value,
                remembered: true,
            })
        }
    }
}

fn ask(url: &str) -> Result<String, String> {
    let request = http::get(url)
        .header("accept", "application/json")
        .timeout(PATIENCE);
    let answer = request.send().map_err(|error| match error.code() {
        "denied" => format!("{error}: grant it by `plugins.settings.jwt.grant.http`"),
        _ => error.to_string(),
    })?;
    if answer.status() != 200 {
        return Err(format!("the answer's status is {}", answer.status()));
    }
    if answer.body().len() > ANSWER {
        return Err(format!("the answer is longer than {ANSWER} bytes"));
    }
    String::from_utf8(answer.body().to_vec()).map_err(|_| "the answer is not UTF-8".to_owned())
}

/// Keys decide who comes in: nobody on the way may change them.
fn check(url: &str, plain_http: bool) -> Result<(), String> {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() || authority.contains('@') {
        return Err(format!("`{url}`: not the URL of a server"));
    }
    match scheme {
        "https" => Ok(()),
        "http" if plain_http || is_loopback(authority) => Ok(()),
        "http" => Err(format!(
            "`{url}`: plain http, by which others could give us their keys: use https, or set `plain_http`"
        )),
        _ => Err(format!("`{url}`: use https")),
    }
}

fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let address = host.parse::<std::net::Ipv4Addr>();
    host == "localhost" || host == "[::1]" || address.is_ok_and(|address| address.is_loopback())
}
