//! Never comes back.

use wasmgate_sdk::prelude::*;

struct LoopsForever;

impl Plugin for LoopsForever {
    type Config = NoConfig;

    fn configure(_: NoConfig) -> Result<Self, Problem> {
        Ok(LoopsForever)
    }
}

impl Authorizer for LoopsForever {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn authorize(&self, _: &Request) -> Result<Grant, Refusal> {
        let mut turns = 0_u64;
        while std::hint::black_box(turns) < u64::MAX {
            turns += 1;
        }
        Ok(Grant::default())
    }
}

wasmgate_sdk::export!(LoopsForever: authorizer);
