//! Calls itself without end.

use wasmgate_sdk::prelude::*;

struct Recurses;

impl Plugin for Recurses {
    type Config = NoConfig;

    fn configure(_: NoConfig) -> Result<Self, Problem> {
        Ok(Recurses)
    }
}

impl Authorizer for Recurses {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn authorize(&self, _: &Request) -> Result<Grant, Refusal> {
        Ok(Grant::to(deeper(1).to_string()))
    }
}

wasmgate_sdk::export!(Recurses: authorizer);

fn deeper(depth: u64) -> u64 {
    if depth == u64::MAX {
        return 0;
    }
    let below = std::hint::black_box([depth; 8]);
    deeper(below[7] + 1) + below[0]
}
