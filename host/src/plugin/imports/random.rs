//! Randomness that is fit for secrets.

use aws_lc_rs::rand;

use super::State;
use crate::plugin::bindings::wasmgate::plugin::random;

impl random::Host for State {
    fn next(&mut self) -> u64 {
        let mut bytes = [0; 8];
        // aws-lc aborts rather than to go on without entropy, so this cannot fail.
        rand::fill(&mut bytes).expect("the generator of random numbers works");
        u64::from_le_bytes(bytes)
    }
}
