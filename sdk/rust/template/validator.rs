//! Refuses requests that lack a query parameter.

use wasmgate_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Required {
    /// The query parameter that must be there.
    parameter: String,
}

impl Settings for Required {}

impl Validator for Required {
    fn interest(&self) -> Interest {
        Interest::default().query(&self.parameter)
    }

    fn validate(&self, request: &Request) -> Result<(), Refusal> {
        match request.query_parameter(&self.parameter) {
            Some(_) => Ok(()),
            None => Err(Refusal::invalid(format!("query parameter `{}` is missing", self.parameter))),
        }
    }
}

wasmgate_sdk::export!(Required: validator);

#[cfg(test)]
mod tests {
    use wasmgate_sdk::test;

    use super::*;

    #[test]
    fn missing_parameter_is_refused() {
        let plugin: Required = test::configure(r#"{"parameter": "page"}"#).unwrap();
        assert_eq!(test::validate(&plugin, &Request::test("GET", "/?page=1")), Ok(()));
        assert!(test::validate(&plugin, &Request::test("GET", "/")).is_err());
    }
}
