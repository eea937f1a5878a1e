//! Tells the upstream which region it serves.

use wasmgate_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Region {
    /// The name of the region.
    region: String,
}

impl Settings for Region {}

impl RequestFilter for Region {
    fn interest(&self) -> Interest {
        Interest::default().sets("x-region")
    }

    fn filter_request(&self, _: &Request) -> Result<Patch, Refusal> {
        Ok(Patch::new().set_header("x-region", &self.region))
    }
}

wasmgate_sdk::export!(Region: request_filter);

#[cfg(test)]
mod tests {
    use wasmgate_sdk::test;

    use super::*;

    #[test]
    fn region_is_set() {
        let plugin: Region = test::configure(r#"{"region": "eu"}"#).unwrap();
        let patch = test::filter_request(&plugin, &Request::test("GET", "/"));
        assert_eq!(patch, Ok(Patch::new().set_header("x-region", "eu")));
    }
}
