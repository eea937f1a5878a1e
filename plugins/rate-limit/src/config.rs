//! The settings, as an operator writes them.

use wasmgate_sdk::prelude::*;

/// How many requests who may send.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// How many requests, 1 to 1000000.
    pub(crate) limit: u32,
    /// In what time: `1s` to `31d`, in `s`, `m`, `h` or `d`.
    pub(crate) per: String,
    /// How they are counted.
    #[serde(default)]
    pub(crate) algorithm: Algorithm,
    /// How many requests may come at once after a pause, for `token-bucket`; as many as `limit` where it is missing.
    #[serde(default)]
    pub(crate) burst: Option<u32>,
    /// What callers are told apart by: `address`, `key`, `principal`, `route`, `header.NAME`, `claim.NAME` or
    /// `context.NAME`; all count together where the list is empty.
    #[serde(default = "address")]
    pub(crate) by: Vec<String>,
    /// The limit's name, for clients and for counting apart what is equal otherwise: letters, digits, `-` and `_`.
    #[serde(default = "default_name")]
    pub(crate) name: String,
    /// How many leading bits of an IPv6 address make an `address`: whoever has one has as many as that leaves.
    #[serde(default = "subnet")]
    pub(crate) ipv6_prefix: u32,
    /// What happens when the counters cannot be reached.
    #[serde(default)]
    pub(crate) on_failure: OnFailure,
}

/// How requests are counted.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Algorithm {
    /// A bucket of `burst` tokens, one for each request, that fills evenly: `limit` in the time.
    #[default]
    TokenBucket,
    /// `limit` in each window; windows follow one another since 1970, so those of `1h` begin at full hours (UTC).
    FixedWindow,
}

/// What happens when the counters cannot be reached.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OnFailure {
    /// The request is answered 500, unless the attachment says `fail_open`.
    #[default]
    Refuse,
    /// The request goes on, and the log has a warning.
    Allow,
}

fn address() -> Vec<String> {
    vec!["address".to_owned()]
}

fn default_name() -> String {
    "default".to_owned()
}

/// What a provider gives to one customer at least.
fn subnet() -> u32 {
    64
}
