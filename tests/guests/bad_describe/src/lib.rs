//! Describes itself in no language that the host knows.
#![cfg(target_family = "wasm")]

use wasmgate_sdk::{
    bindings::{
        function::{self, exports::wasmgate::plugin::function as hook},
        setup::{self, exports::wasmgate::plugin::setup::Guest},
    },
    export::types::{Refusal, Request, Response},
};

struct BadDescribe;

impl Guest for BadDescribe {
    fn describe() -> String {
        "not a description".to_owned()
    }

    fn configure(_: Vec<String>) -> Result<String, String> {
        Ok(r#"{"entries":[]}"#.to_owned())
    }
}

impl hook::Guest for BadDescribe {
    fn handle(_: u32, _: Request) -> Result<Response, Refusal> {
        unreachable!("it is never loaded")
    }
}

setup::export_setup!(BadDescribe with_types_in setup);
function::export_function!(BadDescribe with_types_in function);
