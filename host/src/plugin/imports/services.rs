//! What the plugins of a process share: values, secrets, metrics, the client for requests to the outside.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_swap::ArcSwap;

use super::{
    http::Client,
    kv::Stores,
    metrics::{Family, Registry},
};
use crate::config::Secrets;

/// Shared by all plugins; made once, kept through reloads.
pub(crate) struct Services {
    pub(super) kv: Stores,
    pub(super) metrics: Registry,
    pub(super) http: Client,
    secrets: ArcSwap<Secrets>,
    dropped_lines: Mutex<BTreeMap<Arc<str>, u64>>,
}

impl Services {
    pub(crate) fn new(secrets: Secrets) -> Arc<Services> {
        Arc::new(Services {
            kv: Stores::default(),
            metrics: Registry::default(),
            http: Client::new(),
            secrets: ArcSwap::from_pointee(secrets),
            dropped_lines: Mutex::default(),
        })
    }

    /// Takes over the secrets of a reloaded configuration.
    pub(crate) fn reload(&self, secrets: Secrets) {
        self.secrets.store(Arc::new(secrets));
    }

    /// The plugins' own metrics, as they stand.
    pub(crate) fn metrics(&self) -> Vec<Family> {
        self.metrics.read()
    }

    /// Log lines that went over the budget of a call, by plugin.
    pub(crate) fn dropped_lines(&self) -> Vec<(Arc<str>, u64)> {
        let counts = self.line_counts();
        counts
            .iter()
            .map(|(plugin, &count)| (plugin.clone(), count))
            .collect()
    }

    pub(super) fn secret(&self, name: &str) -> Option<String> {
        self.secrets.load().0.get(name).cloned()
    }

    /// Counts a line that was dropped. Only floods come here, and they are on their own processor time.
    pub(super) fn drop_line(&self, plugin: &Arc<str>) {
        *self.line_counts().entry(plugin.clone()).or_default() += 1;
    }

    fn line_counts(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, u64>> {
        self.dropped_lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
