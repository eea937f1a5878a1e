//! Accepts bodies that are JSON objects with the members it is configured with.

use std::collections::BTreeMap;

use wasmgate_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Validates {
    /// Members that a body must have.
    members: Vec<String>,
}

impl Settings for Validates {}

impl Validator for Validates {
    fn interest(&self) -> Interest {
        Interest::default().body()
    }

    fn validate(&self, request: &Request) -> Result<(), Refusal> {
        let body: BTreeMap<String, serde::de::IgnoredAny> = request.json()?;
        match self
            .members
            .iter()
            .find(|member| !body.contains_key(*member))
        {
            Some(missing) => Err(Refusal::invalid(format!("`{missing}` is missing"))),
            None => Ok(()),
        }
    }
}

wasmgate_sdk::export!(Validates: validator);
