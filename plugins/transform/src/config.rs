//! The settings, as an operator writes them.

use std::collections::BTreeMap;

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
    /// Header fields. What is set is removed from the client's request first, so that nobody can forge it.
    #[serde(default)]
    pub(crate) headers: Changes,
    /// Query parameters, not encoded.
    #[serde(default)]
    pub(crate) query: Changes,
}

/// Changes to replies.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Response {
    /// Header fields.
    #[serde(default)]
    pub(crate) headers: Changes,
}

/// What is removed, set and appended, in this order. Values may hold `${context.NAME}`, `${header.NAME}`,
/// `${query.NAME}` and `${path.NAME}`, of the request; what holds one that has no value is passed over.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Changes {
    /// Names to remove, with all their values.
    #[serde(default)]
    pub(crate) remove: Vec<String>,
    /// Names and values that take the place of all that were there.
    #[serde(default)]
    pub(crate) set: BTreeMap<String, String>,
    /// Names and values that are added to those that are there.
    #[serde(default)]
    pub(crate) append: BTreeMap<String, String>,
}
