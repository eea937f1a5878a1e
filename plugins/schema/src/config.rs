//! The settings, as an operator writes them.

use std::collections::BTreeMap;

use serde_json::Value;
use wasmgate_sdk::prelude::*;

/// What a request's parameters and body must look like.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The dialect of schemas that have no `$schema`.
    #[serde(default)]
    pub(crate) draft: Draft,
    /// Whether `format` is checked; without it, as the schema's draft has it: yes up to draft 7, no in 2020-12.
    #[serde(default)]
    pub(crate) formats: Option<bool>,
    /// Schemas by name, for others to refer to: `$ref: NAME`, or AWS's
    /// `https://apigateway.amazonaws.com/restapis/API/models/NAME`. A name with a `:` is a URI of its own.
    #[serde(default)]
    pub(crate) models: BTreeMap<String, Schema>,
    /// Parameters of the path, by name.
    #[serde(default)]
    pub(crate) path: BTreeMap<String, Parameter>,
    /// Parameters of the query, by name, as decoded.
    #[serde(default)]
    pub(crate) query: BTreeMap<String, Parameter>,
    /// Header fields, by name.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, Parameter>,
    /// Whether query parameters that `query` does not name are refused.
    #[serde(default)]
    pub(crate) only_known_query: bool,
    /// Schemas of the body by content type, such as `application/json`; `$default` is for all others.
    #[serde(default)]
    pub(crate) body: BTreeMap<String, Schema>,
    /// What becomes of a body whose content type `body` does not name.
    #[serde(default)]
    pub(crate) other_types: OtherTypes,
    /// How many bytes a body that is checked may have; larger ones are refused with 413. What the plugin may spend
    /// on the processor (`limits.cpu`) must suffice for them.
    #[serde(default = "limit")]
    pub(crate) limit: u32,
    /// What the client reads of a violation.
    #[serde(default)]
    pub(crate) errors: Errors,
}

/// A schema: in place, `{file: PATH}` (JSON), or the name of a model.
pub(crate) type Schema = Value;

/// A dialect of JSON Schema.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
pub(crate) enum Draft {
    /// Draft 4, as Amazon API Gateway has it.
    #[default]
    #[serde(rename = "draft-04")]
    Draft4,
    /// Draft 6.
    #[serde(rename = "draft-06")]
    Draft6,
    /// Draft 7.
    #[serde(rename = "draft-07")]
    Draft7,
    /// Draft 2020-12, as OpenAPI 3.1 has it.
    #[serde(rename = "2020-12")]
    Draft202012,
}

/// What is asked of a parameter.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected `true`, `false`, or an object with `required`, `schema` and `separator`"
)]
pub(crate) enum Parameter {
    /// Whether it must be there, and not blank.
    Required(bool),
    /// More than that.
    Described(Described),
}

/// What is asked of a parameter, and of its values.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Described {
    /// Whether it must be there, and not blank.
    #[serde(default)]
    pub(crate) required: bool,
    /// What its value must match. Where the schema allows numbers, booleans or arrays, the text is read as such.
    #[serde(default)]
    pub(crate) schema: Option<Schema>,
    /// What separates the items of an array in one value; without it, each item is a parameter of its own.
    #[serde(default)]
    pub(crate) separator: Option<char>,
}

/// What becomes of a body whose content type is not named.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OtherTypes {
    /// It is refused.
    #[default]
    Refuse,
    /// It passes unchecked, as with Amazon API Gateway.
    Pass,
}

/// What the client reads of a violation.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Errors {
    /// Amazon API Gateway's message, and nothing of the schema.
    #[default]
    Brief,
    /// And `details`: a list of violations, each with `in`, `pointer`, `keyword` and `message`.
    Detailed,
}

fn limit() -> u32 {
    256 << 10
}
