//! The plugin directory: which file stands for which plugin, and when that changes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use bytes::Bytes;
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use super::{configure::entry::FileState, load::File, script};
use crate::builtin::PLUGINS;

const ENDINGS: [&str; 2] = ["wasm", script::ENDING];
/// More than any plugin may have: enough to say that it has too much.
const MOST_BYTES: u64 = (64 << 20) + 1;
/// Changes of one file come in several pieces; this long after the last one it is taken for complete.
const QUIET: Duration = Duration::from_millis(50);
/// Where a file never comes to rest, it is looked at regardless.
const MOST_WAITS: u32 = 20;

/// Where a plugin's bytes are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    File(PathBuf, FileState),
    /// Two files of its name, with the state of the first, and then of the second.
    Both(PathBuf, FileState, FileState),
    BuiltIn(&'static [u8]),
}

impl Source {
    /// Where a plugin of this name is. A file goes before a built-in plugin.
    pub(crate) fn find(name: &str, directory: Option<&Path>) -> Option<Source> {
        if !is_name(name) {
            return None;
        }
        let path = |ending| Some(directory?.join(format!("{name}.{ending}")));
        let file = |ending| path(ending).and_then(|path| Some((FileState::of(&path)?, path)));
        match ENDINGS.map(file) {
            [Some((wasm, path)), Some((script, _))] => Some(Source::Both(path, wasm, script)),
            [Some((state, path)), None] | [None, Some((state, path))] => {
                Some(Source::File(path, state))
            }
            [None, None] => built_in(name).map(Source::BuiltIn),
        }
    }

    pub(crate) fn read(&self) -> io::Result<File> {
        match self {
            Source::File(path, _) => {
                let mut bytes = Vec::new();
                fs::File::open(path)?
                    .take(MOST_BYTES)
                    .read_to_end(&mut bytes)?;
                Ok(File::of(path, bytes))
            }
            Source::Both(path, ..) => Err(io::Error::other(both(path))),
            Source::BuiltIn(bytes) => Ok(File::Wasm(Bytes::from_static(bytes))),
        }
    }

    /// The file, or the first of two; none for what is built in.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Source::File(path, _) | Source::Both(path, ..) => Some(path),
            Source::BuiltIn(_) => None,
        }
    }

    pub(crate) fn is_file(&self) -> bool {
        self.path().is_some()
    }
}

/// The names of all plugins that could be attached.
pub(crate) fn names(directory: Option<&Path>) -> BTreeSet<String> {
    let built_in = PLUGINS.iter().map(|(name, _)| (*name).to_owned());
    let entries = directory.and_then(|directory| fs::read_dir(directory).ok());
    let files = entries.into_iter().flatten().filter_map(|entry| {
        let path = entry.ok()?.path();
        let name = path.file_stem()?.to_str()?.to_owned();
        let ending = path.extension()?.to_str()?;
        (ENDINGS.contains(&ending) && is_name(&name)).then_some(name)
    });
    files.chain(built_in).collect()
}

/// What to do where two files have one name.
fn both(path: &Path) -> String {
    let script = path.with_extension(script::ENDING);
    let [wasm, script] = [path, &script].map(|path| path.file_name().unwrap_or_default());
    format!(
        "`{}` and `{}` are both there, and a plugin is one of them: remove the other",
        wasm.display(),
        script.display()
    )
}

/// The bytes of a plugin that came with the gateway.
pub(crate) fn built_in(name: &str) -> Option<&'static [u8]> {
    let found = PLUGINS.iter().find(|(built_in, _)| *built_in == name);
    found.map(|(_, bytes)| *bytes)
}

/// A file of the directory itself, and not a hidden one.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0'])
}

/// Rings a bell when something changes in one of the directories that it watches.
pub(crate) struct Watcher {
    system: Option<RecommendedWatcher>,
    watched: BTreeMap<PathBuf, bool>,
    changed: Arc<AtomicBool>,
}

impl Watcher {
    /// Where the system cannot tell us of changes, whoever asks looks for himself now and then.
    pub(crate) fn start(bell: Arc<Notify>) -> Watcher {
        let changed = Arc::new(AtomicBool::new(false));
        let seen = changed.clone();
        let system = notify::recommended_watcher(move |_event| {
            seen.store(true, SeqCst);
            bell.notify_one();
        });
        let system = system
            .inspect_err(|error| tracing::warn!(%error, "files are looked at regularly instead of being watched"))
            .ok();
        Watcher {
            system,
            watched: BTreeMap::new(),
            changed,
        }
    }

    /// Watches a directory too. One that is not there yet is tried again with each call.
    pub(crate) fn watch(&mut self, directory: &Path) {
        let watched = self.watched.entry(directory.to_owned()).or_default();
        if let (false, Some(system)) = (*watched, &mut self.system) {
            *watched = system.watch(directory, RecursiveMode::NonRecursive).is_ok();
        }
    }

    /// Waits until what changes has come to rest.
    pub(crate) async fn settle(&self) {
        for _ in 0..MOST_WAITS {
            if !self.changed.swap(false, SeqCst) {
                return;
            }
            tokio::time::sleep(QUIET).await;
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_the_directory() {
        let outside = std::env::temp_dir();
        for name in [
            "",
            ".",
            "..",
            "../etc/passwd",
            "a/b",
            "a\\b",
            ".hidden",
            "a\0",
        ] {
            assert!(Source::find(name, Some(&outside)).is_none(), "{name:?}");
        }
    }

    #[test]
    fn a_file_renamed_into_place_is_another() {
        let directory = std::env::temp_dir().join(format!("wasmgate-files-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let write = |name: &str| fs::write(directory.join(name), "a").unwrap();
        write("x.wasm");
        let before = Source::find("x", Some(&directory)).unwrap();
        assert_eq!(Source::find("x", Some(&directory)).as_ref(), Some(&before));
        write("x.new");
        fs::rename(directory.join("x.new"), directory.join("x.wasm")).unwrap();
        assert_ne!(Source::find("x", Some(&directory)).as_ref(), Some(&before));
        assert!(names(Some(&directory)).contains("x"));
        fs::remove_dir_all(&directory).unwrap();
    }
}
