//! APIs as written: routes, chains, who answers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Duration, Size};

/// An API: where it answers, what holds for all of its routes, and the routes.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Api {
    /// Hosts that it answers for, `*.` in front for any one label; all where none is written.
    #[serde(default)]
    #[schemars(extend("examples" = [["shop.example.com"]]))]
    pub(in crate::config) hosts: Vec<String>,
    /// Leading path segments that choose this API and are not part of its routes' paths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = "/shop")]
    pub(in crate::config) base_path: Option<String>,
    /// Until the head of the answer must be there, for routes that do not say it.
    #[serde(default = "timeout")]
    pub(in crate::config) timeout: Duration,
    /// Size of a request body, as sent and as decoded, for routes that do not say it.
    #[serde(default = "body_limit")]
    pub(in crate::config) body_limit: Size,
    /// Attachments that stand before each route's own.
    #[serde(flatten)]
    pub(in crate::config) phases: Phases,
    /// Routes by method and path: `GET /orders/{id}`, `ANY /{proxy+}`, or `$default` for what no other takes.
    pub(in crate::config) routes: BTreeMap<String, Route>,
}

fn timeout() -> Duration {
    Duration::seconds(29)
}

fn body_limit() -> Size {
    Size::mib(10)
}

/// A route: who decides on the way, and who answers.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Route {
    /// Until the head of the answer must be there; as the API has it where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::config) timeout: Option<Duration>,
    /// Size of a request body, as sent and as decoded; as the API has it where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::config) body_limit: Option<Size>,
    #[serde(flatten)]
    pub(in crate::config) phases: Phases,
    /// Upstreams that a filter may choose by name, besides the one of `to`.
    #[serde(default)]
    pub(in crate::config) upstreams: Vec<String>,
    /// Who answers.
    pub(in crate::config) to: Target,
}

/// A chain's phases, in the order in which a request passes them.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(in crate::config) struct Phases {
    /// Request filters before the authorizers: address rules, preflight requests, rate limits.
    pub(in crate::config) early: Vec<Use>,
    /// Authorizers. All must grant.
    pub(in crate::config) authorize: Vec<Use>,
    /// Validators.
    pub(in crate::config) validate: Vec<Use>,
    /// Request filters and mappers.
    pub(in crate::config) transform: Vec<Use>,
    /// Response filters, run from the last to the first, on the gateway's own errors too.
    pub(in crate::config) respond: Vec<Use>,
    /// Observers, told after the response.
    pub(in crate::config) observe: Vec<Use>,
}

/// A plugin at one place of a chain: its name, or its name and configuration.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::config) enum Use {
    Name(String),
    Attachment(Attachment),
}

/// A plugin with one configuration.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Attachment {
    /// The plugin: its file name without the ending.
    #[serde(rename = "use")]
    pub(in crate::config) plugin: String,
    /// The plugin's own configuration. `{file: path}` in it stands for the bytes of a file, which is watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::config) with: Option<Value>,
    /// Whether a failure of the plugin is passed over; for filters, mappers of responses and observers only.
    #[serde(default)]
    pub(in crate::config) fail_open: bool,
}

/// Who answers: a URL, an upstream's name, or one of the forms with members.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::config) enum Target {
    /// A URL or an upstream's name. A URL without a path keeps the request's own; one with a path is what is asked
    /// for, with the route's `{parameters}` put in.
    Name(String),
    Upstream(ToUpstream),
    Function(ToFunction),
    Respond(ToRespond),
}

/// An upstream answers.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct ToUpstream {
    /// An upstream's name, or an origin.
    pub(in crate::config) upstream: String,
    /// The path to ask for, with the route's `{parameters}` put in; the request's own where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = "/v2/{id}")]
    pub(in crate::config) path: Option<String>,
}

/// A plugin answers.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct ToFunction {
    /// The plugin: its file name without the ending.
    pub(in crate::config) function: String,
    /// The plugin's own configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::config) with: Option<Value>,
}

/// The gateway answers, always the same.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct ToRespond {
    /// The answer.
    pub(in crate::config) respond: Respond,
}

/// A fixed answer.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Respond {
    /// Status code.
    #[serde(default = "status")]
    #[schemars(range(min = 200, max = 599))]
    pub(in crate::config) status: u16,
    /// Header fields.
    #[serde(default)]
    pub(in crate::config) headers: BTreeMap<String, String>,
    /// The body, as it is.
    #[serde(default)]
    pub(in crate::config) body: String,
}

fn status() -> u16 {
    200
}
