//! A directory for one test, gone afterwards.

use std::{
    fs,
    path::{Path, PathBuf},
};

pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("wasmgate-{name}-{}", std::process::id()));
        let _none_yet = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a directory");
        Scratch(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Puts a file in place at once, as deployments do.
    pub(super) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.join(".new"), bytes).expect("written");
        fs::rename(self.join(".new"), self.join(name)).expect("in place");
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}
