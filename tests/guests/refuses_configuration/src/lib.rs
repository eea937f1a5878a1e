//! Finds mistakes in every configuration.

use wasmgate_sdk::prelude::*;

struct Refuses;

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "no configuration gets as far as being used")]
struct Config {
    /// A program, of which line 2 is bad.
    program: String,
    /// Names, of which the second is bad.
    names: Vec<String>,
}

impl Plugin for Refuses {
    type Config = Config;

    fn configure(_: Config) -> Result<Self, Problem> {
        let program = Problem::at("/program", "unknown word `frobnicate`").line(2, 5);
        Err(program.and(Problem::at("/names/1", "a name must not be empty")))
    }
}

impl Function for Refuses {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn handle(&self, _: &Request) -> Result<Response, Refusal> {
        Ok(Response::new(204))
    }
}

wasmgate_sdk::export!(Refuses: function);
