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

    /// Holds it against the plugin's schema as it is written, and reads the files that it names; the text for
    /// `configure`.
    pub(super) fn resolve(
        &self,
        plugin: &Plugin,
        assets: &mut Vec<Asset>,
    ) -> Result<String, Vec<Problem>> {
        let mut problems = match &plugin.schema {
            Some(schema) => schema.violations(&self.with, &self.place),
            None => Vec::new(),
        };
        match entry::resolve(&self.with, self.base(), assets) {
            Ok(with) if problems.is_empty() => return Ok(with.to_string()),
            Ok(_) => {}
            Err(missing) => {
                let told = missing.iter();
                problems.extend(told.map(|file| self.problem(&file.pointer, file.to_string())));
            }
        }
        Err(problems)
    }
}
