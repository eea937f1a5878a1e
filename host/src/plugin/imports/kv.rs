//! Values that outlive a request: in memory, bounded, with a time to live, and atomic where two could meet.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use moka::{
    Expiry,
    ops::compute::{CompResult, Op},
    policy::EvictionPolicy,
    sync::Cache,
};

use super::{Code, Refused, State, Used};
use crate::plugin::bindings::wasmgate::plugin::{kv, types};

const KEY: usize = 1024;
const VALUE: usize = 64 * 1024;
/// Bytes of one plugin's keys and values, with what each entry costs besides.
const CAPACITY: u64 = 64 << 20;
/// About what the cache itself needs for an entry, so that many small ones are bounded too.
const OVERHEAD: usize = 160;
/// Longer is as good as for ever, and no clock overflows.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 86_400);

/// The stores of all plugins that ever used theirs. None takes another's room: there are as many as the operator has
/// plugins.
#[derive(Default)]
pub(super) struct Stores(Mutex<HashMap<Arc<str>, Arc<KeyValue>>>);

/// One plugin's store.
pub(crate) struct KeyValue {
    /// Every write goes through `and_compute_with`, which lets one writer at a key at a time.
    entries: Cache<String, Entry>,
}

#[derive(Clone)]
struct Entry {
    value: Bytes,
    end: Option<Instant>,
}

/// Lets the cache drop entries when they end; a read looks for itself, to the moment.
struct Ends;

impl kv::Host for State {
    fn get(&mut self, key: String) -> Result<Option<Vec<u8>>, types::Error> {
        let store = self.kv()?;
        Ok(store.get(&key)?.map(Into::into))
    }

    fn set(&mut self, key: String, value: Vec<u8>, ttl: Option<u64>) -> Result<(), types::Error> {
        let store = self.kv()?;
        Ok(store.set(&key, value, end(ttl))?)
    }

    fn delete(&mut self, key: String) -> Result<(), types::Error> {
        let store = self.kv()?;
        Ok(store.delete(&key)?)
    }

    fn compare_and_swap(
        &mut self,
        key: String,
        expected: Option<Vec<u8>>,
        value: Vec<u8>,
        ttl: Option<u64>,
    ) -> Result<bool, types::Error> {
        let store = self.kv()?;
        Ok(store.compare_and_swap(&key, expected.as_deref(), value, end(ttl))?)
    }

    fn increment(&mut self, key: String, by: i64, ttl: Option<u64>) -> Result<i64, types::Error> {
        let store = self.kv()?;
        Ok(store.increment(&key, by, end(ttl))?)
    }
}

impl State {
    fn kv(&mut self) -> Result<&KeyValue, Refused> {
        self.holdings()?;
        if !self.scope.policy.grants.kv {
            return Err(Refused::new(Code::Denied, "`kv` is not granted"));
        }
        self.note(Used {
            kv: true,
            ..Used::default()
        });
        let scope = &self.scope;
        Ok(scope.kv.get_or_init(|| scope.services.kv.of(&scope.plugin)))
    }
}

impl Stores {
    /// A plugin's store, made when it is first asked for. Images keep it: no call looks for it.
    pub(super) fn of(&self, plugin: &Arc<str>) -> Arc<KeyValue> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || Arc::new(KeyValue::new());
        known.entry(plugin.clone()).or_insert_with(make).clone()
    }
}

impl KeyValue {
    pub(super) fn new() -> KeyValue {
        KeyValue::bounded(CAPACITY)
    }

