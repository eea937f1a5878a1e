//! The code of single functions. Another configuration changes the data of an image and not its functions, so compiling
//! it again finds them all here. All functions of one plugin stand in one file, which is in memory only while the plugin
//! is compiled. A component is compiled by one thread, and several threads compile: each has the functions of its own plugin.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread::{self, ThreadId},
};

use wasmtime::CacheStore;

use super::sealed::Sealed;

/// Bytes of one plugin's functions; more are compiled each time.
const MOST_BYTES: usize = 128 << 20;

/// The functions of the plugins that are being compiled, each by one thread.
#[derive(Debug, Default)]
pub(super) struct Functions {
    packs: Mutex<HashMap<ThreadId, Pack>>,
    compiled: AtomicU64,
}

#[derive(Debug, Default)]
struct Pack {
    functions: HashMap<Vec<u8>, Vec<u8>>,
    bytes: usize,
    grown: bool,
}

/// A plugin's functions, in memory until this is dropped; then what came new is written.
pub(super) struct Lent<'a> {
    functions: &'a Functions,
    sealed: &'a Sealed,
    name: String,
}

impl Functions {
    /// Puts a plugin's functions at the disposal of the compiler on this thread.
    pub(super) fn lend<'a>(&'a self, sealed: &'a Sealed, name: String) -> Lent<'a> {
        let read = sealed.read(&name).and_then(|bytes| Pack::parse(&bytes));
        self.packs()
            .insert(thread::current().id(), read.unwrap_or_default());
        Lent {
            functions: self,
            sealed,
            name,
        }
    }

    /// Functions that were not there and had to be compiled.
    pub(super) fn compiled(&self) -> u64 {
        self.compiled.load(Relaxed)
    }

    fn packs(&self) -> MutexGuard<'_, HashMap<ThreadId, Pack>> {
        self.packs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let pack = self.functions.packs().remove(&thread::current().id());
        if let Some(pack) = pack.filter(|pack| pack.grown) {
            _ = self.sealed.write(&self.name, &pack.write());
        }
    }
}

impl CacheStore for Functions {
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        let packs = self.packs();
        let pack = packs.get(&thread::current().id())?;
        pack.functions.get(key).cloned().map(Cow::Owned)
    }

    fn insert(&self, key: &[u8], value: Vec<u8>) -> bool {
        self.compiled.fetch_add(1, Relaxed);
        let mut packs = self.packs();
        let pack = packs.get_mut(&thread::current().id());
        pack.is_some_and(|pack| pack.insert(key.to_vec(), value))
    }
}

impl Pack {
    fn insert(&mut self, key: Vec<u8>, value: Vec<u8>) -> bool {
        let bytes = self.bytes + key.len() + value.len();
        if bytes > MOST_BYTES {
            return false;
        }
        self.bytes = bytes;
        self.grown = true;
        self.functions.insert(key, value);
        true
    }

    /// Each key and value after its length.
    fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.bytes + self.functions.len() * 8);
        for part in self.functions.iter().flat_map(|(key, value)| [key, value]) {
            bytes.extend_from_slice(&(part.len() as u32).to_le_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }

    fn parse(mut bytes: &[u8]) -> Option<Pack> {
        let mut pack = Pack::default();
        while !bytes.is_empty() {
            let key = part(&mut bytes)?;
            let value = part(&mut bytes)?;
            pack.insert(key, value);
        }
        pack.grown = false;
        Some(pack)
    }
}

fn part(bytes: &mut &[u8]) -> Option<Vec<u8>> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (part, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *bytes = rest;
    Some(part.to_vec())
}
