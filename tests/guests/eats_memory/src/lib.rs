//! Takes memory without end.

use wasmgate_sdk::prelude::*;

struct EatsMemory;

impl Plugin for EatsMemory {
    type Config = NoConfig;

    fn configure(_: NoConfig) -> Result<Self, Problem> {
        Ok(EatsMemory)
    }
}

impl Authorizer for EatsMemory {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn authorize(&self, _: &Request) -> Result<Grant, Refusal> {
        let mut eaten = Vec::new();
        loop {
            eaten.push(std::hint::black_box(vec![1_u8; 1 << 20]));
        }
    }
}

wasmgate_sdk::export!(EatsMemory: authorizer);
