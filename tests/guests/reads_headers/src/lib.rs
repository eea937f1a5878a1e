//! Grants requests that have the header fields it is configured with: what the benchmark of calls runs.

use wasmgate_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct ReadsHeaders {
    /// Fields that a request must have.
    headers: Vec<String>,
}

impl Settings for ReadsHeaders {}

impl Authorizer for ReadsHeaders {
    fn interest(&self) -> Interest {
        self.headers
            .iter()
            .fold(Interest::default(), Interest::header)
    }

    fn authorize(&self, request: &Request) -> Result<Grant, Refusal> {
        let missing = |name: &&String| request.header(name).is_none();
        match self.headers.iter().find(missing) {
            Some(_) => Err(Refusal::unauthorized()),
            None => Ok(Grant::to("caller")),
        }
    }
}

wasmgate_sdk::export!(ReadsHeaders: authorizer);
