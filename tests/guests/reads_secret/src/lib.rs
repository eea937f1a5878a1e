//! Answers with the length of the secret that a request names, or with why it may not know it.

use wasmgate_sdk::prelude::*;

struct ReadsSecret;

impl Plugin for ReadsSecret {
    type Config = NoConfig;

    fn configure(_: NoConfig) -> Result<Self, Problem> {
        Ok(ReadsSecret)
    }
}

impl Function for ReadsSecret {
    fn interest(&self) -> Interest {
        Interest::default().query("name")
    }

    fn handle(&self, request: &Request) -> Result<Response, Refusal> {
        let name = request.query_parameter("name").unwrap_or_default();
        Ok(match secrets::get(name) {
            Ok(value) => Response::text(value.len().to_string()),
            Err(error) => Response::text(error.code()),
        })
    }
}

wasmgate_sdk::export!(ReadsSecret: function);
