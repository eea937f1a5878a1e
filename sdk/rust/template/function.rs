//! Greets whoever calls.

use wasmgate_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Greeting {
    /// How callers are greeted.
    greeting: String,
}

impl Settings for Greeting {}

impl Function for Greeting {
    fn interest(&self) -> Interest {
        Interest::default().query("name")
    }

    fn handle(&self, request: &Request) -> Result<Response, Refusal> {
        let name = request.query_parameter("name").unwrap_or("stranger");
        Ok(Response::text(format!("{}, {name}!", self.greeting)))
    }
}

wasmgate_sdk::export!(Greeting: function);

#[cfg(test)]
mod tests {
    use wasmgate_sdk::test;

    use super::*;

    #[test]
    fn caller_is_greeted() {
        let plugin: Greeting = test::configure(r#"{"greeting": "hello"}"#).unwrap();
        let answer = test::handle(&plugin, &Request::test("GET", "/?name=ann"));
        assert_eq!(answer, Ok(Response::text("hello, ann!")));
    }
}
