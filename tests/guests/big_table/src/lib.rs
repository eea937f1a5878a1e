//! Looks a key up among very many.

use wasmgate_sdk::{
    prelude::*,
    table::{Builder, Table},
};

struct BigTable(Table);

#[derive(Deserialize, JsonSchema)]
struct Config {
    /// How many keys: `key-0`, `key-1` and so on.
    keys: u32,
}

impl Plugin for BigTable {
    type Config = Config;

    fn configure(config: Config) -> Result<Self, Problem> {
        let mut table = Builder::new()?;
        for n in 0..config.keys {
            table.insert(format!("key-{n}"), n.to_string())?;
        }
        Ok(BigTable(table.finish()?))
    }
}

impl Authorizer for BigTable {
    fn interest(&self) -> Interest {
        Interest::default().header("x-key")
    }

    fn authorize(&self, request: &Request) -> Result<Grant, Refusal> {
        let key = request.header("x-key").ok_or(Refusal::unauthorized())?;
        let owner = self.0.lookup(key).ok_or(Refusal::forbidden())?;
        Ok(Grant::to(String::from_utf8(owner)?))
    }
}

wasmgate_sdk::export!(BigTable: authorizer);
