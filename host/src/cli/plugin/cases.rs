//! A file of cases for `wasmgate plugin test`, as written.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::plugin::Hook;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// What the operator would decide for the plugin, as below `plugins.settings.NAME`.
    #[serde(default)]
    pub(super) settings: Value,
    /// Secrets, as below `secrets` there.
    #[serde(default)]
    pub(super) secrets: Value,
    /// The configuration of cases that have none of their own.
    pub(super) with: Option<Value>,
    pub(super) cases: Vec<Case>,
}

/// One call of one hook, and what must come of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) name: String,
    /// Needed where the plugin has several hooks.
    pub(super) hook: Option<Hook>,
    /// The plugin's configuration.
    pub(super) with: Option<Value>,
    #[serde(default)]
    pub(super) request: Request,
    /// What response filters, mappers and observers look at.
    pub(super) reply: Option<Reply>,
    /// A part of the outcome: members that are not named may be anything.
    pub(super) expect: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Request {
    pub(super) method: String,
    /// Raw, with a query or without.
    pub(super) path: String,
    pub(super) headers: Fields,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) body: Option<String>,
    pub(super) source_ip: std::net::IpAddr,
    /// What authorizers before this plugin said: `authorizer.NAME`.
    pub(super) authorizer: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Fields,
    pub(super) body: Option<String>,
}

/// Fields by name; a list repeats the field.
pub(super) type Fields = BTreeMap<String, OneOrMore>;

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    pub(super) fn values(&self) -> &[String] {
        match self {
            OneOrMore::One(value) => std::slice::from_ref(value),
            OneOrMore::More(values) => values,
        }
    }
}

impl Default for Request {
    fn default() -> Request {
        Request {
            method: "GET".to_owned(),
            path: "/".to_owned(),
            headers: Fields::new(),
            parameters: BTreeMap::new(),
            body: None,
            source_ip: [127, 0, 0, 1].into(),
            authorizer: BTreeMap::new(),
        }
    }
}

impl Default for Reply {
    fn default() -> Reply {
        Reply {
            status: 200,
            headers: Fields::new(),
            body: None,
        }
    }
}
