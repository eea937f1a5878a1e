//! The settings, as an operator writes them.

use std::collections::BTreeMap;

use wasmgate_sdk::{assets::Asset, prelude::*};

/// Whose tokens are taken, from where, and what they have to say.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Who signs the tokens; one of them has to have signed a token.
    pub(crate) issuers: Vec<Issuer>,
    /// The header field that holds the token, bare or behind `Bearer`; `authorization` where no other place is named.
    #[serde(default)]
    pub(crate) header: Option<String>,
    /// The query parameter that holds the token. URLs end up in logs: prefer a header.
    #[serde(default)]
    pub(crate) query: Option<String>,
    /// The cookie that holds the token.
    #[serde(default)]
    pub(crate) cookie: Option<String>,
    /// Scopes that a token has to have: a list of which one is enough, or `any` and `all`.
    #[serde(default)]
    pub(crate) scopes: Scopes,
    /// Claims that a token has to have, whatever they say: names, or JSON Pointers into the claims.
    #[serde(default)]
    pub(crate) require: Vec<String>,
    /// Claims and the value, or one of the values, that each has to have or, where it is a list, to hold.
    #[serde(default, rename = "match")]
    pub(crate) matches: BTreeMap<String, OneOrMore<Scalar>>,
    /// Values of the header's `typ` that are taken; without it, `JWT`, `at+jwt` and none.
    #[serde(default)]
    pub(crate) types: Option<Vec<String>>,
    /// The claims that become `$context.authorizer.claims.NAME`; all of them without it.
    #[serde(default)]
    pub(crate) expose: Option<Vec<String>>,
    /// Seconds that clocks may differ when `exp`, `nbf` and `iat` are looked at, at most 600.
    #[serde(default)]
    pub(crate) leeway: u32,
    /// Seconds after which keys are fetched anew, at least 1.
    #[serde(default = "quarter_of_an_hour")]
    pub(crate) refresh: u32,
}

/// Who signs tokens, for whom, and with which keys.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Issuer {
    /// The tokens' `iss`, exactly. Without `jwks` and `keys` also the URL where OpenID discovery begins. May be left out
    /// where keys are written here: then `iss` may be anything.
    #[serde(default)]
    pub(crate) issuer: Option<String>,
    /// The audiences of which a token has to name one; `*` for any and none. Where a token has no `aud`, its `client_id` counts.
    pub(crate) audience: OneOrMore<String>,
    /// The keys as a JWK Set: its URL, the set itself, or `{file: PATH}`.
    #[serde(default)]
    pub(crate) jwks: Option<Jwks>,
    /// Single keys, in PEM or as shared secrets.
    #[serde(default)]
    pub(crate) keys: Vec<Key>,
    /// The algorithms that are taken. Without it those that keys name, and for keys that name none RS256, or what fits
    /// their curve; never HS.
    #[serde(default)]
    pub(crate) algorithms: Option<Vec<String>>,
    /// Whether keys may be fetched by plain `http` from other places than this machine. Whoever sits on the way could
    /// then make tokens.
    #[serde(default)]
    pub(crate) plain_http: bool,
}

/// A JWK Set.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected the URL of a JWK Set, `{keys: [...]}`, or `{file: PATH}`"
)]
pub(crate) enum Jwks {
    /// Where it is fetched.
    Url(String),
    /// A file.
    File(Asset),
    /// The set itself.
    Set(Set),
}

/// A JWK Set in the configuration.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Set {
    /// Its keys (RFC 7517).
    pub(crate) keys: Vec<serde_json::Value>,
}

/// A key of its own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Key {
    /// A public key or certificate in PEM: the text, or `{file: PATH}`.
    #[serde(default)]
    pub(crate) pem: Option<Pem>,
    /// The name of a secret that was granted to this plugin: the secret that HS tokens are signed with.
    #[serde(default)]
    pub(crate) secret: Option<String>,
    /// The one algorithm that it serves.
    pub(crate) algorithm: String,
    /// Its name, as in a token's `kid`. Without it, it fits all names.
    #[serde(default)]
    pub(crate) kid: Option<String>,
}

/// A text in PEM.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a text in PEM, or `{file: PATH}`")]
pub(crate) enum Pem {
    /// A file.
    File(Asset),
    /// The text itself.
    Text(String),
}

/// Scopes that are needed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a list of scopes, or `{any: [...], all: [...]}`"
)]
pub(crate) enum Scopes {
    /// Any of these.
    Any(Vec<String>),
    /// Both kinds.
    Both(Both),
}

/// Any of some scopes, and all of others.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Both {
    /// One of these is enough; none needed where the list is empty.
    #[serde(default)]
    pub(crate) any: Vec<String>,
    /// All of these are needed.
    #[serde(default)]
    pub(crate) all: Vec<String>,
}

/// A value, or several.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a value or a list of values")]
pub(crate) enum OneOrMore<T> {
    /// One.
    One(T),
    /// Several.
    More(Vec<T>),
}

/// A value that a claim may have.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a text, a whole number, true or false")]
pub(crate) enum Scalar {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// True or false.
    Bool(bool),
}

impl Default for Scopes {
    fn default() -> Self {
        Scopes::Any(Vec::new())
    }
}

impl<T> OneOrMore<T> {
    pub(crate) fn into_list(self) -> Vec<T> {
        match self {
            OneOrMore::One(value) => vec![value],
            OneOrMore::More(values) => values,
        }
    }
}

fn quarter_of_an_hour() -> u32 {
    900
}
