//! Uses a power without asking for it, and shows what came of it.

use wasmgate_sdk::prelude::*;

struct TriesKv;

impl Plugin for TriesKv {
    type Config = NoConfig;

    fn configure(_: NoConfig) -> Result<Self, Problem> {
        Ok(TriesKv)
    }
}

impl Function for TriesKv {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn handle(&self, _: &Request) -> Result<Response, Refusal> {
        Ok(match kv::increment("calls", 1, None) {
            Ok(calls) => Response::text(calls.to_string()),
            Err(error) => Response::text(error.code()),
        })
    }
}

wasmgate_sdk::export!(TriesKv: function);
