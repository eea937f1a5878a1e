//! What a guest's store holds: whose it is, what it may use up, which request it serves. Small and cheap to make.

use std::sync::{Arc, OnceLock};

use super::{
    imports::{KeyValue, Services, Vault, VaultBuilder, Wasi},
    limits::{Budget, Clock, Memory},
    script::Script,
};
use crate::{config::PluginPolicy, context::Context};

/// What all instances of an image share.
pub(crate) struct Scope {
    pub(crate) plugin: Arc<str>,
    /// What runs in it, where that is an engine.
    pub(crate) script: Option<Arc<Script>>,
    pub(crate) policy: PluginPolicy,
    pub(crate) services: Arc<Services>,
    /// The plugin's own, found when it is first used.
    pub(crate) kv: OnceLock<Arc<KeyValue>>,
    /// Keys, tables and metrics that `configure` made; none before it has run.
    pub(crate) vault: Option<Arc<Vault>>,
}

/// Which of its lives an instance is in: it decides what the imports do.
pub(crate) enum Phase {
    /// `describe` runs: every capability is denied.
    Describing,
    /// `configure` runs: keys, tables and metrics may be made.
    Configuring(Box<VaultBuilder>),
    /// Hooks run, on what `configure` left.
    Serving,
}

/// The data of a guest's store.
pub(crate) struct State {
    pub(crate) scope: Arc<Scope>,
    pub(crate) phase: Phase,
    /// The running request's; none in `describe` and `configure`.
    pub(crate) context: Option<Arc<Context>>,
    /// What is left of what one call may use.
    pub(crate) budget: Budget,
    pub(crate) memory: Memory,
    pub(crate) clock: Clock,
    /// What the guest said before it trapped, such as a panic's message; maybe not UTF-8.
    pub(crate) last_words: Vec<u8>,
    wasi: Option<Box<Wasi>>,
}

impl State {
    pub(crate) fn new(scope: Arc<Scope>, phase: Phase) -> State {
        let limits = &scope.policy.limits;
        State {
            context: None,
            budget: Budget::new(limits),
            memory: Memory::new(limits.memory),
            clock: Clock::default(),
            last_words: Vec::new(),
            wasi: None,
            phase,
            scope,
        }
    }

    /// The WASI context. Most guests never touch it, so it is made on first use.
    pub(crate) fn wasi(&mut self) -> &mut Wasi {
        let context = self.context.as_ref();
        let make = || Box::new(Wasi::new(&self.scope, context));
        let wasi = self.wasi.get_or_insert_with(make);
        wasi.attend(context);
        wasi
    }

    /// Whether the guest still holds resources of the host, which no snapshot could bring back.
    pub(crate) fn holds_resources(&self) -> bool {
        self.wasi.as_ref().is_some_and(|wasi| !wasi.is_empty())
    }
}
