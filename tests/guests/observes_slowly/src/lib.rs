//! Fetches a URL for each exchange that it is told of, which takes as long as it takes.

use wasmgate_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct ObservesSlowly {
    /// What to fetch.
    url: String,
}

impl Settings for ObservesSlowly {}

impl Observer for ObservesSlowly {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn observe(&self, _: &Request, _: &Reply) {
        if let Err(error) = http::get(&self.url).send() {
            log::info!("{error}");
        }
    }
}

wasmgate_sdk::export!(ObservesSlowly: observer);
