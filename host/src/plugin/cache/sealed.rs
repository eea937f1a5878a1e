//! Files that nobody else can have written: each carries a seal, an HMAC-SHA-256 over its name and contents.
//!
//! What this is against: a cache directory that was restored from elsewhere, baked into an image, shared by mistake or
//! damaged, and whoever can write to the files but not read the key, which lies beside their directory and not in it. Who
//! can act as the gateway's own user is not kept out, and could replace the gateway itself.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Read, Write},
    ops::{Deref, DerefMut},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::SystemTime,
};

use aws_lc_rs::{constant_time, hmac, rand};
use memmap2::MmapMut;

/// What every file begins with; the number is that of the format.
const MAGIC: &[u8; 16] = b"wasmgate cache 1";
const SEAL: usize = 32;
const KEY: usize = 32;
/// What comes before a file's contents.
const HEAD: usize = MAGIC.len() + SEAL;
/// Bytes of one file that are read into memory at most.
const MOST_OF_A_FILE: u64 = 512 << 20;

/// A directory of sealed files.
#[derive(Debug)]
pub(super) struct Sealed {
    directory: PathBuf,
    key: hmac::Key,
    limit: u64,
}

/// A file's contents, in pages of their own. They are megabytes that nobody needs for long, and an allocator that had
/// them once would keep the room for more.
#[derive(Debug)]
pub(super) struct Contents(MmapMut);

/// Why a directory is not used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unsafe {
    #[error("`{}`: {error}", path.display())]
    Io { path: PathBuf, error: io::Error },
    #[error("`{}` belongs to another user", .0.display())]
    Foreign(PathBuf),
    #[error("others may write to `{}`: run `chmod go-w` on it", .0.display())]
    Writable(PathBuf),
    #[error("`{}` is not a key that only its owner can read: remove it, and a new one is made", .0.display())]
    BadKey(PathBuf),
}

impl Sealed {
    /// Opens a directory that holds the key, and beside it the one of the files. Both must be this user's alone.
    pub(super) fn open(directory: &Path, limit: u64) -> Result<Sealed, Unsafe> {
        own(directory)?;
        let files = directory.join("code");
        own(&files)?;
        let key = key(&directory.join("key"))?;
        Ok(Sealed {
            directory: files,
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            limit,
        })
    }

    /// A file's contents, if it is there and genuine.
    pub(super) fn read(&self, name: &str) -> Option<Contents> {
        let file = match self.file(name) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(file = name, %error, "cannot read from the cache");
                return None;
            }
        };
        if !self.is_genuine(name, &file) {
            tracing::warn!(
                file = name,
                "damaged, or not written by this gateway: compiling it again"
            );
            return None;
        }
        Some(Contents(file))
    }

    /// All of a file: a copy, which nobody else can change any more.
    fn file(&self, name: &str) -> io::Result<MmapMut> {
        let mut file = File::open(self.directory.join(name))?;
        // How long ago a file was used decides when it is dropped. Where this cannot be noted, it goes a little early.
        let _unnoted = file.set_modified(SystemTime::now());
        let length = file.metadata()?.len();
        if length > MOST_OF_A_FILE {
            return Err(io::Error::other("too large"));
        }
        let mut bytes = MmapMut::map_anon(length as usize)?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn is_genuine(&self, name: &str, file: &[u8]) -> bool {
        let Some((head, contents)) = file.split_at_checked(HEAD) else {
            return false;
        };
        let (magic, seal) = head.split_at(MAGIC.len());
        let expected = self.seal(name, contents);
        magic == MAGIC && constant_time::verify_slices_are_equal(expected.as_ref(), seal).is_ok()
    }

    /// Over a file's name too, so that no file passes for another.
    fn seal(&self, name: &str, contents: &[u8]) -> hmac::Tag {
        let mut seal = hmac::Context::with_key(&self.key);
        seal.update(name.as_bytes());
        seal.update(&[0]);
        seal.update(contents);
        seal.sign()
    }

    /// Writes a file, all of it or nothing; gives whether it is there. What cannot be written is compiled again next time,
    /// and that is all.
    pub(super) fn write(&self, name: &str, contents: &[u8]) -> bool {
        if contents.len() as u64 > MOST_OF_A_FILE - HEAD as u64 {
            return false;
        }
        let seal = self.seal(name, contents);
        let written = write_new(&self.directory.join(name), |file| {
            file.write_all(MAGIC)?;
            file.write_all(seal.as_ref())?;
            file.write_all(contents)
        });
        match &written {
            Ok(()) => self.trim(),
            Err(error) => tracing::warn!(file = name, %error, "cannot write to the cache"),
        }
        written.is_ok()
    }

    /// Drops the files that were used longest ago, until the rest fits.
    fn trim(&self) {
        let Ok(entries) = fs::read_dir(&self.directory) else {
            return;
        };
        let mut files: Vec<_> = entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let found = entry.metadata().ok().filter(fs::Metadata::is_file)?;
                Some((found.modified().ok()?, found.len(), entry.path()))
            })
            .collect();
        let mut total: u64 = files.iter().map(|(_, size, _)| size).sum();
        files.sort();
        for (_, size, path) in files {
            if total <= self.limit {
                return;
            }
            if fs::remove_file(&path).is_ok() {
                total -= size;
            }
        }
    }
}

impl Deref for Contents {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0[HEAD..]
    }
}

impl DerefMut for Contents {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0[HEAD..]
    }
}

/// Makes a directory where there is none; one that others could write into is refused.
fn own(directory: &Path) -> Result<(), Unsafe> {
    let failed = |error| Unsafe::Io {
        path: directory.to_owned(),
        error,
    };
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(directory).map_err(failed)?;
    let found = fs::metadata(directory).map_err(failed)?;
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(Unsafe::Foreign(directory.to_owned()));
    }
    match found.mode() & 0o022 {
        0 => Ok(()),
        _ => Err(Unsafe::Writable(directory.to_owned())),
    }
}

/// The key; a new one where there is none.
fn key(path: &Path) -> Result<[u8; KEY], Unsafe> {
    let failed = |error| Unsafe::Io {
        path: path.to_owned(),
        error,
    };
    if !path.try_exists().map_err(failed)? {
        make_key(path).map_err(failed)?;
    }
    let bad = || Unsafe::BadKey(path.to_owned());
    let mut file = File::open(path).map_err(failed)?;
    let found = file.metadata().map_err(failed)?;
    let ours = found.uid() == rustix::process::geteuid().as_raw();
    if !ours || found.mode() & 0o077 != 0 || found.len() != KEY as u64 {
        return Err(bad());
    }
    let mut key = [0; KEY];
    file.read_exact(&mut key).map_err(|_| bad())?;
    Ok(key)
}

fn make_key(path: &Path) -> io::Result<()> {
    let mut key = [0; KEY];
    rand::fill(&mut key).map_err(|_| io::Error::other("no randomness"))?;
    let own = path.with_extension(format!("key.{}", std::process::id()));
    write_new(&own, |file| file.write_all(&key))?;
    // Of several gateways that start at once, one gives the key to all.
    let linked = fs::hard_link(&own, path);
    fs::remove_file(&own)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Puts a file in place once it is complete and on the disk.
fn write_new(path: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".{}.new", std::process::id()));
    let aside = PathBuf::from(aside);
    let written = (|| {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&aside)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        fill(&mut file)?;
        file.sync_all()?;
        fs::rename(&aside, path)
    })();
    if written.is_err() {
        let _gone = fs::remove_file(&aside);
    }
    written
}
