//! Lets callers in who show a known key, and tells later hooks who they are.

use std::fmt::Write;

use wasmgate_sdk::{
    assets::Asset,
    metrics::Counter,
    prelude::*,
    table::{Builder, Table},
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// A file with a key, a caller and a tenant in each line.
    #[schemars(with = "serde_json::Value")]
    keys: Asset,
    /// The caller's name is added to this URL.
    ask: String,
}

struct Keys {
    callers: Table,
    ask: String,
    granted: Counter,
}

impl Plugin for Keys {
    type Config = Settings;

    const NEEDS: &'static [Capability] = &[Capability::Http, Capability::Kv, Capability::Secrets];

    fn configure(settings: Settings) -> Result<Self, Problem> {
        let mut callers = Builder::new()?;
        for (key, caller) in settings.keys.text()?.lines().filter_map(|line| line.split_once(',')) {
            callers.insert(key, caller)?;
        }
        Ok(Keys {
            callers: callers.finish()?,
            ask: settings.ask,
            granted: Counter::new("granted", "Callers that were let in.")?,
        })
    }
}

impl Authorizer for Keys {
    fn interest(&self) -> Interest {
        Interest::default().header("x-api-key")
    }

    fn authorize(&self, request: &Request) -> Result<Grant, Refusal> {
        let shown = request.header("x-api-key");
        let key = shown.ok_or_else(|| Refusal::unauthorized().message("show your key as X-Api-Key"))?;
        let known = self.known(key)?.ok_or_else(|| Refusal::forbidden().message("unknown key"))?;
        let (caller, tenant) = known.split_once(',').unwrap_or((&known, ""));
        if http::get(format!("{}{caller}", self.ask)).send()?.status() != 200 {
            return Err(Refusal::forbidden().message(format!("{caller} is not wanted")));
        }
        let calls = kv::increment(caller, 1, None)?;
        self.granted.add(1.0);
        log::info!("{caller} calls in request {}", context::get("requestId").unwrap_or_default());
        Ok(Grant::to(caller)
            .context("tenant", tenant)
            .context("calls", calls.to_string())
            .context("proof", hex(&crypto::digest("SHA-256", key)?)))
    }
}

impl Keys {
    /// Who has the key: the operator by the master key, or one of the table.
    fn known(&self, key: &str) -> Result<Option<String>, Refusal> {
        if crypto::equal(key, secrets::get("master")?) {
            return Ok(Some("operator,all".to_owned()));
        }
        Ok(self.callers.lookup(key).map(String::from_utf8).transpose()?)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        _ = write!(digits, "{byte:02x}");
        digits
    })
}

wasmgate_sdk::export!(Keys: authorizer);
