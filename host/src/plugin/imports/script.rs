//! The script that an engine runs.

use super::State;
use crate::plugin::bindings::wasmgate::plugin::script;

impl script::Host for State {
    fn name(&mut self) -> String {
        let script = self.scope.script.as_ref();
        script.map_or_else(String::new, |script| script.file.clone())
    }

    fn module(&mut self, name: String) -> Option<String> {
        let script = self.scope.script.as_ref()?;
        script.module(&name).map(str::to_owned)
    }
}
