//! One configuration of a group: what is written under `with`, and where.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{
    config::{self, Place, Problem},
    plugin::{
        Hook,
        configure::entry::{self, Asset},
        load::Plugin,
    },
};

/// One configuration, and where it is written.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    with: Value,
    place: Place,
    /// For each kind of place in a chain that it has: where, and the hooks one of which the plugin needs there.
    uses: Vec<(Place, Hooks)>,
}

/// Hooks one of which is needed; any will do where there are none.
pub(crate) type Hooks = &'static [Hook];

impl Entry {
    pub(crate) fn of(attachment: &config::Attachment) -> Entry {
        Entry {
            with: attachment.with.clone(),
            place: attachment.place.clone(),
            uses: Vec::new(),
        }
    }

    /// Notes a place of a chain where it is used.
    pub(crate) fn used(&mut self, place: Place, hooks: Hooks) {
        if self.uses.iter().all(|(_, known)| *known != hooks) {
            self.uses.push((place, hooks));
        }
    }

    /// Places where a plugin has none of the hooks that are called for.
    pub(super) fn misplaced(&self, plugin: &Plugin) -> impl Iterator<Item = Problem> {
        let has = |hooks: &Hooks| {
            hooks.is_empty() || hooks.iter().any(|hook| plugin.hooks.contains(hook))
        };
        self.uses
            .iter()
            .filter(move |(_, hooks)| !has(hooks))
            .map(|(place, hooks)| {
                let name = &plugin.name;
                let (wanted, has) = (listed(hooks, " or "), listed(&plugin.hooks, ", "));
                let message = format!("plugin `{name}` has no hook {wanted}: it has {has}");
                Problem::new(place.clone(), message)
            })
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
    /// `configure`. Files that cannot be read are noted as `absent`.
    pub(super) fn resolve(
        &self,
        plugin: &Plugin,
        assets: &mut Vec<Asset>,
        absent: &mut Vec<PathBuf>,
    ) -> Result<String, Vec<Problem>> {
        let mut problems = match &plugin.schema {
            Some(schema) => schema.violations(&self.with, &self.place),
            None => Vec::new(),
        };
        match entry::resolve(&self.with, self.base(), assets) {
            Ok(with) if problems.is_empty() => return Ok(with.to_string()),
            Ok(_) => {}
            Err(missing) => {
                absent.extend(missing.iter().map(|file| file.path.clone()));
                let told = missing.iter();
                problems.extend(told.map(|file| self.problem(&file.pointer, file.to_string())));
            }
        }
        Err(problems)
    }
}

/// `` `validator`, `mapper` ``
fn listed(hooks: &[Hook], separator: &str) -> String {
    let names = hooks.iter().map(|hook| format!("`{}`", hook.name()));
    names.collect::<Vec<_>>().join(separator)
}
