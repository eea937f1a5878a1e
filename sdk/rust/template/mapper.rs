//! Wraps request bodies for an upstream that wants an envelope.

use serde_json::{Value, json};
use wasmgate_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Envelope {
    /// The member that holds the body.
    member: String,
}

impl Settings for Envelope {}

impl Mapper for Envelope {
    fn interest(&self) -> Interest {
        Interest::default().body()
    }

    fn map_request(&self, request: &Request) -> Result<Patch, Refusal> {
        let body: Value = request.json()?;
        Ok(Patch::new().body(json!({ self.member.as_str(): body }).to_string()))
    }
}

wasmgate_sdk::export!(Envelope: mapper);

#[cfg(test)]
mod tests {
    use wasmgate_sdk::test;

    use super::*;

    #[test]
    fn body_is_wrapped() {
        let plugin: Envelope = test::configure(r#"{"member": "data"}"#).unwrap();
        let patch = test::map_request(&plugin, &Request::test("POST", "/").body("[1]"));
        assert_eq!(patch, Ok(Patch::new().body(r#"{"data":[1]}"#)));
    }
}
