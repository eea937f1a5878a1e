//! Cannot do without a power that nobody granted.

use wasmgate_sdk::prelude::*;

struct NeedsKv;

impl Plugin for NeedsKv {
    type Config = NoConfig;

    const NEEDS: &'static [Capability] = &[Capability::Kv];

    fn configure(_: NoConfig) -> Result<Self, Problem> {
        Ok(NeedsKv)
    }
}

impl Function for NeedsKv {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn handle(&self, _: &Request) -> Result<Response, Refusal> {
        Ok(Response::text(kv::increment("calls", 1, None)?.to_string()))
    }
}

wasmgate_sdk::export!(NeedsKv: function);
