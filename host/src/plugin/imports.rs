//! What a plugin may import: the host's side of the contract, and empty stand-ins for the rest of WASI 0.2.
//!
//! [`Services`] are made once in the process, a [`Vault`] once for each image; the rest stands in a store's [`State`].
//! Every function of the contract is a few lines over a module that knows neither wasmtime nor `State`.

use wasmtime::component::{HasSelf, Linker};

use super::{
    bindings::{self, wasmgate::plugin::types},
    state::{Phase, State},
};

mod assets;
mod clock;
mod context;
mod crypto;
mod http;
mod kv;
mod log;
mod metrics;
mod random;
mod script;
mod secrets;
mod services;
mod table;
mod vault;
mod wasi;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub(crate) use http::{AllowList, InvalidGrant};
pub(crate) use kv::KeyValue;
#[cfg(test)]
pub(crate) use metrics::TAKEN as TAKEN_METRICS;
pub(crate) use metrics::{Family, Kind, Reading};
pub(crate) use services::Services;
pub(crate) use vault::{Used, Vault, VaultBuilder};
pub(crate) use wasi::Wasi;

/// Links everything that a plugin may import, whether granted or not: what was not granted answers `denied`.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasi::add_to_linker(linker)?;
    bindings::All::add_to_linker::<_, HasSelf<State>>(linker, |state| state)
}

/// Why an import gave no result: what a plugin reads as `error`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Refused {
    code: Code,
    message: String,
}

/// The codes of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    Denied,
    NotFound,
    Invalid,
    Limit,
    Timeout,
    Unavailable,
    Conflict,
}

impl Refused {
    fn new(code: Code, message: impl Into<String>) -> Refused {
        Refused {
            code,
            message: message.into(),
        }
    }
}

impl From<Refused> for types::Error {
    fn from(refused: Refused) -> types::Error {
        let code = match refused.code {
            Code::Denied => "denied",
            Code::NotFound => "not-found",
            Code::Invalid => "invalid",
            Code::Limit => "limit",
            Code::Timeout => "timeout",
            Code::Unavailable => "unavailable",
            Code::Conflict => "conflict",
        };
        types::Error {
            code: code.to_owned(),
            message: refused.message,
        }
    }
}

impl types::Host for State {}

impl State {
    /// What the image holds, while it is made and afterwards; none in `describe`.
    fn holdings(&self) -> Result<&Vault, Refused> {
        match &self.phase {
            Phase::Describing => None,
            Phase::Configuring(builder) => Some(builder.vault()),
            Phase::Serving => self.scope.vault.as_deref(),
        }
        .ok_or_else(|| Refused::new(Code::Denied, "not available in `describe`"))
    }

    /// The vault in the making; an error outside of `configure`.
    fn builder(&mut self) -> Result<&mut VaultBuilder, Refused> {
        match &mut self.phase {
            Phase::Configuring(builder) => Ok(builder),
            Phase::Describing | Phase::Serving => {
                Err(Refused::new(Code::Denied, "only possible in `configure`"))
            }
        }
    }

    /// Remembers, in `configure`, that the outcome depends on more than its entries.
    fn note(&mut self, used: Used) {
        if let Phase::Configuring(builder) = &mut self.phase {
            builder.note(used);
        }
    }
}
