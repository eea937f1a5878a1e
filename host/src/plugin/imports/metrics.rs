//! The plugins' own metrics. Registered by name in `configure`, counted by number in hooks, read when somebody scrapes.
//!
//! Counters and histograms are kept in shards, one for each of the first worker threads, so that cores which count the
//! same thing do not pass a cache line to and fro.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use super::{Code, Refused, State};
use crate::plugin::bindings::wasmgate::plugin::{metrics, types};

/// Upper bounds of a histogram, as the contract has it.
const BOUNDS: usize = 32;
const NAME: usize = 64;
const HELP: usize = 1024;
const SHARDS: usize = 8;

/// What the gateway itself counts of every plugin under the same prefix.
pub(crate) const TAKEN: [&str; 14] = [
    "state",
    "calls_total",
    "call_duration_seconds",
    "memory_peak_bytes",
    "running_calls",
    "waiting_calls",
    "breaker_open",
    "swaps_total",
    "failed_swaps_total",
    "compiles_total",
    "compile_seconds_total",
    "memory_bytes",
    "loaded_timestamp_seconds",
    "log_lines_dropped_total",
];

/// All plugins' metrics. Those that no image holds any more vanish by themselves.
#[derive(Default)]
pub(super) struct Registry(Mutex<BTreeMap<String, ByPlugin>>);

/// The metrics of one name, by the plugin that has it. The images that use a metric own it.
type ByPlugin = BTreeMap<Arc<str>, Weak<Metric>>;

/// What a plugin asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Definition {
    name: String,
    help: String,
    shape: Shape,
}

#[derive(Clone, Debug, PartialEq)]
enum Shape {
    Counter,
    Gauge,
    /// Ascending, finite upper bounds.
    Histogram(Vec<f64>),
}

/// One metric of one plugin.
pub(super) struct Metric {
    definition: Definition,
    shards: Box<[Shard]>,
}

/// The cells of one shard: a counter's or gauge's value, or a histogram's sum and then its buckets.
#[repr(align(64))]
struct Shard(Box<[AtomicU64]>);

/// All metrics of one name, for the exposition.
#[derive(Debug)]
pub(crate) struct Family {
    /// As the plugin chose it, without the prefix.
    pub(crate) name: String,
    pub(crate) help: String,
    pub(crate) kind: Kind,
    pub(crate) series: Vec<Series>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// One plugin's reading.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) plugin: Arc<str>,
    pub(crate) reading: Reading,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Reading {
    Value(f64),
    Buckets {
        /// Upper bounds with how many values were at most that, cumulated; the infinite one is `count`.
        buckets: Vec<(f64, u64)>,
        count: u64,
        sum: f64,
    },
}

impl metrics::Host for State {
    fn counter(&mut self, name: String, help: String) -> Result<u32, types::Error> {
        self.register(name, help, Shape::Counter)
    }

    fn gauge(&mut self, name: String, help: String) -> Result<u32, types::Error> {
        self.register(name, help, Shape::Gauge)
    }

    fn histogram(
        &mut self,
        name: String,
        help: String,
        bounds: Vec<f64>,
    ) -> Result<u32, types::Error> {
        self.register(name, help, Shape::Histogram(bounds))
    }

    fn add(&mut self, metric: u32, value: f64) {
        if let Some(metric) = self.holdings().ok().and_then(|vault| vault.metric(metric)) {
            metric.add(value);
        }
    }

    fn observe(&mut self, metric: u32, value: f64) {
        if let Some(metric) = self.holdings().ok().and_then(|vault| vault.metric(metric)) {
            metric.observe(value);
        }
    }
}

impl State {
    fn register(&mut self, name: String, help: String, shape: Shape) -> Result<u32, types::Error> {
        let builder = self.builder()?;
        Ok(builder.add_metric(Definition::check(name, help, shape)?)?)
    }
}

impl Definition {
    fn check(name: String, help: String, shape: Shape) -> Result<Definition, Refused> {
        let invalid = |message: String| Err(Refused::new(Code::Invalid, message));
        let first = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if !first || name.len() > NAME || !name.bytes().all(rest) {
            return invalid(format!(
                "metric `{}`: a name is a lower-case letter and then letters, digits or `_`, at most {NAME}",
                name.escape_debug()
            ));
        }
        if TAKEN.contains(&name.as_str()) {
            return invalid(format!(
                "metric `{name}`: the gateway has one of that name: choose another"
            ));
        }
        if help.len() > HELP {
            return invalid(format!("metric `{name}`: help is longer than {HELP} bytes"));
        }
        if let Shape::Histogram(bounds) = &shape {
            let ascending = bounds.windows(2).all(|pair| pair[0] < pair[1]);
            if bounds.len() > BOUNDS || !ascending || !bounds.iter().all(|bound| bound.is_finite())
            {
                return invalid(format!(
                    "metric `{name}`: bounds are at most {BOUNDS} finite numbers, ascending"
                ));
            }
        }
        Ok(Definition { name, help, shape })
    }

