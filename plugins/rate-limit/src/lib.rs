//! Limits how many requests a caller may send in a time.
//!
//! Counters stand in the host's key-value store and change atomically, so that every worker, and every gateway that
//! shares the store, counts together.

use wasmgate_sdk::{Capability, prelude::*};

mod caller;
mod config;
mod counter;

use caller::Callers;
use config::{Algorithm, Config, OnFailure};
use counter::{Counted, Limit};

/// One limit.
#[derive(Debug)]
struct RateLimit {
    limit: Limit,
    callers: Callers,
    on_failure: OnFailure,
    /// The limit as a quoted item of a structured field.
    item: String,
    /// Parameters of the item that say what the limit is.
    policy: String,
    /// Where the response filter finds what the request filter counted.
    told: String,
}

impl Plugin for RateLimit {
    type Config = Config;

    const NEEDS: &'static [Capability] = &[Capability::Kv];

    fn configure(config: Config) -> Result<Self, Problem> {
        check(&config)?;
        let per = seconds(&config.per).map_err(|message| Problem::at("/per", message))?;
        let Config { limit, name, .. } = &config;
        let burst = config.burst.unwrap_or(*limit);
        let algorithm = match config.algorithm {
            Algorithm::TokenBucket => format!("bucket {burst}"),
            Algorithm::FixedWindow => "window".to_owned(),
        };
        let settings = format!("{name}/{limit}/{per}/{algorithm}/{}", config.ipv6_prefix);
        Ok(RateLimit {
            limit: Limit {
                algorithm: config.algorithm,
                limit: u64::from(*limit),
                per: per * 1000,
                burst: u64::from(burst),
            },
            callers: Callers::parse(&config.by, config.ipv6_prefix, settings)?,
            on_failure: config.on_failure,
            item: format!("\"{name}\""),
            policy: format!(";q={limit};w={per}"),
            told: format!("rateLimit.{name}"),
        })
    }
}

impl RequestFilter for RateLimit {
    fn interest(&self) -> Interest {
        self.callers.interest()
    }

    fn filter_request(&self, request: &Request) -> Result<Patch, Refusal> {
        let now = u64::try_from(clock::now().as_millis())?;
        let counter = self.callers.counter(request)?;
        let counted = match (self.limit.count(&counter, now), self.on_failure) {
            (Ok(counted), _) => counted,
            (Err(error), OnFailure::Refuse) => return Err(error.into()),
            (Err(error), OnFailure::Allow) => {
                log::warn!("not counted: {error}");
                return Ok(Patch::new());
            }
        };
        let state = state(&counted);
        match counted.remaining {
            Some(_) => Ok(Patch::new().set_context(&self.told, state)),
            None => Err(Refusal::too_many()
                .header("retry-after", whole(counted.wait).to_string())
                .header("ratelimit-policy", [&*self.item, &self.policy].concat())
                .header("ratelimit", [&*self.item, &state].concat())),
        }
    }
}

impl ResponseFilter for RateLimit {
    fn interest(&self) -> Interest {
        Interest::default().context(["authorizer.", &self.told].concat())
    }

    fn filter_response(&self, request: &Request, _: &Reply) -> Result<Patch, Refusal> {
        let mut told = Patch::new();
        if let Some(state) = request.context(&["authorizer.", &self.told].concat()) {
            told = told
                .append_header("ratelimit-policy", [&*self.item, &self.policy].concat())
                .append_header("ratelimit", [&self.item, state].concat());
        }
        Ok(told)
    }
}

wasmgate_sdk::export!(RateLimit: request_filter, response_filter);

fn check(config: &Config) -> Result<(), Problem> {
    let count = 1..=1_000_000;
    let mut problems = Vec::new();
    if !count.contains(&config.limit) {
        let message = "a limit is 1 to 1000000; to let nobody in, use the plugin `access`";
        problems.push(Problem::at("/limit", message));
    }
    match (config.burst, config.algorithm) {
        (Some(_), Algorithm::FixedWindow) => {
            let message = "a fixed window has no burst: take it out, or use `token-bucket`";
            problems.push(Problem::at("/burst", message));
        }
        (Some(burst), _) if !count.contains(&burst) => {
            problems.push(Problem::at("/burst", "a burst is 1 to 1000000"));
        }
        _ => {}
    }
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if !(1..=64).contains(&config.name.len()) || !config.name.bytes().all(letter) {
        let message = "a name has 1 to 64 letters, digits, `-` and `_`";
        problems.push(Problem::at("/name", message));
    }
    if config.ipv6_prefix > 128 {
        problems.push(Problem::at("/ipv6_prefix", "an address has 128 bits"));
    }
    if let Err(message) = seconds(&config.per) {
        problems.push(Problem::at("/per", message));
    }
    Problem::all(problems)
}

/// A time with its unit.
fn seconds(text: &str) -> Result<u64, String> {
    let units = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];
    let known = units
        .iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, *seconds)));
    known
        .filter(|(digits, _)| digits.len() <= 7 && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|(digits, unit)| Some(digits.parse::<u64>().ok()? * unit))
        .filter(|seconds| (1..=31 * 86_400).contains(seconds))
        .ok_or_else(|| format!("`{text}` is no time from `1s` to `31d`"))
}

/// What is left, as parameters of a structured field.
fn state(counted: &Counted) -> String {
    let remaining = counted.remaining.unwrap_or_default().to_string();
    let wait = whole(counted.wait).to_string();
    [";r=", &remaining, ";t=", &wait].concat()
}

/// Milliseconds as whole seconds, rather too long than too short.
fn whole(milliseconds: u64) -> u64 {
    milliseconds.div_ceil(1000)
}

#[cfg(test)]
mod tests;
