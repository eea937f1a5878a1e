//! What came of reloads: counts, and why the last one failed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use arc_swap::ArcSwapOption;
use serde::{Serialize, Serializer};

use super::metrics::Page;

/// Reloads of a process.
#[derive(Debug, Default)]
pub(crate) struct Reloads {
    succeeded: AtomicU64,
    failed: AtomicU64,
    /// None where the last one went well, and before the first.
    last: ArcSwapOption<Refused>,
}

/// Reloads that were refused: what is in the file now does not run.
#[derive(Debug, Serialize)]
pub(crate) struct Refused {
    /// Of the first of them, in seconds since 1970.
    #[serde(serialize_with = "seconds")]
    since: SystemTime,
    /// Why the last of them was.
    problems: Vec<String>,
}

impl Reloads {
    pub(crate) fn succeed(&self) {
        self.succeeded.fetch_add(1, Relaxed);
        self.last.store(None);
    }

    pub(crate) fn fail(&self, problems: Vec<String>) {
        self.failed.fetch_add(1, Relaxed);
        let before = self.last.load();
        let since = before.as_ref().map(|refused| refused.since);
        self.last.store(Some(Arc::new(Refused {
            since: since.unwrap_or_else(SystemTime::now),
            problems,
        })));
    }

    /// Why what is in the file now does not run, where it does not.
    pub(crate) fn refused(&self) -> Option<Arc<Refused>> {
        self.last.load_full()
    }

    pub(super) fn write(&self, page: &mut Page) {
        let name = "wasmgate_reloads_total";
        page.family(name, "counter", "Reloads of the configuration.");
        for (result, counter) in [("success", &self.succeeded), ("failure", &self.failed)] {
            page.sample(name, &[("result", result)], counter.load(Relaxed));
        }
        let refused = self.refused();
        page.single(
            "wasmgate_config_current",
            "gauge",
            "0 where the configuration file was refused, and what was there before runs on.",
            u8::from(refused.is_none()),
        );
        page.single(
            "wasmgate_config_refused_since_seconds",
            "gauge",
            "Since when it is refused, in seconds since 1970; 0 where it is not.",
            refused.map_or(0, |refused| epoch(refused.since)),
        );
    }
}

fn epoch(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

fn seconds<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    epoch(*time).serialize(serializer)
}
