//! A file of cases for `wasmgate plugin test`, as written.

use std::{collections::BTreeMap, path::Path};

use schemars::{JsonSchema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use super::failed;
use crate::{
    cli::{CommandError, Environment},
    config::{self, Place, Problems, Schema},
    plugin::Hook,
};

/// Every outcome that a case may expect one of.
const OUTCOMES: [&str; 7] = [
    "grant", "patch", "answer", "accepted", "refusal", "failure", "problems",
];

/// Reads a file of cases; every mistake in it is reported with its place.
pub(super) fn read(file: &Path, environment: Environment<'_>) -> Result<File, CommandError> {
    let (document, value) = config::read(file, environment).map_err(CommandError::Configuration)?;
    let schema = Schema::compile(schemars::schema_for!(File).to_value())
        .map_err(|error| failed(file, &error))?;
    let mistakes = schema.violations(&value, &Place::of(&document, ""));
    match Problems::new(mistakes) {
        Some(problems) => Err(CommandError::Configuration(problems)),
        None => serde_json::from_value(value).map_err(|error| failed(file, &error)),
    }
}

/// The whole file.
#[derive(Debug, Deserialize, JsonSchema)]
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
    /// What is tried, one after the other.
    #[schemars(length(min = 1))]
    pub(super) cases: Vec<Case>,
}

/// One call of one hook, and what must come of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    /// What it claims.
    pub(super) name: String,
    /// Needed where the plugin has several hooks.
    #[serde(default)]
    #[schemars(schema_with = "hooks")]
    pub(super) hook: Option<Hook>,
    /// The plugin's configuration.
    pub(super) with: Option<Value>,
    #[serde(default)]
    pub(super) request: Request,
    /// What response filters, mappers and observers look at.
    pub(super) reply: Option<Reply>,
    /// A part of the outcome: members that are not named may be anything.
    #[schemars(schema_with = "outcomes")]
    pub(super) expect: Value,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Request {
    pub(super) method: String,
    /// Raw, with a query or without.
    pub(super) path: String,
    pub(super) headers: Fields,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) body: Option<String>,
    pub(super) source_ip: std::net::IpAddr,
    /// Whether one of `trusted_proxies` sends it.
    pub(super) trusted_proxy: bool,
    /// What authorizers before this plugin said: `authorizer.NAME`.
    pub(super) authorizer: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Reply {
    #[schemars(range(min = 100, max = 599))]
    pub(super) status: u16,
    pub(super) headers: Fields,
    pub(super) body: Option<String>,
}

/// Fields by name; a list repeats the field.
pub(super) type Fields = BTreeMap<String, OneOrMore>;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

fn hooks(_: &mut SchemaGenerator) -> schemars::Schema {
    json_schema!({ "type": "string", "enum": Hook::ALL.map(Hook::name) })
}

fn outcomes(_: &mut SchemaGenerator) -> schemars::Schema {
    let members = OUTCOMES.map(|name| (name.to_owned(), Value::Bool(true)));
    json_schema!({
        "type": "object",
        "properties": Value::Object(members.into_iter().collect()),
        "additionalProperties": false,
        "minProperties": 1,
        "maxProperties": 1,
        "examples": [{ "refusal": { "status": 403 } }],
    })
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
            trusted_proxy: false,
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
