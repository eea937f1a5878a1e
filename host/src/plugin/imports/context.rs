//! Values of the running request that an interest did not ask for.

use super::State;
use crate::plugin::bindings::wasmgate::plugin::context;

impl context::Host for State {
    fn get(&mut self, name: String) -> Option<String> {
        let value = self.context.as_ref()?.get(&name)?;
        Some(value.into_owned())
    }
}
