//! Watches the files of a configuration: one that changed reloads it.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

/// An editor or a rename touches a file several times; they are one change.
const SETTLED: Duration = Duration::from_millis(50);

/// Changes of some files.
pub(super) struct Changes {
    /// None where the system does not let us watch; SIGHUP reloads all the same.
    watcher: Option<RecommendedWatcher>,
    changed: mpsc::UnboundedReceiver<Vec<PathBuf>>,
    files: BTreeSet<PathBuf>,
    folders: BTreeSet<PathBuf>,
}

impl Changes {
    pub(super) fn watch(files: &[PathBuf]) -> Changes {
        let (sender, changed) = mpsc::unbounded_channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if let Ok(event) = event
                && !matches!(event.kind, EventKind::Access(_))
            {
                // The receiver is gone only when the process ends.
                _ = sender.send(event.paths);
            }
        });
        let watcher = watcher
            .inspect_err(|error| tracing::warn!(%error, "files are not watched; SIGHUP reloads"))
            .ok();
        let mut changes = Changes {
            watcher,
            changed,
            files: BTreeSet::new(),
            folders: BTreeSet::new(),
        };
        changes.set(files);
        changes
    }

    /// Watches these files from here on. Their folders are watched, since files are replaced by renaming.
    pub(super) fn set(&mut self, files: &[PathBuf]) {
        let absolute = files
            .iter()
            .filter_map(|file| std::path::absolute(file).ok());
        self.files = absolute.collect();
        let folders = self.files.iter().filter_map(|file| file.parent());
        let folders: BTreeSet<_> = folders.map(PathBuf::from).collect();
        let Some(watcher) = &mut self.watcher else {
            return;
        };
        for folder in self.folders.difference(&folders) {
            // It may have been removed, and its watch with it.
            _ = watcher.unwatch(folder);
        }
        for folder in folders.difference(&self.folders) {
            if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
                tracing::warn!(folder = %folder.display(), %error, "a folder is not watched");
            }
        }
        self.folders = folders;
    }

    /// Waits until one of the files has changed and nothing changes any more.
    pub(super) async fn next(&mut self) {
        loop {
            let Some(paths) = self.changed.recv().await else {
                return std::future::pending().await;
            };
            if paths.iter().any(|path| self.files.contains(path)) {
                break;
            }
        }
        while let Ok(Some(_)) = tokio::time::timeout(SETTLED, self.changed.recv()).await {}
    }
}
