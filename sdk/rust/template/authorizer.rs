//! Lets callers in who show the token.

use wasmgate_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Token {
    /// What callers send as `Authorization`.
    token: String,
}

impl Settings for Token {}

impl Authorizer for Token {
    fn interest(&self) -> Interest {
        Interest::default().header("authorization")
    }

    fn authorize(&self, request: &Request) -> Result<Grant, Refusal> {
        match request.header("authorization") {
            Some(token) if crypto::equal(token, &self.token) => Ok(Grant::to("someone")),
            Some(_) => Err(Refusal::forbidden()),
            None => Err(Refusal::unauthorized()),
        }
    }
}

wasmgate_sdk::export!(Token: authorizer);

#[cfg(test)]
mod tests {
    use wasmgate_sdk::test;

    use super::*;

    #[test]
    fn token_decides() {
        let plugin: Token = test::configure(r#"{"token": "secret"}"#).unwrap();
        let request = || Request::test("GET", "/");
        assert_eq!(test::authorize(&plugin, &request().header("authorization", "secret")), Ok(Grant::to("someone")));
        assert_eq!(test::authorize(&plugin, &request().header("authorization", "guess")), Err(Refusal::forbidden()));
        assert_eq!(test::authorize(&plugin, &request()), Err(Refusal::unauthorized()));
    }
}
