//! Lets callers in who show a valid JSON Web Token.
//!
//! The way of a token: found in the request (`place`), taken apart (`jws`), its issuer and keys chosen, its signature
//! checked by the host, its claims held against the rules (`claims`). Keys are made in `configure`, each for one
//! algorithm.

use std::time::Duration;

use wasmgate_sdk::prelude::*;

mod claims;
mod config;
mod fetch;
mod issuer;
mod json;
mod jws;
mod keys;
mod place;
mod refused;

use claims::Rules;
use config::Config;
use issuer::{CANDIDATES, Issuer};
use jws::Jws;
use keys::Key;
use place::Place;

/// Whose tokens a place takes, and what they have to say.
struct Jwt {
    place: Place,
    issuers: Vec<Issuer>,
    rules: Rules,
    refresh: u32,
}

impl Plugin for Jwt {
    type Config = Config;

    fn configure(mut config: Config) -> Result<Self, Problem> {
        let rules = Rules::new(&mut config)?;
        let place = Place::new(config.header, config.query, config.cookie);
        if config.issuers.is_empty() {
            return Err(Problem::at(
                "/issuers",
                "no issuers: nobody could call; add one, or remove this authorizer",
            ));
        }
        if config.refresh == 0 {
            return Err(Problem::at("/refresh", "at least a second"));
        }
        Ok(Jwt {
            place,
            issuers: issuers(config.issuers)?,
            rules,
            refresh: config.refresh,
        })
    }

    fn refresh(&self) -> Option<Duration> {
        let fetches = self.issuers.iter().any(Issuer::is_fetched);
        let down = self.issuers.iter().any(Issuer::is_down);
        let seconds = if down {
            self.refresh.min(AGAIN)
        } else {
            self.refresh
        };
        fetches.then_some(Duration::from_secs(seconds.into()))
    }
}

impl Authorizer for Jwt {
    fn interest(&self) -> Interest {
        self.place.interest()
    }

    fn authorize(&self, request: &Request) -> Result<Grant, Refusal> {
        let token = self.place.token(request)?;
        let jws = jws::read(token).map_err(refused::invalid)?;
        self.rules.check_type(jws.typ.as_deref())?;
        let claims = json::read(&jws.payload);
        // Nobody vouches for it yet: it chooses whose keys are tried, and nothing more.
        let iss = claims
            .as_ref()
            .and_then(|claims| claims.object()?.get("iss")?.text());
        let issuer = self.signer(&jws, iss)?;
        let claims =
            claims.ok_or_else(|| refused::invalid("the token's claims are no JSON object"))?;
        self.rules.check(&claims, issuer.audience())
    }
}

impl Jwt {
    /// The issuer that signed a token.
    fn signer(&self, jws: &Jws<'_>, iss: Option<&str>) -> Result<&Issuer, Refusal> {
        let mut known = self
            .issuers
            .iter()
            .filter(|issuer| issuer.is(iss))
            .peekable();
        if known.peek().is_none() {
            return Err(refused::invalid("the token's issuer is not known"));
        }
        let mut tried = 0;
        for issuer in known.clone() {
            for key in issuer.keys().filter(|key| fits(key, jws)) {
                tried += 1;
                if tried > CANDIDATES {
                    return Err(refused::invalid(
                        "the token does not say which key it is signed with",
                    ));
                }
                if key
                    .verifying
                    .verify(jws.message.as_bytes(), &jws.signature)?
                {
                    return Ok(issuer);
                }
            }
        }
        Err(match tried {
            0 => unknown_key(jws, &mut known),
            _ => refused::invalid("the token's signature is not valid"),
        })
    }
}

wasmgate_sdk::export!(Jwt: authorizer);

/// Seconds until an issuer that did not answer is asked again.
const AGAIN: u32 = 30;

fn issuers(configs: Vec<config::Issuer>) -> Result<Vec<Issuer>, Problem> {
    let mut issuers: Vec<Issuer> = Vec::new();
    let mut problems = Vec::new();
    for (n, config) in configs.into_iter().enumerate() {
        if issuers.iter().any(|other| other.has_name(&config)) {
            problems.push(Problem::at(
                format!("/issuers/{n}/issuer"),
                "this issuer stands above already: write its audiences and keys there",
            ));
        }
        match Issuer::new(config) {
            Ok(issuer) => issuers.push(issuer),
            Err(problem) => problems.push(keys::within(&format!("/issuers/{n}"), &problem)),
        }
    }
    Problem::all(problems)?;
    Ok(issuers)
}

/// Whether a token says that it is signed with this key, or at least not that it is not.
fn fits(key: &Key, jws: &Jws<'_>) -> bool {
    let named = key.kid.is_none() || jws.kid.is_none() || key.kid == jws.kid;
    key.algorithm == jws.algorithm && named
}

/// No key fits. Where the issuer may have made a new one since, the host fetches its keys again and asks again.
fn unknown_key<'a>(jws: &Jws<'_>, issuers: &mut impl Iterator<Item = &'a Issuer>) -> Refusal {
    let reason = "the token is signed with a key that is not known";
    let is_new = |issuer: &Issuer| {
        let knows = |key: &Key| key.kid == jws.kid;
        issuer.is_fetched() && jws.kid.is_some() && !issuer.keys().any(knows)
    };
    match issuers.any(is_new) {
        true => refused::stale(reason),
        false => refused::invalid(reason),
    }
}

#[cfg(test)]
mod tests;
