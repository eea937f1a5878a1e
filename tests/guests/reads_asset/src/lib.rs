//! Answers with a file that it read when it was configured.

use wasmgate_sdk::{assets::Asset, prelude::*};

struct ReadsAsset(String);

#[derive(Deserialize, JsonSchema)]
struct Config {
    /// What to answer with.
    text: Asset,
}

impl Plugin for ReadsAsset {
    type Config = Config;

    fn configure(config: Config) -> Result<Self, Problem> {
        Ok(ReadsAsset(config.text.text()?))
    }
}

impl Function for ReadsAsset {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn handle(&self, _: &Request) -> Result<Response, Refusal> {
        Ok(Response::text(&self.0))
    }
}

wasmgate_sdk::export!(ReadsAsset: function);
