//! The time of day.

use std::time::{SystemTime, UNIX_EPOCH};

use super::State;
use crate::plugin::bindings::wasmgate::plugin::clock;

impl clock::Host for State {
    fn now(&mut self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| since.as_millis() as u64)
    }
}
