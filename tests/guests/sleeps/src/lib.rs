//! Sleeps at every request, by a WASI clock.
#![cfg(target_family = "wasm")]

use wasi::clocks::monotonic_clock::subscribe_duration;
use wasmgate_sdk::prelude::*;

wit_bindgen::generate!({
    inline: "
        package wasmgate:guest;

        world waits {
            import wasi:clocks/monotonic-clock@0.2.6;
        }

        package wasi:io@0.2.6 {
            interface poll {
                resource pollable {
                    block: func();
                }
            }
        }

        package wasi:clocks@0.2.6 {
            interface monotonic-clock {
                use wasi:io/poll@0.2.6.{pollable};
                subscribe-duration: func(when: u64) -> pollable;
            }
        }
    ",
    generate_all,
});

#[derive(Deserialize, JsonSchema)]
struct Sleeps {
    /// For how long.
    milliseconds: u64,
}

impl Settings for Sleeps {}

impl Function for Sleeps {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn handle(&self, _: &Request) -> Result<Response, Refusal> {
        subscribe_duration(self.milliseconds * 1_000_000).block();
        Ok(Response::text("awake"))
    }
}

wasmgate_sdk::export!(Sleeps: function);
