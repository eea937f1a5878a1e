//! Logs far more lines than a call may.

use wasmgate_sdk::prelude::*;

struct FloodsLog;

impl Plugin for FloodsLog {
    type Config = NoConfig;

    fn configure(_: NoConfig) -> Result<Self, Problem> {
        Ok(FloodsLog)
    }
}

impl Function for FloodsLog {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn handle(&self, _: &Request) -> Result<Response, Refusal> {
        for line in 0..10_000 {
            log::warn!("flood {line}\r\nforged line");
        }
        Ok(Response::new(204))
    }
}

wasmgate_sdk::export!(FloodsLog: function);
