//! The stand-in host: the imports of the contract, as functions of the same names and types.

use std::{cell::RefCell, collections::HashMap, time::Instant};

use crate::{Response, bindings::wasmgate::plugin::types::Error, log::Level};

#[derive(Default)]
pub(crate) struct Host {
    pub(super) secrets: HashMap<String, String>,
    pub(super) context: HashMap<String, String>,
    pub(super) answers: HashMap<String, Response>,
    pub(super) fetched: Vec<String>,
    pub(super) assets: Vec<Vec<u8>>,
    pub(super) time: Option<u64>,
    pub(super) accepted: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) lines: Vec<(Level, String)>,
    pub(super) metrics: Vec<(String, f64)>,
    pub(super) kv_fails: bool,
    values: HashMap<String, (Vec<u8>, Option<Instant>)>,
    tables: Vec<HashMap<Vec<u8>, Vec<u8>>>,
    keys: Vec<Key>,
}

/// A key: what it is for, its algorithm and, for `HS`, the secret.
struct Key {
    signs: bool,
    algorithm: String,
    secret: Vec<u8>,
}

/// Does something with the host of this thread.
pub(super) fn with<T>(action: impl FnOnce(&mut Host) -> T) -> T {
    thread_local!(static HOST: RefCell<Host> = RefCell::default());
    HOST.with_borrow_mut(action)
}

fn error(code: &str, message: &str) -> Error {
    Error {
        code: code.to_owned(),
        message: message.to_owned(),
    }
}

pub(crate) mod assets {
    use super::{Error, error, with};

    pub(crate) fn read(asset: u32, offset: u64, length: u32) -> Result<Vec<u8>, Error> {
        with(|host| {
            let content = host
                .assets
                .get(asset as usize)
                .ok_or_else(|| error("not-found", "no such asset"))?;
            let bytes = content
                .iter()
                .skip(usize::try_from(offset).unwrap_or(usize::MAX));
            Ok(bytes.take(length as usize).copied().collect())
        })
    }
}

pub(crate) mod clock {
    use std::time::SystemTime;

    pub(crate) fn now() -> u64 {
        let real = || {
            SystemTime::UNIX_EPOCH
                .elapsed()
                .map_or(0, |time| time.as_millis() as u64)
        };
        super::with(|host| host.time).unwrap_or_else(real)
    }
}

pub(crate) mod context {
    pub(crate) fn get(name: &str) -> Option<String> {
        super::with(|host| host.context.get(name).cloned())
    }
}

pub(crate) mod crypto {
    use hmac::{Hmac, KeyInit, Mac};
    use sha1::Sha1;
    use sha2::{Digest, Sha256, Sha384, Sha512};

    use super::{Error, Key, error, with};

    pub(crate) fn verifying_key(algorithm: &str, format: &str, key: &[u8]) -> Result<u32, Error> {
        add(false, algorithm, format, key)
    }

    pub(crate) fn signing_key(algorithm: &str, format: &str, key: &[u8]) -> Result<u32, Error> {
        add(true, algorithm, format, key)
    }

    pub(crate) fn verify(key: u32, message: &[u8], signature: &[u8]) -> Result<bool, Error> {
        with(|host| {
            let key = find(&host.keys, key, false)?;
            let accepted = host
                .accepted
                .iter()
                .any(|(m, s)| m == message && s == signature);
            Ok(accepted || hmac(key, message).is_some_and(|expected| expected == signature))
        })
    }

    pub(crate) fn sign(key: u32, message: &[u8]) -> Result<Vec<u8>, Error> {
        with(|host| {
            let key = find(&host.keys, key, true)?;
            hmac(key, message)
                .ok_or_else(|| error("unavailable", "tests sign with HS algorithms only"))
        })
    }

    pub(crate) fn digest(algorithm: &str, message: &[u8]) -> Result<Vec<u8>, Error> {
        match algorithm {
            "SHA-1" => Ok(Sha1::digest(message).to_vec()),
            "SHA-256" => Ok(Sha256::digest(message).to_vec()),
            "SHA-384" => Ok(Sha384::digest(message).to_vec()),
            "SHA-512" => Ok(Sha512::digest(message).to_vec()),
            _ => Err(error("invalid", "unknown hash")),
        }
    }

    fn add(signs: bool, algorithm: &str, format: &str, key: &[u8]) -> Result<u32, Error> {
        let minimum = match algorithm {
            "HS256" => 32,
            "HS384" => 48,
            "HS512" => 64,
            _ => 0,
        };
        if format == "raw" && key.len() < minimum {
            return Err(error("invalid", "the secret is shorter than the hash"));
        }
        with(|host| {
            host.keys.push(Key {
                signs,
                algorithm: algorithm.to_owned(),
                secret: key.to_owned(),
            });
            Ok(host.keys.len() as u32 - 1)
        })
    }

    fn find(keys: &[Key], key: u32, signs: bool) -> Result<&Key, Error> {
        let key = keys.get(key as usize).filter(|key| key.signs == signs);
        key.ok_or_else(|| error("not-found", "no such key"))
    }

    fn hmac(key: &Key, message: &[u8]) -> Option<Vec<u8>> {
        match key.algorithm.as_str() {
            "HS256" => Some(
                Hmac::<Sha256>::new_from_slice(&key.secret)
                    .ok()?
                    .chain_update(message)
                    .finalize()
                    .into_bytes()
                    .to_vec(),
            ),
            "HS384" => Some(
                Hmac::<Sha384>::new_from_slice(&key.secret)
                    .ok()?
                    .chain_update(message)
                    .finalize()
                    .into_bytes()
                    .to_vec(),
            ),
            "HS512" => Some(
                Hmac::<Sha512>::new_from_slice(&key.secret)
                    .ok()?
                    .chain_update(message)
                    .finalize()
                    .into_bytes()
                    .to_vec(),
            ),
            _ => None,
        }
    }
}

