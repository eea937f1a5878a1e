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
    let (url, remembered) = match place {
        Place::Url(url) => (url.to_owned(), false),
        Place::Discovered(issuer) => discover(issuer, plain_http)?,
    };
    let set = get(&url, plain_http)?;
    let keys = keys::of_set(&set.text, From::Issuer, allowed);
    Ok(Fetched {
        keys: Arc::new(keys.map_err(|problem| format!("{url}: {problem}"))?),
        remembered: remembered || set.remembered,
    })
}

/// Where an issuer's keys are (OpenID Connect Discovery 1.0, section 4).
fn discover(issuer: &str, plain_http: bool) -> Result<(String, bool), String> {
    let url = format!(
        "{}/.well-known/openid-configuration",
        issuer.trim_end_matches('/')
    );
    let answer = get(&url, plain_http)?;
    let document = json::read(answer.text.as_bytes());
    let member = |name| document.as_ref()?.object()?.get(name).and_then(Json::text);
    // Section 4.3: else one issuer could speak for another.
    if member("issuer") != Some(issuer) {
        return Err(format!(
            "{url}: the document's `issuer` is not `{issuer}`, exactly: write it as the document does"
        ));
    }
    let keys =
        member("jwks_uri").ok_or_else(|| format!("{url}: the document has no `jwks_uri`"))?;
    Ok((keys.to_owned(), answer.remembered))
}

struct Answer {
    text: String,
    remembered: bool,
}

/// What stands at a URL, or stood there when somebody last answered.
fn get(url: &str, plain_http: bool) -> Result<Answer, String> {
    check(url, plain_http)?;
    match ask(url) {
        Ok(text) => {
            // It may be too long, or `kv` not granted: then there is nothing to fall back to.
            _ = kv::set(url, text.as_bytes(), None);
            Ok(Answer {
                text,
                remembered: false,
            })
        }
        Err(reason) => {
            let before = kv::get(url).ok().flatten().map(String::from_utf8);
            let Some(Ok(text)) = before else {
                return Err(format!("{url}: {reason}"));
            };
            log::warn!("{url}: {reason}; its keys stay as they were");
            Ok(Answer {
                text,
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
