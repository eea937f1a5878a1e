//! Takes its time to configure.

use std::time::Duration;

use wasmgate_sdk::prelude::*;

struct SlowConfigure;

#[derive(Deserialize, JsonSchema)]
struct Config {
    /// For how long, in milliseconds of computing.
    milliseconds: u64,
}

impl Plugin for SlowConfigure {
    type Config = Config;

    fn configure(config: Config) -> Result<Self, Problem> {
        let end = clock::now() + Duration::from_millis(config.milliseconds);
        while clock::now() < end {}
        Ok(SlowConfigure)
    }
}

impl Function for SlowConfigure {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn handle(&self, _: &Request) -> Result<Response, Refusal> {
        Ok(Response::text("ready"))
    }
}

wasmgate_sdk::export!(SlowConfigure: function);
