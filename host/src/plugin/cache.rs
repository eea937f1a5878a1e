//! Compiled code, kept on disk, so that a second start compiles nothing.
//!
//! Machine code that is loaded runs without any sandbox, so a file counts only with a seal made with a key that is kept
//! elsewhere (see [`sealed`]). Memory that `configure` left is never kept, since it may hold secrets: see [`stencil`].

use std::{
    borrow::Cow,
    hash::{Hash, Hasher},
    ops::{Deref, DerefMut},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use aws_lc_rs::digest;
use wasmtime::{CacheStore, Engine, component::Component};

mod functions;
mod sealed;
mod stencil;

pub(crate) use sealed::Unsafe;

use functions::Functions;
use sealed::{Contents, Sealed};
use stencil::Stencil;

use super::engine::Machine;

/// Bytes of all files together; the ones used longest ago go first.
const MOST_BYTES: u64 = 1 << 30;

/// A SHA-256, by which plugins and their code are known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Digest([u8; 32]);

/// What of some code may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// All of it.
    Whole,
    /// All but the data that memories begin with, which are nobody's business.
    Code,
    /// Only functions, of whatever came of the same plugin: something else than memory may hold secrets too.
    Functions,
}

/// What compiling cost; nothing where code was there already.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Work {
    pub(crate) compiles: u64,
    pub(crate) time: Duration,
}

/// A component's code before it is loaded, and what it cost to get it.
struct Compiled {
    code: Bytes,
    work: Work,
    on_disk: bool,
}

/// Where code comes from.
enum Bytes {
    Compiler(Vec<u8>),
    Disk(Contents),
}

/// A component's code, and what it cost to get it.
pub(crate) struct Code {
    pub(crate) component: Component,
    pub(crate) work: Work,
    /// Whether it can be had again without compiling.
    pub(crate) on_disk: bool,
}

/// The cache: of whole components, and below that of functions.
#[derive(Debug)]
pub(crate) struct Cache {
    sealed: Option<Sealed>,
    functions: Arc<Functions>,
    compiled: AtomicU64,
}

impl Cache {
    /// Opens a directory, or makes it. An error where others could write into it: then there is no cache.
    pub(crate) fn open(directory: &Path) -> Result<Cache, Unsafe> {
        Ok(Cache::new(Some(Sealed::open(directory, MOST_BYTES)?)))
    }

    /// Keeps nothing.
    pub(crate) fn none() -> Cache {
        Cache::new(None)
    }

    fn new(sealed: Option<Sealed>) -> Cache {
        Cache {
            sealed,
            functions: Arc::default(),
            compiled: AtomicU64::new(0),
        }
    }

    /// For the engine, which asks it about every function that it compiles.
    pub(crate) fn functions(&self) -> Arc<dyn CacheStore> {
        self.functions.clone()
    }

    /// Components that had to be compiled.
    pub(crate) fn compiled(&self) -> u64 {
        self.compiled.load(Relaxed)
    }

    /// Functions that had to be compiled.
    pub(crate) fn functions_compiled(&self) -> u64 {
        self.functions.compiled()
    }

    /// Code for a component: from the disk if it is there and genuine, else compiled. `plugin` is what it was made of;
    /// whatever is made of the same plugin shares functions.
    pub(crate) fn component(
        &self,
        wasm: &[u8],
        plugin: &Digest,
        keep: Keep,
        machine: &Machine,
    ) -> wasmtime::Result<Code> {
        let same = || Ok::<_, wasmtime::Error>(wasm.into());
        let code = match (&self.sealed, keep) {
            (_, Keep::Whole) => Some(self.made(wasm, "", plugin, machine, same)?),
            (Some(sealed), Keep::Code) => self.filled(sealed, wasm, plugin, machine)?,
            _ => None,
        };
        match code {
            Some(code) => Ok(code),
            None => self.compile(wasm, plugin, machine)?.load(&machine.engine),
        }
    }

