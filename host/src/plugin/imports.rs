//! The host side of everything that a plugin may import.

use std::sync::Arc;

use super::state::Scope;

/// What plugins share in a process: values, secrets, the client for the outside.
pub(crate) struct Services {}

/// What `configure` made: keys, tables, metrics.
pub(crate) struct Vault {}

/// A vault while `configure` fills it.
pub(crate) struct VaultBuilder {}

impl VaultBuilder {
    /// For a further instance of an image: what it registers gets the numbers that it had, and nothing is made twice.
    pub(crate) fn again(_vault: Arc<Vault>) -> VaultBuilder {
        VaultBuilder {}
    }
}

/// An empty WASI 0.2 environment.
pub(crate) struct Wasi {}

impl Wasi {
    pub(crate) fn new(_scope: &Arc<Scope>) -> Wasi {
        Wasi {}
    }

    /// Whether the guest holds none of its resources.
    pub(crate) fn is_empty(&self) -> bool {
        true
    }
}
