//! Maps bodies: to upper case on the way out, to lower case on the way back.

use wasmgate_sdk::prelude::*;

struct Maps;

impl Plugin for Maps {
    type Config = NoConfig;

    fn configure(_: NoConfig) -> Result<Self, Problem> {
        Ok(Maps)
    }
}

impl Mapper for Maps {
    fn interest(&self) -> Interest {
        Interest::default().body().reply_body()
    }

    fn map_request(&self, request: &Request) -> Result<Patch, Refusal> {
        Ok(Patch::new().body(request.body().unwrap_or_default().to_ascii_uppercase()))
    }

    fn map_response(&self, _: &Request, reply: &Reply) -> Result<Patch, Refusal> {
        Ok(Patch::new().body(reply.body().unwrap_or_default().to_ascii_lowercase()))
    }
}

wasmgate_sdk::export!(Maps: mapper);
