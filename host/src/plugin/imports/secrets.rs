//! Secrets that the operator granted to a plugin.

use super::{Code, Refused, State, Used};
use crate::plugin::bindings::wasmgate::plugin::{secrets, types};

impl secrets::Host for State {
    fn get(&mut self, name: String) -> Result<String, types::Error> {
        Ok(self.secret(&name)?)
    }
}

impl State {
    fn secret(&mut self, name: &str) -> Result<String, Refused> {
        self.holdings()?;
        // What was not granted is denied whether it exists or not: names are not for guessing.
        if !self
            .scope
            .policy
            .grants
            .secrets
            .iter()
            .any(|granted| granted == name)
        {
            let name = name.escape_debug();
            let message = format!("secret `{name}` is not granted");
            return Err(Refused::new(Code::Denied, message));
        }
        self.note(Used {
            secrets: true,
            ..Used::default()
        });
        let value = self.scope.services.secret(name);
        value.ok_or_else(|| Refused::new(Code::NotFound, format!("no secret is named `{name}`")))
    }
}
