//! Fetches a URL at each request, and shows what came of it.

use std::time::Duration;

use wasmgate_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Fetches {
    /// What to fetch.
    url: String,
    /// Until when, in milliseconds; the plugin's limit where it is 0.
    #[serde(default)]
    timeout: u64,
}

impl Settings for Fetches {}

impl Function for Fetches {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn handle(&self, _: &Request) -> Result<Response, Refusal> {
        let mut outgoing = http::get(&self.url);
        if self.timeout > 0 {
            outgoing = outgoing.timeout(Duration::from_millis(self.timeout));
        }
        Ok(match outgoing.send() {
            Ok(incoming) => Response::text(format!(
                "{} {}",
                incoming.status(),
                String::from_utf8_lossy(incoming.body())
            )),
            Err(error) => Response::text(format!("{}: {}", error.code(), error.message())),
        })
    }
}

wasmgate_sdk::export!(Fetches: function);
