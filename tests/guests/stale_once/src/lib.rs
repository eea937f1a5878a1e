//! Fetches a word when it is configured, and says that it is stale where a request shows another.

use std::time::Duration;

use wasmgate_sdk::prelude::*;

struct Stale {
    word: String,
    refresh: Option<u64>,
}

#[derive(Deserialize, JsonSchema)]
struct Config {
    /// Where the word is.
    url: String,
    /// After how many seconds to fetch it again.
    #[serde(default)]
    refresh: Option<u64>,
}

impl Plugin for Stale {
    type Config = Config;

    const NEEDS: &'static [Capability] = &[Capability::Http];

    fn configure(Config { url, refresh }: Config) -> Result<Self, Problem> {
        let word = http::get(url).send()?;
        Ok(Stale {
            word: String::from_utf8_lossy(word.body()).into_owned(),
            refresh,
        })
    }

    fn refresh(&self) -> Option<Duration> {
        self.refresh.map(Duration::from_secs)
    }
}

impl Authorizer for Stale {
    fn interest(&self) -> Interest {
        Interest::default().header("x-word")
    }

    fn authorize(&self, request: &Request) -> Result<Grant, Refusal> {
        match request.header("x-word") {
            None => Ok(Grant::to(&self.word)),
            Some(word) if word == self.word => Ok(Grant::to(word)),
            Some(_) => Err(Refusal::stale().header("www-authenticate", "Word")),
        }
    }
}

wasmgate_sdk::export!(Stale: authorizer);
