//! Keys, each for one algorithm: no token can choose another for it.

use wasmgate_sdk::{
    Problem,
    crypto::{Algorithm, VerifyingKey},
    log,
};

use crate::{
    config::{self, Pem},
    json::{self, Json, Object},
};

/// A key that tokens may be signed with.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) algorithm: Algorithm,
    /// As in a token's `kid`; none fits all.
    pub(crate) kid: Option<String>,
    pub(crate) verifying: VerifyingKey,
}

/// Where a set of keys comes from, which decides what to do about one that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum From {
    /// The configuration: it is a mistake, and told.
    Operator,
    /// The network: it is passed over (RFC 7517, section 5), and so are shared secrets, which cannot have been meant.
    Issuer,
}

/// The keys of a JWK Set; mistakes are told at their place in it.
pub(crate) fn of_set(
    text: &str,
    from: From,
    allowed: Option<&[Algorithm]>,
) -> Result<Vec<Key>, Problem> {
    let json = json::read(text.as_bytes());
    let set = json
        .as_ref()
        .and_then(|json| json.object()?.get("keys")?.list());
    let set = set.ok_or_else(|| {
        Problem::new(
            "no JWK Set: a JSON object with the member `keys`, no name of which stands twice",
        )
    })?;
    let mut keys = Vec::new();
    let mut problems = Vec::new();
    for (n, jwk) in set.iter().enumerate() {
        match of_jwk(jwk, from, allowed) {
            Ok(more) => keys.extend(more),
            Err(Unusable(reason)) if from == From::Issuer => {
                log::info!("key {n} of a fetched set is passed over: {reason}");
            }
            Err(Unusable(reason)) => problems.push(Problem::at(format!("/keys/{n}"), reason)),
        }
    }
    Problem::all(problems)?;
    if from == From::Operator {
        check_set(&keys)?;
    }
    if keys.is_empty() {
        return Err(Problem::new("none of its keys can be used to check tokens"));
    }
    Ok(keys)
}

/// A key in PEM.
pub(crate) fn of_pem(pem: &Pem, algorithm: Algorithm) -> Result<VerifyingKey, Problem> {
    let key = match pem {
        Pem::Text(text) => VerifyingKey::pem(algorithm, text),
        Pem::File(file) => VerifyingKey::pem(algorithm, &file.text()?),
    };
    Ok(key?)
}

/// The algorithm of a name that an operator wrote.
pub(crate) fn algorithm(name: &str) -> Result<Algorithm, Problem> {
    Algorithm::named(name).ok_or_else(|| {
        Problem::new(
            "unknown algorithm: use RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, HS256, HS384 or HS512",
        )
    })
}

/// Whether it authenticates by a shared secret.
pub(crate) fn is_shared(algorithm: Algorithm) -> bool {
    matches!(
        algorithm,
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512
    )
}

/// Why a key of a set cannot be used.
struct Unusable(String);

/// A key for each algorithm that a JWK serves; none of one that is for encryption.
fn of_jwk(jwk: &Json<'_>, from: From, allowed: Option<&[Algorithm]>) -> Result<Vec<Key>, Unusable> {
    let members = jwk.object().ok_or_else(|| unusable("no JSON object"))?;
    if text(members, "use")?.is_some_and(|usage| usage == "enc") {
        return Ok(Vec::new());
    }
    let kid = text(members, "kid")?;
    let algorithms = algorithms(members, allowed)?.into_iter();
    algorithms
        .map(|algorithm| {
            if from == From::Issuer && is_shared(algorithm) {
                return Err(unusable("a shared secret that everybody can read"));
            }
            let verifying =
                VerifyingKey::jwk(algorithm, jwk.text).map_err(|e| unusable(e.message()))?;
            Ok(Key {
                algorithm,
                kid: kid.map(str::to_owned),
                verifying,
            })
        })
        .collect()
}

