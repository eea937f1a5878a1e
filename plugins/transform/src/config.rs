//! The settings, as an operator writes them.

use std::collections::BTreeMap;

use serde_json::Value;
use wasmgate_sdk::prelude::*;

/// Changes to requests on their way to the upstream, and to replies on their way back.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Changes to requests.
    #[serde(default)]
    pub(crate) request: Request,
    /// Changes to replies, those of the gateway's own errors too.
    #[serde(default)]
    pub(crate) response: Response,
}

/// Changes to requests.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    /// The path that the upstream is asked for, without a query. Values in it are percent-encoded.
    #[serde(default)]
    pub(crate) path: Option<String>,
    /// Header fields. What is set is removed from the client's request first, so that nobody can forge it.
    #[serde(default)]
    pub(crate) headers: Changes,
    /// Query parameters, not encoded.
    #[serde(default)]
    pub(crate) query: Changes,
    /// Members of a JSON body.
    #[serde(default)]
    pub(crate) body: Members,
}

/// Changes to replies.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Response {
    /// Status codes and what takes their place, such as `{404: 200}`.
    #[serde(default)]
    pub(crate) status: BTreeMap<String, u16>,
    /// Header fields.
    #[serde(default)]
    pub(crate) headers: Changes,
    /// Members of a JSON body.
    #[serde(default)]
    pub(crate) body: Members,
}

/// Changes to header fields or query parameters, in this order.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Changes {
    /// Names to remove, with all their values.
    #[serde(default)]
    pub(crate) remove: Vec<String>,
    /// Names and new names, which take the place of all that were there.
    #[serde(default)]
    pub(crate) rename: BTreeMap<String, String>,
    /// Names and the names of copies, which take the place of all that were there.
    #[serde(default)]
    pub(crate) copy: BTreeMap<String, String>,
    /// Names and values that take the place of all that were there.
    #[serde(default)]
    pub(crate) set: BTreeMap<String, String>,
    /// Names and values for those that are missing.
    #[serde(default)]
    pub(crate) add: BTreeMap<String, String>,
    /// Names and values that are added to those that are there.
    #[serde(default)]
    pub(crate) append: BTreeMap<String, String>,
}

/// Changes to members of a JSON body, in this order. Members are named by a JSON Pointer (`/user/id`) or a JSONPath of
/// names, indexes and `*` (`$.items[*].id`).
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Members {
    /// Members to remove.
    #[serde(default)]
    pub(crate) remove: Vec<String>,
    /// Members and their new names, or their new places (`/a/b`).
    #[serde(default)]
    pub(crate) rename: BTreeMap<String, String>,
    /// Members and the places of copies.
    #[serde(default)]
    pub(crate) copy: BTreeMap<String, String>,
    /// Members and values, any JSON, that take the place of what was there.
    #[serde(default)]
    pub(crate) set: BTreeMap<String, Value>,
    /// Members and values for those that are missing.
    #[serde(default)]
    pub(crate) add: BTreeMap<String, Value>,
}
