//! Answers with a context value that its interest does not name.

use wasmgate_sdk::prelude::*;

struct AsksContext;

impl Plugin for AsksContext {
    type Config = NoConfig;

    fn configure(_: NoConfig) -> Result<Self, Problem> {
        Ok(AsksContext)
    }
}

impl Function for AsksContext {
    fn interest(&self) -> Interest {
        Interest::default().query("name")
    }

    fn handle(&self, request: &Request) -> Result<Response, Refusal> {
        let name = request.query_parameter("name").unwrap_or_default();
        Ok(Response::text(
            context::get(name).unwrap_or("none".to_owned()),
        ))
    }
}

wasmgate_sdk::export!(AsksContext: function);