/// What a JWK serves: the algorithm that it names, else what was allowed, else what is usual for its type.
fn algorithms(jwk: &Object<'_>, allowed: Option<&[Algorithm]>) -> Result<Vec<Algorithm>, Unusable> {
    let kty = text(jwk, "kty")?.unwrap_or_default();
    if kty != "oct" && jwk.has("d") {
        return Err(unusable("a private key: write its public part only"));
    }
    let is_allowed = |algorithm: &Algorithm| allowed.is_none_or(|list| list.contains(algorithm));
    let usual = usual(kty, text(jwk, "crv")?);
    let named = match text(jwk, "alg")? {
        Some("Ed25519") => Some(Algorithm::EdDSA),
        Some(name) => Some(
            Algorithm::named(name)
                .ok_or_else(|| unusable("its `alg` is no algorithm for signatures"))?,
        ),
        None => None,
    };
    let serves: Vec<Algorithm> = match (named, allowed) {
        (Some(algorithm), _) => vec![algorithm],
        (None, None) if kty == "oct" => {
            return Err(unusable(
                "a shared secret has to name its `alg`, or `algorithms` has to",
            ));
        }
        (None, None) => usual.first().copied().into_iter().collect(),
        (None, Some(_)) => usual.to_vec(),
    };
    let serves: Vec<Algorithm> = serves.into_iter().filter(is_allowed).collect();
    match serves.is_empty() {
        true => Err(unusable(
            "it fits no algorithm that is supported and allowed",
        )),
        false => Ok(serves),
    }
}

/// The algorithms that keys of a type and curve may serve, the usual one first.
fn usual(kty: &str, crv: Option<&str>) -> &'static [Algorithm] {
    use Algorithm::*;
    match (kty, crv) {
        ("RSA", None) => &[RS256, RS384, RS512, PS256, PS384, PS512],
        ("EC", Some("P-256")) => &[ES256],
        ("EC", Some("P-384")) => &[ES384],
        ("EC", Some("P-521")) => &[ES512],
        ("OKP", Some("Ed25519")) => &[EdDSA],
        ("oct", None) => &[HS256, HS384, HS512],
        _ => &[],
    }
}

/// What no set should have: two keys of one name, or secrets beside public keys, which once were taken for each other.
fn check_set(keys: &[Key]) -> Result<(), Problem> {
    let same = |a: &Key, b: &Key| a.kid.is_some() && a.kid == b.kid && a.algorithm == b.algorithm;
    let twice = keys
        .iter()
        .enumerate()
        .any(|(n, key)| keys[..n].iter().any(|other| same(key, other)));
    if twice {
        return Err(Problem::at(
            "/keys",
            "two keys have the same `kid` and algorithm",
        ));
    }
    let shared = keys.iter().filter(|key| is_shared(key.algorithm)).count();
    if shared > 0 && shared < keys.len() {
        return Err(Problem::at(
            "/keys",
            "shared secrets and public keys in one set: make them two issuers",
        ));
    }
    Ok(())
}

pub(crate) fn of_config(key: &config::Key) -> Result<Key, Problem> {
    let algorithm = algorithm(&key.algorithm).map_err(|problem| within("/algorithm", &problem))?;
    let verifying = match (&key.pem, &key.secret) {
        (Some(pem), None) => of_pem(pem, algorithm).map_err(|problem| within("/pem", &problem))?,
        (None, Some(name)) => {
            let secret = wasmgate_sdk::secrets::get(name)
                .and_then(|secret| VerifyingKey::secret(algorithm, secret.as_bytes()));
            secret.map_err(|e| Problem::at("/secret", e.to_string()))?
        }
        _ => {
            return Err(Problem::new(
                "a key is either `pem` or `secret`: write one of them",
            ));
        }
    };
    Ok(Key {
        algorithm,
        kid: key.kid.clone(),
        verifying,
    })
}

/// A problem, seen from further out.
pub(crate) fn within(place: &str, problem: &Problem) -> Problem {
    let mistakes = problem.mistakes().iter();
    let moved =
        mistakes.map(|mistake| Problem::at([place, &mistake.pointer].concat(), &mistake.message));
    moved
        .reduce(Problem::and)
        .unwrap_or_else(|| problem.clone())
}

fn text<'a>(jwk: &'a Object<'_>, name: &str) -> Result<Option<&'a str>, Unusable> {
    let member = jwk.get(name);
    member
        .map(|json| {
            json.text()
                .ok_or_else(|| unusable("a member that is a text elsewhere is none"))
        })
        .transpose()
}

fn unusable(reason: &str) -> Unusable {
    Unusable(reason.to_owned())
}