    /// Code of what is made of a component in some way. It is known by the component and the way, so that nothing is made
    /// where there is code already.
    pub(crate) fn made<'w, E: From<wasmtime::Error>>(
        &self,
        component: &[u8],
        way: &str,
        plugin: &Digest,
        machine: &Machine,
        make: impl FnOnce() -> Result<Cow<'w, [u8]>, E>,
    ) -> Result<Code, E> {
        let engine = &machine.engine;
        let Some(sealed) = &self.sealed else {
            return Ok(self.compile(&make()?, plugin, machine)?.load(engine)?);
        };
        let name = format!("{}{way}.code", Digest::of_code(component, engine));
        let kept = sealed.read(&name).map(Compiled::kept);
        if let Some(code) = kept.and_then(|kept| kept.load_kept(&name, engine)) {
            return Ok(code);
        }
        let mut compiled = self.compile(&make()?, plugin, machine)?;
        compiled.on_disk = sealed.write(&name, &compiled.code);
        Ok(compiled.load(engine)?)
    }

    /// A stencil's code, with data. None where the component is not like those that have stencils.
    fn filled(
        &self,
        sealed: &Sealed,
        wasm: &[u8],
        plugin: &Digest,
        machine: &Machine,
    ) -> wasmtime::Result<Option<Code>> {
        let Some(stencil) = Stencil::cut(wasm) else {
            return Ok(None);
        };
        let name = format!(
            "{}.code",
            Digest::of_code(&stencil.component, &machine.engine)
        );
        let mut compiled = match sealed.read(&name) {
            Some(code) => Compiled::kept(code),
            None => {
                let mut compiled = self.compile(&stencil.component, plugin, machine)?;
                compiled.on_disk = sealed.write(&name, &compiled.code);
                compiled
            }
        };
        let filled = stencil.fill(&mut compiled.code);
        Ok(filled.and_then(|()| compiled.load_kept(&name, &machine.engine)))
    }

    fn compile(
        &self,
        wasm: &[u8],
        plugin: &Digest,
        machine: &Machine,
    ) -> wasmtime::Result<Compiled> {
        let begun = Instant::now();
        let name = || format!("{}.functions", Digest::of_code(&plugin.0, &machine.engine));
        let lent = self
            .sealed
            .as_ref()
            .map(|sealed| self.functions.lend(sealed, name()));
        let code = machine.compile(wasm)?;
        drop(lent);
        self.compiled.fetch_add(1, Relaxed);
        let work = Work {
            compiles: 1,
            time: begun.elapsed(),
        };
        Ok(Compiled {
            code: Bytes::Compiler(code),
            work,
            on_disk: false,
        })
    }
}

impl Compiled {
    /// Code from the disk, which cost nothing.
    fn kept(code: Contents) -> Compiled {
        Compiled {
            code: Bytes::Disk(code),
            work: Work::default(),
            on_disk: true,
        }
    }

    fn load(self, engine: &Engine) -> wasmtime::Result<Code> {
        Ok(Code {
            component: deserialize(&self.code, engine)?,
            work: self.work,
            on_disk: self.on_disk,
        })
    }

    /// The same where it can be compiled again.
    fn load_kept(self, name: &str, engine: &Engine) -> Option<Code> {
        let loaded = self.load(engine);
        loaded
            .inspect_err(|error| {
                tracing::warn!(file = name, %error, "code in the cache does not load: compiling it again");
            })
            .ok()
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Compiler(code) => code,
            Bytes::Disk(code) => code,
        }
    }
}

impl DerefMut for Bytes {
    fn deref_mut(&mut self) -> &mut [u8] {
        match self {
            Bytes::Compiler(code) => code,
            Bytes::Disk(code) => code,
        }
    }
}

impl Work {
    /// This and some more.
    pub(crate) fn and(self, more: Work) -> Work {
        Work {
            compiles: self.compiles + more.compiles,
            time: self.time + more.time,
        }
    }
}

#[expect(
    unsafe_code,
    reason = "loading machine code is what a cache of machine code does"
)]
fn deserialize(code: &[u8], engine: &Engine) -> wasmtime::Result<Component> {
    // SAFETY: these bytes, in our memory, come from the compiler, or were found to carry a seal made with a key that only
    // this user can read, so the compiler of this program wrote them; their name says for which engine. What a stencil was filled
    // with since is data that a guest's memory begins with, in the place of data of the same length.
    unsafe { Component::deserialize(engine, code) }
}

impl Digest {
    pub(crate) fn of(bytes: &[u8]) -> Digest {
        let mut parts = Parts::new();
        parts.0.update(bytes);
        parts.digest()
    }

    /// Of several parts, none of which can reach into the next.
    pub(crate) fn of_all<'a>(all: impl IntoIterator<Item = &'a [u8]>) -> Digest {
        let mut parts = Parts::new();
        for part in all {
            parts.write_usize(part.len());
            parts.0.update(part);
        }
        parts.digest()
    }

    /// Of the code that an engine makes of something: other settings or another version make other code.
    fn of_code(source: &[u8], engine: &Engine) -> Digest {
        let mut parts = Parts::new();
        parts.0.update(&Digest::of(source).0);
        // wasmtime's own check of versions looks at the major one alone; a repaired compiler must not meet old code.
        engine.precompile_compatibility_hash().hash(&mut parts);
        parts.0.update(env!("CARGO_PKG_VERSION").as_bytes());
        parts.digest()
    }

    /// The bytes, for digests over digests.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, formatter)
    }
}

/// Lets things that hash themselves go into a SHA-256.
struct Parts(digest::Context);

impl Parts {
    fn new() -> Parts {
        Parts(digest::Context::new(&digest::SHA256))
    }

    fn digest(self) -> Digest {
        let mut digest = [0; 32];
        digest.copy_from_slice(self.0.finish().as_ref());
        Digest(digest)
    }
}

impl Hasher for Parts {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        unreachable!("only `digest` reads what was written")
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests;
