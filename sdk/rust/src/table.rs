//! Tables that stay in the host: built in `configure`, immutable then, looked up in constant time. A million keys cost
//! a request nothing.
//!
//! ```
//! # fn main() -> Result<(), wasmgate_sdk::Error> {
//! use wasmgate_sdk::table::{Builder, Table};
//!
//! let mut builder = Builder::new()?;
//! builder.insert("alice", "admin")?;
//! let roles: Table = builder.finish()?;
//! assert_eq!(roles.lookup("alice").as_deref(), Some(&b"admin"[..]));
//! # Ok(()) }
//! ```

use crate::{Error, host};

/// A table, in `configure`, while it is filled.
#[derive(Debug)]
pub struct Builder {
    table: u32,
    portion: Vec<(Vec<u8>, Vec<u8>)>,
}

/// A table that is complete.
#[derive(Clone, Copy, Debug)]
pub struct Table(u32);

impl Builder {
    /// Begins a table.
    ///
    /// # Errors
    /// `denied` outside of `configure`.
    pub fn new() -> Result<Self, Error> {
        Ok(Builder {
            table: host::table::create()?,
            portion: Vec::new(),
        })
    }

    /// Adds a key and its value; a key that is there already gets the new value.
    ///
    /// # Errors
    /// `limit` where the table grows too large.
    pub fn insert(
        &mut self,
        key: impl Into<Vec<u8>>,
        value: impl Into<Vec<u8>>,
    ) -> Result<(), Error> {
        self.portion.push((key.into(), value.into()));
        if self.portion.len() == PORTION {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// The table, as it will stay.
    ///
    /// # Errors
    /// `limit` where the table grows too large.
    pub fn finish(mut self) -> Result<Table, Error> {
        self.flush()?;
        Ok(Table(self.table))
    }

    fn flush(&mut self) -> Result<(), Error> {
        let portion = std::mem::take(&mut self.portion);
        Ok(host::table::insert(self.table, &portion)?)
    }
}

impl Table {
    /// The value of a key.
    pub fn lookup(&self, key: impl AsRef<[u8]>) -> Option<Vec<u8>> {
        host::table::lookup(self.0, key.as_ref())
    }
}

/// How many keys cross to the host at once: few calls, and little memory that stays behind in the snapshot.
const PORTION: usize = 1024;
