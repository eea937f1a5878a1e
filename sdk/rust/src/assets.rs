//! Files of the operator. A setting of the type [`Asset`] is written `{file: keys.csv}`; the host watches the file and
//! runs `configure` again when it changes.
//!
//! ```
//! use wasmgate_sdk::{assets::Asset, prelude::*};
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Config {
//!     /// One name a line.
//!     names: Asset,
//! }
//!
//! fn names(config: &Config) -> Result<Vec<String>, Problem> {
//!     Ok(config.names.text()?.lines().map(str::to_owned).collect())
//! }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Error, host};

/// A file that the configuration names.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    asset: u32,
    name: String,
    size: u64,
}

impl Asset {
    /// The path, as the operator wrote it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Up to `length` bytes from `offset`, in `configure` only; empty at the end. At most 1 MiB at once.
    ///
    /// # Errors
    /// `denied` outside of `configure`, `limit` where too much is asked for.
    pub fn read_at(&self, offset: u64, length: u32) -> Result<Vec<u8>, Error> {
        Ok(host::assets::read(self.asset, offset, length)?)
    }

    /// The whole file, in `configure` only.
    ///
    /// # Errors
    /// `denied` outside of `configure`.
    pub fn read(&self) -> Result<Vec<u8>, Error> {
        let mut all = Vec::new();
        for portion in self.portions() {
            all.append(&mut portion?);
        }
        Ok(all)
    }

    /// The whole file as a text, in `configure` only; bytes that are not UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// `denied` outside of `configure`.
    pub fn text(&self) -> Result<String, Error> {
        Ok(String::from_utf8(self.read()?)
            .unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
    }

    /// Calls a function with each line of the file, without holding all of it: for files of many megabytes. Lines come
    /// without their ends; bytes that are not UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// The first error, of the file or of the function.
    pub fn for_each_line<E: From<Error>>(
        &self,
        mut line: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = Vec::new();
        for portion in self.portions() {
            rest.extend(portion.map_err(E::from)?);
            let end = rest
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |newline| newline + 1);
            String::from_utf8_lossy(&rest[..end])
                .lines()
                .try_for_each(&mut line)?;
            rest.drain(..end);
        }
        String::from_utf8_lossy(&rest).lines().try_for_each(line)
    }

    fn portions(&self) -> impl Iterator<Item = Result<Vec<u8>, Error>> {
        let mut offset = 0;
        std::iter::from_fn(move || match self.read_at(offset, PORTION) {
            Ok(portion) if portion.is_empty() => None,
            Ok(portion) => {
                offset += portion.len() as u64;
                Some(Ok(portion))
            }
            Err(e) => Some(Err(e)),
        })
    }
}

const PORTION: u32 = 64 << 10;

impl JsonSchema for Asset {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Asset".into()
    }

    // As the operator writes it, not as the host hands it over.
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A file, by its path relative to the configuration.",
            "type": "object",
            "properties": { "file": { "type": "string" } },
            "required": ["file"],
            "additionalProperties": false
        })
    }
}
