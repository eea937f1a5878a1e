//! Keeps a resource of the host when it is configured.
#![cfg(target_family = "wasm")]

use wasi::{clocks::monotonic_clock::subscribe_duration, io::poll::Pollable};
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

struct KeepsResource(Pollable);

impl Plugin for KeepsResource {
    type Config = NoConfig;

    fn configure(_: NoConfig) -> Result<Self, Problem> {
        Ok(KeepsResource(subscribe_duration(1)))
    }
}

impl Function for KeepsResource {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn handle(&self, _: &Request) -> Result<Response, Refusal> {
        self.0.block();
        Ok(Response::new(204))
    }
}

wasmgate_sdk::export!(KeepsResource: function);
