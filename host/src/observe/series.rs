//! Numbers of exchanges by route, one shard a worker, so that workers never share a cache line.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::Exchange;

/// Upper bounds of the latency histograms, in microseconds.
pub(crate) const BOUNDS: [u64; 14] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 10_000_000, 30_000_000,
];

/// The numbers of one route.
#[derive(Debug)]
pub struct Series {
    pub(crate) api: Box<str>,
    pub(crate) stage: Box<str>,
    pub(crate) route: Box<str>,
    /// Made on a worker's first exchange: most of ten thousand routes are rarely asked for.
    shards: Box<[OnceLock<Box<Shard>>]>,
}

/// One worker's part. Two cache lines apart from others, since processors fetch them in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Shard {
    /// By hundreds of the status, from 1xx.
    statuses: [AtomicU64; 5],
    latency: Histogram,
    upstream: Histogram,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
}

#[derive(Debug, Default)]
struct Histogram {
    /// The last one counts what is over all bounds.
    counts: [AtomicU64; BOUNDS.len() + 1],
    sum: AtomicU64,
}

/// What a series holds, summed over its shards.
#[derive(Debug, Default, Clone)]
pub(crate) struct Totals {
    pub(crate) statuses: [u64; 5],
    pub(crate) latency: Distribution,
    pub(crate) upstream: Distribution,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Distribution {
    pub(crate) counts: [u64; BOUNDS.len() + 1],
    /// Microseconds.
    pub(crate) sum: u64,
}

/// All series of the process.
#[derive(Debug)]
pub(super) struct Registry {
    workers: usize,
    series: Mutex<BTreeMap<[Box<str>; 3], Arc<Series>>>,
}

impl Registry {
    pub(super) fn new(workers: usize) -> Registry {
        Registry {
            workers: workers.max(1),
            series: Mutex::default(),
        }
    }

    pub(super) fn series(&self, api: &str, stage: &str, route: &str) -> Arc<Series> {
        let mut known = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        let series = known
            .entry([api.into(), stage.into(), route.into()])
            .or_insert_with(|| Arc::new(Series::new(api, stage, route, self.workers)));
        Arc::clone(series)
    }

    /// Every series with an exchange. Those of routes that are gone are forgotten once they were read.
    pub(super) fn read(&self) -> Vec<(Arc<Series>, Totals)> {
        let mut known = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        let read = known
            .values()
            .filter(|series| series.shards.iter().any(|shard| shard.get().is_some()))
            .map(|series| (Arc::clone(series), series.totals()))
            .collect::<Vec<_>>();
        // One handle is the registry's, one the list's.
        known.retain(|_, series| Arc::strong_count(series) > 2 || series.totals().calls() == 0);
        read
    }
}

impl Series {
    fn new(api: &str, stage: &str, route: &str, workers: usize) -> Series {
        Series {
            api: api.into(),
            stage: stage.into(),
            route: route.into(),
            shards: (0..workers).map(|_| OnceLock::new()).collect(),
        }
    }

    /// The shard of a worker; any number will do.
    pub(super) fn shard(&self, worker: usize) -> &Shard {
        self.shards[worker % self.shards.len()].get_or_init(Box::default)
    }

    pub(crate) fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for shard in self.shards.iter().filter_map(OnceLock::get) {
            shard.sum_into(&mut totals);
        }
        totals
    }
}

impl Shard {
    pub(super) fn add(&self, exchange: &Exchange<'_>) {
        let class = usize::from(exchange.status.as_u16() / 100).clamp(1, 5) - 1;
        self.statuses[class].fetch_add(1, Ordering::Relaxed);
        self.latency.add(exchange.latency);
        if let Some(latency) = exchange.upstream_latency {
            self.upstream.add(latency);
        }
        // Most requests have no body: nothing to add.
        if exchange.bytes_in > 0 {
            self.bytes_in
                .fetch_add(exchange.bytes_in, Ordering::Relaxed);
        }
        self.bytes_out
            .fetch_add(exchange.bytes_out, Ordering::Relaxed);
    }

    fn sum_into(&self, totals: &mut Totals) {
        for (total, count) in totals.statuses.iter_mut().zip(&self.statuses) {
            *total += count.load(Ordering::Relaxed);
        }
        self.latency.sum_into(&mut totals.latency);
        self.upstream.sum_into(&mut totals.upstream);
        totals.bytes_in += self.bytes_in.load(Ordering::Relaxed);
        totals.bytes_out += self.bytes_out.load(Ordering::Relaxed);
    }
}

impl Histogram {
    fn add(&self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.partition_point(|bound| *bound < micros);
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(micros, Ordering::Relaxed);
    }

    fn sum_into(&self, distribution: &mut Distribution) {
        for (total, count) in distribution.counts.iter_mut().zip(&self.counts) {
            *total += count.load(Ordering::Relaxed);
        }
        distribution.sum += self.sum.load(Ordering::Relaxed);
    }
}

impl Totals {
    fn calls(&self) -> u64 {
        self.statuses.iter().sum()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn shards_are_summed() {
        let registry = Registry::new(2);
        let series = registry.series("shop", "$default", "GET /a");
        for worker in 0..3 {
            series.shard(worker).add(&exchange(200, 700));
        }
        series.shard(1).add(&exchange(503, 40_000_000));

        let totals = registry.read().pop().unwrap().1;
        assert_eq!(totals.statuses, [0, 3, 0, 0, 1]);
        assert_eq!(totals.latency.counts[1], 3);
        assert_eq!(totals.latency.counts[BOUNDS.len()], 1);
        assert_eq!(totals.latency.sum, 3 * 700 + 40_000_000);
    }

    #[test]
    fn reload_keeps_the_numbers() {
        let registry = Registry::new(1);
        let before = registry.series("shop", "$default", "GET /a");
        before.shard(0).add(&exchange(200, 1));
        let after = registry.series("shop", "$default", "GET /a");
        drop(before);
        assert_eq!(after.totals().calls(), 1);
    }

    #[test]
    fn removed_route_is_read_once_more() {
        let registry = Registry::new(1);
        registry
            .series("shop", "$default", "GET /a")
            .shard(0)
            .add(&exchange(200, 1));
        assert_eq!(registry.read().len(), 1);
        assert_eq!(registry.read().len(), 0);
    }

    fn exchange(status: u16, micros: u64) -> Exchange<'static> {
        Exchange {
            series: None,
            request_id: "",
            time: std::time::UNIX_EPOCH,
            client: [127, 0, 0, 1].into(),
            method: "GET",
            path: "/a",
            status: http::StatusCode::from_u16(status).unwrap(),
            bytes_in: 0,
            bytes_out: 0,
            latency: Duration::from_micros(micros),
            upstream_latency: None,
            upstream: None,
            upstream_address: None,
            blame: None,
            failure: None,
            plugin: None,
            user_agent: None,
            authorizer: &[],
        }
    }
}
