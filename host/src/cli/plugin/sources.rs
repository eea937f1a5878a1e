//! The files of a project, and when they change.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    path::{Path, PathBuf},
    sync::mpsc,
    time::{Duration, SystemTime},
};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::failed;
use crate::cli::CommandError;

/// The files of a project, as they were when they were looked at last.
pub(super) struct Sources {
    folder: PathBuf,
    watcher: RecommendedWatcher,
    events: mpsc::Receiver<()>,
    /// Each of them is watched: to watch what tools make too would take thousands of watches.
    folders: BTreeSet<PathBuf>,
    files: Files,
}

/// When a file was written last, and its size.
type Files = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

impl Sources {
    pub(super) fn watch(folder: &Path) -> Result<Sources, CommandError> {
        let (sender, events) = mpsc::channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_))) {
                // The receiver is gone only when the process ends.
                _ = sender.send(());
            }
        });
        let mut sources = Sources {
            folder: folder.to_owned(),
            watcher: watcher.map_err(|error| failed(folder, &error))?,
            events,
            folders: BTreeSet::new(),
            files: Files::new(),
        };
        sources.look()?;
        Ok(sources)
    }

    /// Waits until they are others than when this returned last, and have come to rest. What happened since then counts.
    pub(super) fn change(&mut self) -> Result<(), CommandError> {
        loop {
            // It ends only with the watcher, which is ours.
            _ = self.events.recv_timeout(ROUND);
            while self.events.recv_timeout(SETTLED).is_ok() {}
            if self.look()? {
                return Ok(());
            }
        }
    }

    /// Looks at all files, and watches new folders; whether anything changed.
    fn look(&mut self) -> Result<bool, CommandError> {
        let mut found = (Files::new(), BTreeSet::new());
        walk(&self.folder, &mut found);
        let (files, folders) = found;
        for folder in folders.difference(&self.folders) {
            self.watcher
                .watch(folder, RecursiveMode::NonRecursive)
                .map_err(|error| failed(folder, &error))?;
        }
        self.folders = folders;
        let changed = self.files != files;
        self.files = files;
        Ok(changed)
    }
}

/// A folder and all below it that is written by hand.
fn walk(folder: &Path, found: &mut (Files, BTreeSet<PathBuf>)) {
    found.1.insert(folder.to_owned());
    let entries = folder.read_dir().into_iter().flatten().flatten();
    for entry in entries.filter(|entry| counts(&entry.file_name())) {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&path, found),
            // One that has gone meanwhile is none, and behind a link to a folder stands another project.
            _ => {
                if let Ok(metadata) = path.metadata()
                    && metadata.is_file()
                {
                    let state = (metadata.modified().ok(), metadata.len());
                    found.0.insert(path, state);
                }
            }
        }
    }
}

/// Whether a name is of something that is written by hand.
fn counts(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let hidden = name.starts_with('.') && name != ".cargo";
    let aside = name.ends_with('~') || MADE.contains(&&*name);
    !hidden && !aside
}

/// What tools leave in a project.
const MADE: [&str; 4] = ["build", "target", "node_modules", "__pycache__"];

/// Editors write a file in several pieces, and several files at once.
const SETTLED: Duration = Duration::from_millis(50);

/// How often all is looked at, whatever the system tells of changes: on network file systems it tells nothing.
const ROUND: Duration = Duration::from_secs(2);