pub(crate) mod http {
    use super::{Error, error, with};
    use crate::bindings::wasmgate::plugin::http::{Incoming, Outgoing};

    pub(crate) fn fetch(request: &Outgoing) -> Result<Incoming, Error> {
        with(|host| {
            host.fetched.push(request.url.clone());
            let answer = host.answers.get(&request.url).cloned();
            let answer =
                answer.ok_or_else(|| error("unavailable", "no answer was set for this URL"))?;
            Ok(Incoming {
                status: answer.status,
                headers: answer.headers,
                body: answer.body,
                extra: Vec::new(),
            })
        })
    }
}

pub(crate) mod kv {
    use std::time::{Duration, Instant};

    use super::{Error, Host, error, with};

    pub(crate) fn get(key: &str) -> Result<Option<Vec<u8>>, Error> {
        reachable()?;
        with(|host| Ok(present(host, key).cloned()))
    }

    pub(crate) fn set(key: &str, value: &[u8], ttl: Option<u64>) -> Result<(), Error> {
        reachable()?;
        with(|host| {
            host.values
                .insert(key.to_owned(), (value.to_owned(), end(ttl)))
        });
        Ok(())
    }

    pub(crate) fn delete(key: &str) -> Result<(), Error> {
        reachable()?;
        with(|host| host.values.remove(key));
        Ok(())
    }

    pub(crate) fn compare_and_swap(
        key: &str,
        expected: Option<&[u8]>,
        value: &[u8],
        ttl: Option<u64>,
    ) -> Result<bool, Error> {
        reachable()?;
        let swap = with(|host| present(host, key).map(Vec::as_slice) == expected);
        if swap {
            set(key, value, ttl)?;
        }
        Ok(swap)
    }

    pub(crate) fn increment(key: &str, by: i64, ttl: Option<u64>) -> Result<i64, Error> {
        let text = get(key)?.map(String::from_utf8);
        let number = match text {
            None => 0,
            Some(text) => text
                .ok()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| error("conflict", "no number"))?,
        };
        let sum = number + by;
        with(|host| {
            let end = host
                .values
                .get(key)
                .map_or_else(|| end(ttl), |(_, end)| *end);
            host.values
                .insert(key.to_owned(), (sum.to_string().into_bytes(), end));
        });
        Ok(sum)
    }

    fn reachable() -> Result<(), Error> {
        match with(|host| host.kv_fails) {
            true => Err(error("unavailable", "the test has it fail")),
            false => Ok(()),
        }
    }

    fn present<'a>(host: &'a Host, key: &str) -> Option<&'a Vec<u8>> {
        let (value, end) = host.values.get(key)?;
        end.is_none_or(|end| Instant::now() < end).then_some(value)
    }

    fn end(ttl: Option<u64>) -> Option<Instant> {
        Some(Instant::now() + Duration::from_millis(ttl?))
    }
}

pub(crate) mod log {
    use super::{Level, with};

    pub(crate) fn write(level: Level, message: &str) {
        with(|host| host.lines.push((level, message.to_owned())));
    }

    pub(crate) fn threshold() -> Level {
        Level::Trace
    }
}

pub(crate) mod metrics {
    use super::{Error, with};

    pub(crate) fn counter(name: &str, _help: &str) -> Result<u32, Error> {
        with(|host| {
            host.metrics.push((name.to_owned(), 0.0));
            Ok(host.metrics.len() as u32 - 1)
        })
    }

    pub(crate) fn gauge(name: &str, help: &str) -> Result<u32, Error> {
        counter(name, help)
    }

    pub(crate) fn histogram(name: &str, help: &str, _bounds: &[f64]) -> Result<u32, Error> {
        counter(name, help)
    }

    pub(crate) fn add(metric: u32, value: f64) {
        change(metric, |present| present + value);
    }

    pub(crate) fn observe(metric: u32, value: f64) {
        change(metric, |_| value);
    }

    fn change(metric: u32, new: impl FnOnce(f64) -> f64) {
        with(|host| {
            if let Some((_, value)) = host.metrics.get_mut(metric as usize) {
                *value = new(*value);
            }
        });
    }
}

pub(crate) mod random {
    use std::hash::{BuildHasher, Hasher, RandomState};

    pub(crate) fn next() -> u64 {
        RandomState::new().build_hasher().finish()
    }
}

pub(crate) mod secrets {
    use super::{Error, error, with};

    pub(crate) fn get(name: &str) -> Result<String, Error> {
        with(|host| {
            host.secrets
                .get(name)
                .cloned()
                .ok_or_else(|| error("denied", "this secret was not granted"))
        })
    }
}

pub(crate) mod table {
    use std::collections::HashMap;

    use super::{Error, error, with};

    pub(crate) fn create() -> Result<u32, Error> {
        with(|host| {
            host.tables.push(HashMap::new());
            Ok(host.tables.len() as u32 - 1)
        })
    }

    pub(crate) fn insert(table: u32, entries: &[(Vec<u8>, Vec<u8>)]) -> Result<(), Error> {
        with(|host| {
            let table = host
                .tables
                .get_mut(table as usize)
                .ok_or_else(|| error("not-found", "no such table"))?;
            table.extend(entries.iter().cloned());
            Ok(())
        })
    }

    pub(crate) fn lookup(table: u32, key: &[u8]) -> Option<Vec<u8>> {
        with(|host| host.tables.get(table as usize)?.get(key).cloned())
    }
}
