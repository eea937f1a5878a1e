//! What a plugin says of itself.

use serde::Deserialize;
use serde_json::Value;

use crate::{
    config::{Grants, InvalidSchema, Schema},
    plugin::Hook,
};

/// The answer of `describe`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    pub(crate) name: String,
    pub(crate) version: String,
    #[serde(default)]
    pub(crate) summary: String,
    #[serde(default)]
    pub(crate) hooks: Vec<String>,
    #[serde(default)]
    pub(crate) capabilities: Vec<Capability>,
    /// The JSON Schema of one entry.
    #[serde(default)]
    pub(crate) configuration: Option<Value>,
}

/// What the operator has to grant.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Capability {
    Http,
    Kv,
    Secrets,
}

/// Why a description is not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadDescription {
    #[error("what `describe` returns is not as the contract says: {0}")]
    Json(serde_json::Error),
    #[error("`configuration` of what `describe` returns is {0}")]
    Schema(#[from] InvalidSchema),
}

impl Description {
    pub(crate) fn parse(text: &str) -> Result<Description, BadDescription> {
        serde_json::from_str(text).map_err(BadDescription::Json)
    }

    /// The hooks that it names.
    pub(crate) fn hooks(&self) -> Vec<Hook> {
        let named = |hook: &Hook| self.hooks.iter().any(|name| name == hook.name());
        Hook::ALL.into_iter().filter(named).collect()
    }

    /// What holds entries against the plugin's schema.
    pub(crate) fn schema(&self) -> Result<Option<Schema>, BadDescription> {
        let written = self.configuration.clone();
        Ok(written.map(Schema::compile).transpose()?)
    }
}

impl Capability {
    /// Its name, as a plugin asks for it and as an operator grants it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Capability::Http => "http",
            Capability::Kv => "kv",
            Capability::Secrets => "secrets",
        }
    }

    pub(crate) fn granted(self, grants: &Grants) -> bool {
        match self {
            Capability::Http => !grants.http.is_empty(),
            Capability::Kv => grants.kv,
            Capability::Secrets => !grants.secrets.is_empty(),
        }
    }
}
