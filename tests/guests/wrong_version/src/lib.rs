//! Speaks a later version of the contract.
#![cfg(target_family = "wasm")]
#![expect(unsafe_code, reason = "the generated bindings")]

wit_bindgen::generate!({
    inline: "
        package wasmgate:plugin@0.2.0;

        interface setup {
            describe: func() -> string;
            configure: func(entries: list<string>) -> result<string, string>;
        }

        world later {
            export setup;
        }
    ",
});

struct WrongVersion;

impl exports::wasmgate::plugin::setup::Guest for WrongVersion {
    fn describe() -> String {
        r#"{"name":"wrong_version","version":"0.2.0","summary":"","hooks":["function"],"capabilities":[]}"#.to_owned()
    }

    fn configure(_: Vec<String>) -> Result<String, String> {
        Ok(r#"{"entries":[{"function":{}}]}"#.to_owned())
    }
}

export!(WrongVersion);
