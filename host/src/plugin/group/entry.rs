//! One configuration of a group: what is written under `with`, and where.

use std::path::Path;

use serde_json::Value;

use crate::{
    config::{self, Place, Problem},
    plugin::{
        configure::entry::{self, Asset},
        load::Plugin,
    },
};

/// One configuration, and where it is written.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    with: Value,
    place: Place,
}

impl Entry {
    pub(crate) fn of(attachment: config::Attachment) -> Entry {
        Entry {
            with: attachment.with,
            place: attachment.place,
        }
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// A problem at a JSON Pointer into the entry.
    pub(super) fn problem(&self, pointer: &str, message: String) -> Problem {
        Problem::new(self.place.inside(pointer), message)
    }

    /// Files that it names are relative to the file that it stands in.
    fn base(&self) -> &Path {
        self.place.document.path.parent().unwrap_or(Path::new(""))
    }

    /// Reads the files that it names, and holds it against the plugin's schema.
    pub(super) fn resolve(
        &self,
        plugin: &Plugin,
        assets: &mut Vec<Asset>,
    ) -> Result<String, Vec<Problem>> {
        let with = entry::resolve(&self.with, self.base(), assets).map_err(|missing| {
            let told = missing.iter();
            let told = told.map(|file| self.problem(&file.pointer, file.to_string()));
            told.collect::<Vec<_>>()
        })?;
        let schema = plugin.schema.as_ref();
        let violations = schema.map(|schema| schema.violations(&with, &self.place));
        match violations.filter(|violations| !violations.is_empty()) {
            Some(violations) => Err(violations),
            None => Ok(with.to_string()),
        }
    }
}
