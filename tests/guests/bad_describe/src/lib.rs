//! Describes itself in no language that the host knows.
#![cfg(target_family = "wasm")]

use wasmgate_sdk::bindings::setup::{self as bindings, exports::wasmgate::plugin::setup::Guest};

struct BadDescribe;

impl Guest for BadDescribe {
    fn describe() -> String {
        "not a description".to_owned()
    }

    fn configure(_: Vec<String>) -> Result<String, String> {
        Ok(r#"{"entries":[]}"#.to_owned())
    }
}

bindings::export_setup!(BadDescribe with_types_in bindings);
