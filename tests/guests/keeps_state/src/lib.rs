//! Counts its requests in a global, and shows the count.

use std::sync::atomic::{AtomicU32, Ordering};

use wasmgate_sdk::prelude::*;

static REQUESTS: AtomicU32 = AtomicU32::new(0);

struct KeepsState;

impl Plugin for KeepsState {
    type Config = NoConfig;

    fn configure(_: NoConfig) -> Result<Self, Problem> {
        Ok(KeepsState)
    }
}

impl Function for KeepsState {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn handle(&self, _: &Request) -> Result<Response, Refusal> {
        Ok(Response::text(
            REQUESTS.fetch_add(1, Ordering::Relaxed).to_string(),
        ))
    }
}

wasmgate_sdk::export!(KeepsState: function);
