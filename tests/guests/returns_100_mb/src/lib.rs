//! Answers with 100 MB.

use wasmgate_sdk::prelude::*;

struct Returns;

impl Plugin for Returns {
    type Config = NoConfig;

    fn configure(_: NoConfig) -> Result<Self, Problem> {
        Ok(Returns)
    }
}

impl Function for Returns {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn handle(&self, _: &Request) -> Result<Response, Refusal> {
        Ok(Response::new(200).body(vec![b'x'; 100 << 20]))
    }
}

wasmgate_sdk::export!(Returns: function);
