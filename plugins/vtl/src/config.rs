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
    /// Templates for replies. Without it and `responses`, replies are passed on as they are.
    #[serde(default)]
    pub(crate) response: Option<ResponseSide>,
    /// Templates for replies by their status: the first whose `selection_pattern` matches counts, and without any the
    /// one without a pattern, which is `response` in most cases.
    #[serde(default)]
    pub(crate) responses: Vec<ResponseSide>,
    /// Media types whose bodies are bytes and no text: `image/png`, `image/*`, `*/*`. Replies of these types become
    /// base64 for clients that do not accept one of them, and other replies are decoded for clients that do.
    #[serde(default)]
    pub(crate) binary_media_types: Vec<String>,
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
    /// What becomes of the body before a template sees it. Unless set, it stays what it is.
    #[serde(default)]
    pub(crate) content_handling: Option<ContentHandling>,
}

/// What becomes of a body.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ContentHandling {
    /// One of a binary type becomes base64.
    ConvertToText,
    /// One of another type is base64, and becomes bytes.
    ConvertToBinary,
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
    #[serde(default)]
    pub(crate) templates: BTreeMap<String, Source>,
    /// The `content-type` of what a template renders.
    #[serde(default = "json")]
    pub(crate) content_type: String,
    /// A regular expression that matches all of the reply's status, such as `4\d\d`. Without it, the response is for
    /// all statuses that no other is for.
    #[serde(default)]
    pub(crate) selection_pattern: Option<String>,
    /// The status that the client gets, from 200 to 599; that of the reply unless set.
    #[serde(default)]
    pub(crate) status: Option<u16>,
    /// What becomes of the body before a template sees it. Unless set, it becomes what the client accepts.
    #[serde(default)]
    pub(crate) content_handling: Option<ContentHandling>,
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
