//! Lets callers in who know the password.

use wasmgate_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Password {
    /// What callers send as `Authorization`.
    password: String,
}

impl Settings for Password {}

impl Authorizer for Password {
    fn interest(&self) -> Interest {
        Interest::default().header("authorization")
    }

    fn authorize(&self, request: &Request) -> Result<Grant, Refusal> {
        match request.header("authorization") {
            Some(word) if crypto::equal(word, &self.password) => Ok(Grant::to("friend")),
            Some(_) => Err(Refusal::forbidden()),
            None => Err(Refusal::unauthorized()),
        }
    }
}

wasmgate_sdk::export!(Password: authorizer);
