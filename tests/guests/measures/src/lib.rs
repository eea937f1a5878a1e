//! Counts what it sees in metrics of its own.

use wasmgate_sdk::{
    metrics::{Counter, Gauge, Histogram},
    prelude::*,
};

struct Measures {
    seen: Counter,
    status: Gauge,
    length: Histogram,
}

#[derive(Deserialize, JsonSchema)]
struct Config {
    /// What the counter is called.
    counter: String,
}

impl Plugin for Measures {
    type Config = Config;

    fn configure(config: Config) -> Result<Self, Problem> {
        Ok(Measures {
            seen: Counter::new(&config.counter, "Exchanges that were seen.")?,
            status: Gauge::new("last_status", "The last status.")?,
            length: Histogram::new("path_length", "Lengths of paths.", &[4.0, 8.0])?,
        })
    }
}

impl ResponseFilter for Measures {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn filter_response(&self, request: &Request, reply: &Reply) -> Result<Patch, Refusal> {
        self.seen.add(1.0);
        self.status.set(reply.status().into());
        self.length.record(request.path().len() as f64);
        Ok(Patch::new())
    }
}

wasmgate_sdk::export!(Measures: response_filter);
