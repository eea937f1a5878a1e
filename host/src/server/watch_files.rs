//! Watches the files of a configuration: one that changed reloads it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

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
    /// A folder of which every file counts.
    whole: Option<PathBuf>,
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
            whole: None,
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
        self.whole = None;
    }

    /// Until files are set anew, whatever changes in this folder counts too.
    pub(super) fn add_folder(&mut self, folder: &Path) {
        let Ok(folder) = std::path::absolute(folder) else {
            return;
        };
        if let Some(watcher) = &mut self.watcher
            && self.folders.insert(folder.clone())
        {
            // Where that fails, a change of the configuration still counts.
            _ = watcher.watch(&folder, RecursiveMode::NonRecursive);
        }
        self.whole = Some(folder);
    }

    /// Waits until one of the files has changed and nothing changes any more.
    pub(super) async fn next(&mut self) {
        loop {
            let Some(paths) = self.changed.recv().await else {
                return std::future::pending().await;
            };
            let whole = self.whole.as_deref();
            let counts = |path: &PathBuf| {
                self.files.contains(path) || whole.is_some() && path.parent() == whole
            };
            if paths.iter().any(counts) {
                break;
            }
        }
        while let Ok(Some(_)) = tokio::time::timeout(SETTLED, self.changed.recv()).await {}
    }
}
