//! Panics at every request.

use wasmgate_sdk::prelude::*;

struct Traps;

impl Plugin for Traps {
    type Config = NoConfig;

    fn configure(_: NoConfig) -> Result<Self, Problem> {
        Ok(Traps)
    }
}

impl Authorizer for Traps {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn authorize(&self, request: &Request) -> Result<Grant, Refusal> {
        panic!("no way out of {}", request.path())
    }
}

wasmgate_sdk::export!(Traps: authorizer);