    fn bounded(capacity: u64) -> KeyValue {
        let weigh = |key: &String, entry: &Entry| {
            u32::try_from(key.len() + entry.value.len() + OVERHEAD).unwrap_or(u32::MAX)
        };
        let entries = Cache::builder()
            .max_capacity(capacity)
            .weigher(weigh)
            // Not the default, which may turn new entries away: a counter that was just made has to count.
            .eviction_policy(EvictionPolicy::lru())
            .expire_after(Ends)
            .build();
        KeyValue { entries }
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<Bytes>, Refused> {
        let entry = self.entries.get(&checked(key)?);
        Ok(entry.and_then(Entry::live).map(|entry| entry.value))
    }

    pub(super) fn set(
        &self,
        key: &str,
        value: Vec<u8>,
        end: Option<Instant>,
    ) -> Result<(), Refused> {
        let new = Entry::new(value, end)?;
        self.entries
            .entry(checked(key)?)
            .and_compute_with(|_| Op::Put(new));
        Ok(())
    }

    pub(super) fn delete(&self, key: &str) -> Result<(), Refused> {
        self.entries
            .entry(checked(key)?)
            .and_compute_with(|_| Op::Remove);
        Ok(())
    }

    /// Sets a value only where the present one is `expected`. Whether it was set.
    pub(super) fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        value: Vec<u8>,
        end: Option<Instant>,
    ) -> Result<bool, Refused> {
        let new = Entry::new(value, end)?;
        let outcome = self.entries.entry(checked(key)?).and_compute_with(|found| {
            let present = found.and_then(|found| found.into_value().live());
            if present.as_ref().map(|entry| &*entry.value) == expected {
                Op::Put(new)
            } else {
                Op::Nop
            }
        });
        Ok(matches!(
            outcome,
            CompResult::Inserted(_) | CompResult::ReplacedWith(_)
        ))
    }

    /// Adds to a number, which is kept as decimal text. `end` holds for a number that begins here.
    pub(super) fn increment(
        &self,
        key: &str,
        by: i64,
        end: Option<Instant>,
    ) -> Result<i64, Refused> {
        let mut sum = 0;
        self.entries
            .entry(checked(key)?)
            .and_try_compute_with(|found| {
                let present = found.and_then(|found| found.into_value().live());
                let (number, end) = match present {
                    Some(entry) => (entry.number()?, entry.end),
                    None => (0, end),
                };
                sum = number.checked_add(by).ok_or_else(|| {
                    Refused::new(Code::Limit, "the sum is no 64-bit number any more")
                })?;
                Ok(Op::Put(Entry {
                    value: sum.to_string().into(),
                    end,
                }))
            })?;
        Ok(sum)
    }
}

impl Entry {
    fn new(value: Vec<u8>, end: Option<Instant>) -> Result<Entry, Refused> {
        if value.len() > VALUE {
            let message = format!("a value of {} bytes: at most {VALUE}", value.len());
            return Err(Refused::new(Code::Limit, message));
        }
        let value = value.into();
        Ok(Entry { value, end })
    }

    /// The entry, unless its time is over.
    fn live(self) -> Option<Entry> {
        match self.end {
            Some(end) if end <= Instant::now() => None,
            _ => Some(self),
        }
    }

    fn number(&self) -> Result<i64, Refused> {
        std::str::from_utf8(&self.value)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Refused::new(Code::Conflict, "the value is not a number"))
    }
}

impl Expiry<String, Entry> for Ends {
    fn expire_after_create(&self, _: &String, entry: &Entry, now: Instant) -> Option<Duration> {
        entry.end.map(|end| end.saturating_duration_since(now))
    }

    fn expire_after_update(
        &self,
        _: &String,
        entry: &Entry,
        now: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        entry.end.map(|end| end.saturating_duration_since(now))
    }
}

fn checked(key: &str) -> Result<String, Refused> {
    if key.len() > KEY {
        let message = format!("a key of {} bytes: at most {KEY}", key.len());
        return Err(Refused::new(Code::Limit, message));
    }
    Ok(key.to_owned())
}

fn end(ttl: Option<u64>) -> Option<Instant> {
    let ttl = Duration::from_millis(ttl?);
    (ttl < LONGEST).then(|| Instant::now() + ttl)
}

#[cfg(test)]
mod tests;
