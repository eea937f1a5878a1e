//! Counts its requests in a global, and panics where one asks for it.

use std::sync::atomic::{AtomicU32, Ordering};

use wasmgate_sdk::prelude::*;

static REQUESTS: AtomicU32 = AtomicU32::new(0);

struct TrapsOnDemand;

impl Plugin for TrapsOnDemand {
    type Config = NoConfig;

    fn configure(_: NoConfig) -> Result<Self, Problem> {
        Ok(TrapsOnDemand)
    }
}

impl Function for TrapsOnDemand {
    fn interest(&self) -> Interest {
        Interest::default().header("x-trap")
    }

    fn handle(&self, request: &Request) -> Result<Response, Refusal> {
        let count = REQUESTS.fetch_add(1, Ordering::Relaxed);
        assert!(request.header("x-trap").is_none(), "as asked");
        Ok(Response::text(count.to_string()))
    }
}

wasmgate_sdk::export!(TrapsOnDemand: function);
