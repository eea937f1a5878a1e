//! Turns what is written under `with` into what a plugin gets: `{file: path}` becomes a number, a name and a size.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    time::SystemTime,
};

use bytes::Bytes;
use serde_json::{Map, Value, json};

/// Bytes of one asset.
const MOST_BYTES: u64 = 256 << 20;

/// A file that an entry names, as it was when it was read.
#[derive(Clone, Debug)]
pub(crate) struct Asset {
    pub(crate) path: PathBuf,
    pub(crate) bytes: Bytes,
    pub(crate) state: FileState,
}

/// By what a changed file is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileState {
    modified: Option<SystemTime>,
    size: u64,
    /// A file that was renamed into place may be as old and as large as the one before.
    inode: u64,
}

/// A file that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{name}`: {error}")]
pub(crate) struct NoAsset {
    /// Where in the entry it is named.
    pub(crate) pointer: String,
    pub(crate) path: PathBuf,
    name: String,
    error: io::Error,
}

impl FileState {
    /// What a path stands for now; none where nothing is there.
    pub(crate) fn of(path: &Path) -> Option<FileState> {
        use std::os::unix::fs::MetadataExt;
        let found = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
        Some(FileState {
            modified: found.modified().ok(),
            size: found.len(),
            inode: found.ino(),
        })
    }
}

/// Reads the files that an entry names, relative to `base`, and appends them to `assets`.
pub(crate) fn resolve(
    with: &Value,
    base: &Path,
    assets: &mut Vec<Asset>,
) -> Result<Value, Vec<NoAsset>> {
    let mut files = Files {
        base,
        assets,
        missing: Vec::new(),
    };
    let resolved = files.value(with, &mut String::new());
    match files.missing.is_empty() {
        true => Ok(resolved),
        false => Err(files.missing),
    }
}

struct Files<'a> {
    base: &'a Path,
    assets: &'a mut Vec<Asset>,
    missing: Vec<NoAsset>,
}

impl Files<'_> {
    fn value(&mut self, value: &Value, pointer: &mut String) -> Value {
        match value {
            Value::Object(members) => match named(members) {
                Some(name) => self.asset(name, pointer),
                None => self.members(members, pointer),
            },
            Value::Array(items) => {
                let items = items.iter().enumerate();
                items
                    .map(|(place, item)| self.inside(&place.to_string(), item, pointer))
                    .collect()
            }
            other => other.clone(),
        }
    }

    fn members(&mut self, members: &Map<String, Value>, pointer: &mut String) -> Value {
        let resolved = members.iter().map(|(name, value)| {
            let escaped = name.replace('~', "~0").replace('/', "~1");
            (name.clone(), self.inside(&escaped, value, pointer))
        });
        Value::Object(resolved.collect())
    }

    fn inside(&mut self, part: &str, value: &Value, pointer: &mut String) -> Value {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(part);
        let resolved = self.value(value, pointer);
        pointer.truncate(length);
        resolved
    }

    fn asset(&mut self, name: &str, pointer: &str) -> Value {
        let path = self.base.join(name);
        match read(&path) {
            Ok(asset) => {
                let size = asset.bytes.len();
                self.assets.push(asset);
                json!({ "asset": self.assets.len() - 1, "name": name, "size": size })
            }
            Err(error) => {
                self.missing.push(NoAsset {
                    pointer: pointer.to_owned(),
                    path,
                    name: name.to_owned(),
                    error,
                });
                Value::Null
            }
        }
    }
}

/// The path of `{file: path}`.
fn named(members: &Map<String, Value>) -> Option<&str> {
    match members.len() {
        1 => members.get("file")?.as_str(),
        _ => None,
    }
}

fn read(path: &Path) -> io::Result<Asset> {
    // Its state first: a change while it is read is then seen as one that came afterwards.
    let state = FileState::of(path).ok_or_else(|| io::Error::other("there is no such file"))?;
    if state.size > MOST_BYTES {
        return Err(io::Error::other(format!(
            "it has {} bytes; {MOST_BYTES} are the most",
            state.size
        )));
    }
    let mut bytes = Vec::with_capacity(state.size as usize);
    File::open(path)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok(Asset {
        path: path.to_owned(),
        bytes: bytes.into(),
        state,
    })
}
