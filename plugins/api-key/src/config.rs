//! The settings, as an operator writes them.

use std::collections::BTreeMap;

use wasmgate_sdk::{assets::Asset, prelude::*};

/// Where callers show their keys, and which keys are known.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The header field that holds the key; `x-api-key` where no other place is named.
    #[serde(default)]
    pub(crate) header: Option<String>,
    /// The query parameter that holds the key. URLs end up in logs: prefer a header.
    #[serde(default)]
    pub(crate) query: Option<String>,
    /// The cookie that holds the key.
    #[serde(default)]
    pub(crate) cookie: Option<String>,
    /// The keys: a list, or a file.
    pub(crate) keys: Keys,
}

/// The keys that are known. Each is a text: the key itself, or `sha256:` and the 64 hexadecimal digits of its digest.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a list of keys, or `{file: PATH}`")]
pub(crate) enum Keys {
    /// A file: one `key` or `key,principal` a line; a list as here, where its name ends in `.yaml`, `.yml` or `.json`; or
    /// the CSV from which Amazon API Gateway imports keys, whose first line names the columns `Name` and `Key`.
    File(Asset),
    /// Keys in the configuration.
    List(Vec<Entry>),
}

/// One key.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Entry {
    /// Just the key.
    Bare(String),
    /// The key and who it belongs to.
    Named(Named),
}

/// A key and who it belongs to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Named {
    /// The key, or its digest.
    pub(crate) key: String,
    /// Who calls with this key: becomes `$context.authorizer.principalId`.
    #[serde(default)]
    pub(crate) principal: String,
    /// More values, each becomes `$context.authorizer.NAME`.
    #[serde(default)]
    pub(crate) context: BTreeMap<String, String>,
    /// Whether the key lets anybody in.
    #[serde(default = "yes")]
    pub(crate) enabled: bool,
}

impl Named {
    pub(crate) fn new(key: String, principal: String) -> Self {
        Named {
            key,
            principal,
            context: BTreeMap::new(),
            enabled: true,
        }
    }
}

fn yes() -> bool {
    true
}
