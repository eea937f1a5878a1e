//! Hides what server answers.

use wasmgate_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Hide {
    /// The header fields to remove.
    fields: Vec<String>,
}

impl Settings for Hide {}

impl ResponseFilter for Hide {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn filter_response(&self, _: &Request, _: &Reply) -> Result<Patch, Refusal> {
        Ok(self.fields.iter().fold(Patch::new(), |patch, field| patch.remove_header(field)))
    }
}

wasmgate_sdk::export!(Hide: response_filter);

#[cfg(test)]
mod tests {
    use wasmgate_sdk::test;

    use super::*;

    #[test]
    fn fields_are_removed() {
        let plugin: Hide = test::configure(r#"{"fields": ["server"]}"#).unwrap();
        let patch = test::filter_response(&plugin, &Request::test("GET", "/"), &Reply::test(200));
        assert_eq!(patch, Ok(Patch::new().remove_header("server")));
    }
}
