//! Answers with what it saw of the request, as JSON.

use std::collections::BTreeMap;

use wasmgate_sdk::prelude::*;

/// The greeting, and what to show.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Hello {
    /// How callers are greeted.
    #[serde(default = "hello")]
    greeting: String,
    /// The header fields to show.
    #[serde(default)]
    headers: Vec<String>,
}

impl Settings for Hello {}

#[derive(Serialize)]
struct Answer<'a> {
    message: String,
    method: &'a str,
    path: &'a str,
    headers: BTreeMap<&'a str, &'a str>,
}

impl Function for Hello {
    fn interest(&self) -> Interest {
        let interest = Interest::default().context("authorizer.principalId");
        self.headers.iter().fold(interest, Interest::header)
    }

    fn handle(&self, request: &Request) -> Result<Response, Refusal> {
        let caller = request.principal().unwrap_or("stranger");
        Ok(Response::json(&Answer {
            message: format!("{}, {caller}!", self.greeting),
            method: request.method(),
            path: request.path(),
            headers: request.headers().collect(),
        })?)
    }
}

wasmgate_sdk::export!(Hello: function);

fn hello() -> String {
    "hello".to_owned()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use wasmgate_sdk::{Request, test};

    use super::Hello;

    #[test]
    fn caller_and_headers_are_shown() {
        let plugin: Hello = test::configure(r#"{"headers": ["x-gateway"]}"#).unwrap();
        let request = Request::test("GET", "/hello")
            .header("x-gateway", "wasmgate")
            .header("cookie", "secret")
            .context("authorizer.principalId", "alice");
        let answer = test::handle(&plugin, &request).unwrap();
        let json = r#"{"message":"hello, alice!","method":"GET","path":"/hello","headers":{"x-gateway":"wasmgate"}}"#;
        assert_eq!(String::from_utf8(answer.body).unwrap(), json);
    }
}
