//! What is known of a plugin besides its groups.

use std::{sync::Arc, time::SystemTime};

use crate::{
    config::PluginPolicy,
    plugin::{cache::Work, call::Account, directory::Source, load::Plugin},
};

/// A plugin that some API wants or wanted.
pub(in crate::plugin) struct Known {
    pub(in crate::plugin) account: Arc<Account>,
    /// What serves; none where it never loaded.
    pub(in crate::plugin) plugin: Option<Arc<Plugin>>,
    /// Where the bytes came from that were looked at last, whether they were any good or not.
    pub(in crate::plugin) source: Option<Source>,
    /// Why what is there now does not serve.
    pub(in crate::plugin) failed: Option<String>,
    /// Whether its file has gone. What was loaded serves on.
    pub(in crate::plugin) deleted: bool,
    pub(in crate::plugin) loaded: Option<SystemTime>,
    /// What compiling it for `configure` cost, each time it was loaded.
    pub(in crate::plugin) work: Work,
    pub(in crate::plugin) swaps: u64,
    pub(in crate::plugin) failures: u64,
}

impl Known {
    pub(super) fn new(name: Arc<str>, policy: &PluginPolicy) -> Known {
        Known {
            account: Account::new(name, policy.limits.concurrent),
            plugin: None,
            source: None,
            failed: None,
            deleted: false,
            loaded: None,
            work: Work::default(),
            swaps: 0,
            failures: 0,
        }
    }

    /// Notes that other code serves from now on.
    pub(super) fn serve(&mut self, plugin: Arc<Plugin>) {
        self.work = self.work.and(plugin.work);
        self.plugin = Some(plugin);
        self.loaded = Some(SystemTime::now());
        self.failed = None;
        self.deleted = false;
        // Other code: what the old one failed at says nothing of it.
        self.account.breaker.reset();
    }

    /// Notes why what is there now does not serve.
    pub(super) fn fail(&mut self, reason: String) {
        self.failed = Some(reason);
        self.failures += 1;
    }
}
