//! Who signs tokens, and with which keys.

use wasmgate_sdk::{Problem, crypto::Algorithm};

use crate::{
    config::{self, Jwks},
    fetch::{self, Fetched, Place},
    keys::{self, From, Key, within},
};

/// An issuer and its keys.
#[derive(Debug)]
pub(crate) struct Issuer {
    /// What `iss` has to be; none for anything.
    name: Option<String>,
    /// Of whom a token has to name one; none for anybody.
    audience: Option<Vec<String>>,
    written: Vec<Key>,
    fetched: Option<Fetched>,
}

impl Issuer {
    pub(crate) fn new(config: config::Issuer) -> Result<Issuer, Problem> {
        let audience = audience(config.audience.into_list())?;
        let allowed = algorithms(config.algorithms.as_deref())?;
        let allowed = allowed.as_deref();
        let mut written = keys_of(&config.keys)?;
        let fetch = |place| {
            fetch::keys(place, config.plain_http, allowed)
                .map(Some)
                .map_err(|reason| match place {
                    Place::Url(_) => Problem::at("/jwks", reason),
                    Place::Discovered(_) => Problem::at("/issuer", reason),
                })
        };
        let fetched = match (&config.jwks, &config.issuer) {
            (Some(Jwks::Url(url)), _) => fetch(Place::Url(url))?,
            (Some(jwks), _) => {
                let set = written_set(jwks, allowed);
                written.extend(set.map_err(|problem| within("/jwks", &problem))?);
                None
            }
            (None, _) if !written.is_empty() => None,
            (None, Some(issuer)) => fetch(Place::Discovered(issuer))?,
            (None, None) => {
                return Err(Problem::new("no keys: write `issuer`, `jwks` or `keys`"));
            }
        };
        if fetched.is_some() && config.issuer.is_none() {
            return Err(Problem::new(
                "`issuer` is missing: keys that are fetched serve one issuer",
            ));
        }
        check_nameless(&written)?;
        Ok(Issuer {
            name: config.issuer,
            audience,
            written,
            fetched,
        })
    }

    /// Whether it may have signed a token with this `iss`.
    pub(crate) fn is(&self, iss: Option<&str>) -> bool {
        self.name.is_none() || self.name.as_deref() == iss
    }

    /// Whether settings are of this issuer too.
    pub(crate) fn has_name(&self, config: &config::Issuer) -> bool {
        self.name.is_some() && self.name == config.issuer
    }

    pub(crate) fn audience(&self) -> Option<&[String]> {
        self.audience.as_deref()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        let fetched = self.fetched.iter().flat_map(|fetched| fetched.keys.iter());
        self.written.iter().chain(fetched)
    }

    /// Whether fetching might bring keys that we do not know yet.
    pub(crate) fn is_fetched(&self) -> bool {
        self.fetched.is_some()
    }

    /// Whether it did not answer when its keys were last fetched.
    pub(crate) fn is_down(&self) -> bool {
        self.fetched
            .as_ref()
            .is_some_and(|fetched| fetched.remembered)
    }
}

/// Signatures that are tried for one token.
pub(crate) const CANDIDATES: usize = 4;

fn audience(list: Vec<String>) -> Result<Option<Vec<String>>, Problem> {
    match list.iter().any(|audience| audience == "*") {
        true => Ok(None),
        false if list.is_empty() => Err(Problem::at(
            "/audience",
            "no audience: write those that tokens for this API name, or `*` for any",
        )),
        false => Ok(Some(list)),
    }
}

fn algorithms(names: Option<&[String]>) -> Result<Option<Vec<Algorithm>>, Problem> {
    let Some(names) = names else { return Ok(None) };
    let known = names.iter().enumerate().map(|(n, name)| {
        keys::algorithm(name).map_err(|problem| within(&format!("/algorithms/{n}"), &problem))
    });
    known.collect::<Result<_, _>>().map(Some)
}

fn keys_of(list: &[config::Key]) -> Result<Vec<Key>, Problem> {
    let mut keys = Vec::new();
    let mut problems = Vec::new();
    for (n, key) in list.iter().enumerate() {
        match keys::of_config(key) {
            Ok(key) => keys.push(key),
            Err(problem) => problems.push(within(&format!("/keys/{n}"), &problem)),
        }
    }
    Problem::all(problems)?;
    Ok(keys)
}

fn written_set(jwks: &Jwks, allowed: Option<&[Algorithm]>) -> Result<Vec<Key>, Problem> {
    let text = match jwks {
        Jwks::Url(_) => unreachable!("fetched instead"),
        Jwks::File(file) => file.text()?,
        Jwks::Set(set) => serde_json::json!({ "keys": set.keys }).to_string(),
    };
    keys::of_set(&text, From::Operator, allowed)
}

/// Each key without a name would be tried for each token.
fn check_nameless(keys: &[Key]) -> Result<(), Problem> {
    let nameless = |algorithm| {
        let alike = |key: &&Key| key.kid.is_none() && key.algorithm == algorithm;
        keys.iter().filter(alike).count()
    };
    match keys.iter().any(|key| nameless(key.algorithm) > CANDIDATES) {
        true => Err(Problem::new(format!(
            "more than {CANDIDATES} keys of one algorithm without a `kid`: name them as tokens do"
        ))),
        false => Ok(()),
    }
}
