//! Keeps plugins up to date: swaps in files that change, and runs `configure` again when that is due.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Known, Plugins, told};
use crate::plugin::{
    directory::{Source, Watcher},
    group::{Fail, Group, Ready},
    load::Plugin,
};

/// How often everything is looked at, whatever the system tells of changes: on network file systems it tells nothing.
const ROUND: Duration = Duration::from_secs(2);

/// What is to be done for a plugin.
enum Change {
    Nothing,
    /// Its file has gone.
    Deleted,
    /// It is back as it was.
    Back,
    /// There are other bytes.
    Swap(Source),
}

impl Plugins {
    /// Watches the directory and swaps changed plugins in; returns when `self` is the last handle.
    pub async fn watch(self: Arc<Self>) {
        let mut watcher = Watcher::start(self.bell.clone());
        while Arc::strong_count(&self) > 1 {
            self.extend(&mut watcher);
            self.put_away();
            let now = Instant::now();
            let pause = self
                .next_due()
                .map_or(ROUND, |due| due.saturating_duration_since(now));
            // The bell rings for changed files and for wishes; the pause is for refreshes and everything unheard.
            let _rung = tokio::time::timeout(pause.min(ROUND), self.bell.notified()).await;
            watcher.settle().await;
            self.look().await;
            self.refresh().await;
        }
    }

    /// Has plugins give back what only `configure` needs, unless one is being configured.
    pub(super) fn put_away(&self) {
        let Ok(_turn) = self.turn.try_lock() else {
            return;
        };
        for known in self.registry().known.values() {
            if let Some(plugin) = &known.plugin {
                plugin.setup.put_away();
            }
        }
    }

    fn extend(&self, watcher: &mut Watcher) {
        if let Some(directory) = &self.settings.load().directory {
            watcher.watch(directory);
        }
        for directory in self.groups().iter().flat_map(|group| group.directories()) {
            watcher.watch(&directory);
        }
    }

    fn next_due(&self) -> Option<Instant> {
        self.groups().iter().filter_map(|group| group.due()).min()
    }

    /// Looks at every plugin's file once, and swaps those in that changed.
    pub(crate) async fn look(&self) {
        let names: Vec<Arc<str>> = self.registry().known.keys().cloned().collect();
        for name in names {
            match self.change(&name) {
                Change::Nothing => {}
                Change::Deleted => {
                    self.note(&name, |known| known.deleted = true);
                    tracing::warn!(
                        plugin = &*name,
                        "its file has gone: it runs on, but after the next start its routes answer 503"
                    );
                }
                Change::Back => self.note(&name, |known| known.deleted = false),
                Change::Swap(source) => self.exchange(&name, source).await,
            }
        }
    }

    fn change(&self, name: &str) -> Change {
        let directory = self.settings.load().directory.clone();
        let found = Source::find(name, directory.as_deref());
        let registry = self.registry();
        let Some(known) = registry.known.get(name) else {
            return Change::Nothing;
        };
        let was_file = known.source.as_ref().is_some_and(Source::is_file);
        match found {
            Some(source) if known.source.as_ref() == Some(&source) => match known.deleted {
                true => Change::Back,
                false => Change::Nothing,
            },
            Some(source) if source.is_file() || !was_file => Change::Swap(source),
            // A built-in plugin does not take the place of a file that has only just gone.
            _ if was_file && !known.deleted => Change::Deleted,
            _ => Change::Nothing,
        }
    }

    /// Loads and configures what a source holds now, and puts it in place for all groups, or for none.
    async fn exchange(&self, name: &Arc<str>, source: Source) {
        let _turn = self.turn.lock().await;
        let policy = self.settings.load().policy(name).clone();
        let loaded = self.load(name, &source, &policy).await;
        self.note(name, |known| known.source = Some(source.clone()));
        let swapped = match loaded {
            Ok(plugin) => self.exchange_groups(name, &plugin).await.map(|()| plugin),
            Err(reason) => {
                let groups = self.groups_of(name).into_iter();
                for group in groups.filter(|group| !group.serves()) {
                    self.settle(&group, Err(Fail::Broken(reason.clone())));
                }
                Err(reason)
            }
        };
        match swapped {
            Ok(plugin) => told(&plugin, &source, "swapped"),
            Err(reason) => {
                tracing::error!(
                    plugin = &**name,
                    reason,
                    "not swapped: what was there stays"
                );
                self.note(name, |known| known.fail(reason));
            }
        }
    }

    /// A group that serves and would not any more keeps the old code in place for all. One that does not serve has
    /// nothing to lose.
    async fn exchange_groups(&self, name: &Arc<str>, plugin: &Arc<Plugin>) -> Result<(), String> {
        let mut ready = Vec::new();
        let mut failed = None;
        for group in self.groups_of(name) {
            match self.renew(&group, plugin).await {
                Ok(image) => ready.push((group, image)),
                Err(fail) if group.serves() => return Err(fail.to_string()),
                Err(fail) => {
                    failed = Some(fail.to_string());
                    self.settle(&group, Err(fail));
                }
            }
        }
        if let (true, Some(reason)) = (ready.is_empty(), failed) {
            return Err(reason);
        }
        for (group, image) in ready {
            self.settle(&group, Ok(image));
        }
        self.note(name, |known| {
            known.serve(plugin.clone());
            known.swaps += 1;
        });
        Ok(())
    }

    /// Runs `configure` again for every group for which it is due, one after the other.
    pub(crate) async fn refresh(&self) {
        for group in self.groups() {
            if group.is_due(Instant::now()) {
                self.refresh_group(&group).await;
            }
        }
    }

    async fn refresh_group(&self, group: &Arc<Group>) {
        let _turn = self.turn.lock().await;
        let name = &group.plugin;
        let made = match self.current(group).await {
            Ok(plugin) => self.renew(group, &plugin).await,
            Err(fail) => Err(fail),
        };
        match &made {
            Ok(_) => {
                tracing::debug!(plugin = &**name, "refreshed");
                group.refreshed();
            }
            Err(fail) if group.serves() => {
                tracing::warn!(plugin = &**name, reason = %fail, "not refreshed: what was there stays");
            }
            Err(fail) => tracing::warn!(plugin = &**name, reason = %fail, "still not usable"),
        }
        self.settle(group, made);
    }

    async fn renew(&self, group: &Group, plugin: &Arc<Plugin>) -> Result<Ready, Fail> {
        let secrets = self.settings.load().secrets.clone();
        let checked = group.check(plugin, &secrets).map_err(Fail::Problems)?;
        let account = self.account(&group.plugin, &group.policy);
        group
            .configure(plugin, checked, &account, &self.workshop)
            .await
    }

    /// Puts an image in place, or notes why there is none, and tells all who wait for it.
    fn settle(&self, group: &Group, made: Result<Ready, Fail>) {
        match made {
            Ok(ready) => group.swap(ready),
            Err(fail) => group.fail(&fail),
        }
        if let Some(slot) = group.slot() {
            slot.wish().end();
        }
    }

    fn note(&self, name: &str, change: impl FnOnce(&mut Known)) {
        if let Some(known) = self.registry().known.get_mut(name) {
            change(known);
        }
    }

    fn groups(&self) -> Vec<Arc<Group>> {
        let mut registry = self.registry();
        registry.groups.retain(|group| group.slot().is_some());
        registry.groups.clone()
    }

    fn groups_of(&self, name: &str) -> Vec<Arc<Group>> {
        let mut groups = self.groups();
        groups.retain(|group| &*group.plugin == name);
        groups
    }
}
