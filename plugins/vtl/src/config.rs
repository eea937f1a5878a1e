//! The settings, as an operator writes them.

use std::collections::BTreeMap;

use serde_json::Value;
use wasmgate_sdk::{assets::Asset, prelude::*};

/// Mapping templates for requests and replies.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Templates for requests. Without it, requests are passed on as they are.
    #[serde(default)]
    pub(crate) request: Option<RequestSide>,
    /// Templates for replies. Without it, replies are passed on as they are.
    #[serde(default)]
    pub(crate) response: Option<ResponseSide>,
    /// Names and values of `$stageVariables`.
    #[serde(default)]
    pub(crate) stage_variables: BTreeMap<String, String>,
    /// Names and values of `$context` besides those of the gateway, such as `accountId`; objects are groups. A value
    /// that the gateway has too is replaced.
    #[serde(default)]
    pub(crate) context: BTreeMap<String, Value>,
}

/// Templates for requests.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestSide {
    /// Templates by media type, such as `application/json`; `$default` is for all others. An empty one passes the
    /// request on as it is.
    #[serde(default)]
    pub(crate) templates: BTreeMap<String, Source>,
    /// What becomes of a request for whose media type there is no template.
    #[serde(default)]
    pub(crate) passthrough: Passthrough,
}

/// What becomes of a request for whose media type there is no template.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Passthrough {
    /// It is passed on as it is.
    #[default]
    WhenNoMatch,
    /// It is answered 415, unless there are no templates at all.
    WhenNoTemplates,
    /// It is answered 415.
    Never,
}

/// Templates for replies.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResponseSide {
    /// Templates by the media type that the client accepts. One that is not among them gets `application/json`, or
    /// the first by name. An empty one passes the reply on as it is.
    pub(crate) templates: BTreeMap<String, Source>,
    /// The `content-type` of what a template renders.
    #[serde(default = "json")]
    pub(crate) content_type: String,
}

fn json() -> String {
    "application/json".to_owned()
}

/// A template.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a template, or `{file: PATH}`")]
pub(crate) enum Source {
    /// The template itself.
    Text(String),
    /// A file with the template.
    File(Asset),
}