    fn kind(&self) -> Kind {
        match self.shape {
            Shape::Counter => Kind::Counter,
            Shape::Gauge => Kind::Gauge,
            Shape::Histogram(_) => Kind::Histogram,
        }
    }
}

impl Registry {
    /// The metric of a plugin, made where it is new. An image that takes over from another goes on counting where that
    /// stood; one that changes the metric's shape begins anew.
    pub(super) fn register(
        &self,
        plugin: &Arc<str>,
        definition: Definition,
    ) -> Result<Arc<Metric>, Refused> {
        let mut families = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let family = families.entry(definition.name.clone()).or_default();
        let others = family.iter().filter(|(owner, _)| *owner != plugin);
        for (owner, metric) in others.filter_map(|(o, m)| Some((o, m.upgrade()?))) {
            if metric.definition.kind() != definition.kind() {
                return Err(Refused::new(
                    Code::Conflict,
                    format!(
                        "plugin `{owner}` has a metric `{}` of another type: choose another name",
                        definition.name
                    ),
                ));
            }
        }
        if let Some(metric) = family.get(plugin).and_then(Weak::upgrade)
            && metric.definition.shape == definition.shape
        {
            return Ok(metric);
        }
        let metric = Arc::new(Metric::new(definition));
        family.insert(plugin.clone(), Arc::downgrade(&metric));
        Ok(metric)
    }

    /// Every metric that an image still holds, by name and plugin.
    pub(super) fn read(&self) -> Vec<Family> {
        let mut families = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        families.retain(|_, family| {
            family.retain(|_, metric| metric.strong_count() > 0);
            !family.is_empty()
        });
        families.values().filter_map(Family::read).collect()
    }
}

impl Family {
    fn read(metrics: &BTreeMap<Arc<str>, Weak<Metric>>) -> Option<Family> {
        let live = |(plugin, metric): (&Arc<str>, &Weak<Metric>)| {
            Some((plugin.clone(), metric.upgrade()?))
        };
        let live: Vec<_> = metrics.iter().filter_map(live).collect();
        let definition = &live.first()?.1.definition;
        Some(Family {
            name: definition.name.clone(),
            help: definition.help.clone(),
            kind: definition.kind(),
            series: live
                .iter()
                .map(|(plugin, metric)| Series {
                    plugin: plugin.clone(),
                    reading: metric.read(),
                })
                .collect(),
        })
    }
}

impl Metric {
    fn new(definition: Definition) -> Metric {
        let (shards, cells) = match &definition.shape {
            Shape::Counter => (SHARDS, 1),
            // A gauge that is set has one place: the last value counts, whoever set it.
            Shape::Gauge => (1, 1),
            // Sum, buckets, and the infinite one.
            Shape::Histogram(bounds) => (SHARDS, bounds.len() + 2),
        };
        let shard = || Shard((0..cells).map(|_| AtomicU64::new(0)).collect());
        Metric {
            shards: (0..shards).map(|_| shard()).collect(),
            definition,
        }
    }

    /// Adds to a counter or gauge. Counters never go down.
    pub(super) fn add(&self, value: f64) {
        match self.definition.shape {
            Shape::Counter if value >= 0.0 && value.is_finite() => add(&self.shard()[0], value),
            Shape::Gauge if value.is_finite() => add(&self.shard()[0], value),
            _ => {}
        }
    }

    /// Sets a gauge or records a value in a histogram.
    pub(super) fn observe(&self, value: f64) {
        match &self.definition.shape {
            Shape::Gauge => self.shard()[0].store(value.to_bits(), Ordering::Relaxed),
            Shape::Histogram(bounds) if value.is_finite() => {
                let cells = self.shard();
                let bucket = bounds.partition_point(|&bound| bound < value);
                add(&cells[0], value);
                cells[1 + bucket].fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
    }

    fn shard(&self) -> &[AtomicU64] {
        &self.shards[thread_number() % self.shards.len()].0
    }

    fn read(&self) -> Reading {
        let total = |cell: usize| -> f64 {
            let values = self.shards.iter().map(|shard| &shard.0[cell]);
            values
                .map(|value| f64::from_bits(value.load(Ordering::Relaxed)))
                .sum()
        };
        let Shape::Histogram(bounds) = &self.definition.shape else {
            return Reading::Value(total(0));
        };
        let mut count = 0;
        let mut cumulated = |bucket: usize| {
            let counts = self.shards.iter().map(|shard| &shard.0[1 + bucket]);
            count += counts.map(|n| n.load(Ordering::Relaxed)).sum::<u64>();
            count
        };
        let buckets = bounds
            .iter()
            .enumerate()
            .map(|(bucket, &bound)| (bound, cumulated(bucket)))
            .collect();
        let count = cumulated(bounds.len());
        Reading::Buckets {
            buckets,
            count,
            sum: total(0),
        }
    }
}

fn add(cell: &AtomicU64, value: f64) {
    let sum = |bits: u64| Some((f64::from_bits(bits) + value).to_bits());
    // Never fails: `sum` always gives a value.
    let _ = cell.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum);
}

/// A small number for each thread, in the order in which threads first count something.
fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed));
    NUMBER.with(|number| *number)
}

#[cfg(test)]
mod tests;
