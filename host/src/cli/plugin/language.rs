//! The languages that plugins are written in. A new one is an entry of `LANGUAGES`, a module that builds it, and a
//! folder `sdk/NAME`: its SDK, and in `template/` what a new project begins with.

use std::path::{Path, PathBuf};

use super::{beside, failed, name, write};
use crate::{
    builtin::{self, Sdk},
    cli::CommandError,
};

mod c;
mod go;
mod javascript;
mod python;
mod rust;
mod wat;
mod world;
mod zig;

/// A language, and how its projects are made and built.
#[derive(Clone, Copy, Debug)]
pub(super) struct Language {
    /// As `--lang` says it.
    pub(super) name: &'static str,
    /// The folder below `sdk/`.
    pub(super) sdk: &'static str,
    /// The file that a folder of it holds: a name, or `*.ending`. The first language whose file is there counts.
    marker: &'static str,
    /// A new project's files: where each stands, and its name in the template, where `HOOK` is the hook's name.
    pub(super) files: &'static [(&'static str, &'static str)],
    /// What to do first in a new project.
    pub(super) first: &'static str,
    /// Builds a project and says where the `.wasm` is: a component, or a core module that `build` makes one of.
    pub(super) build: fn(&Project) -> Result<PathBuf, CommandError>,
    /// Crates, packages and the like that a project cannot be called as.
    pub(super) taken: &'static [&'static str],
}

/// In the order in which a folder is looked through.
pub(super) const LANGUAGES: &[Language] = &[
    rust::RUST,
    go::GO,
    javascript::TYPESCRIPT,
    javascript::JAVASCRIPT,
    python::PYTHON,
    zig::ZIG_LANGUAGE,
    c::C,
    wat::WAT,
];

impl Language {
    /// The language of the project in a folder.
    pub(super) fn of(folder: &Path) -> Result<Language, CommandError> {
        let entries = folder.read_dir().map_err(|error| failed(folder, &error))?;
        let files: Vec<_> = entries
            .filter_map(|entry| Some(PathBuf::from(entry.ok()?.file_name())))
            .collect();
        let found = LANGUAGES.iter().find(|language| language.marks(&files));
        found.copied().ok_or_else(|| no_project(folder))
    }

    /// The file that shows the language, where it is there.
    fn marks(&self, files: &[PathBuf]) -> bool {
        match self.marker.strip_prefix("*.") {
            Some(ending) => files
                .iter()
                .any(|file| file.extension().is_some_and(|found| found == ending)),
            None => files.iter().any(|file| file == Path::new(self.marker)),
        }
    }

    /// What travels in the binary for it.
    pub(super) fn sdk(&self) -> Result<&'static Sdk, CommandError> {
        let mut sdks = builtin::SDKS.iter();
        let found = sdks.find(|sdk| sdk.language == self.sdk);
        found
            .ok_or_else(|| CommandError::Failed(format!("this build has no SDK for {}", self.name)))
    }
}

fn no_project(folder: &Path) -> CommandError {
    let known = LANGUAGES.iter();
    let known: Vec<_> = known
        .map(|language| format!("`{}` ({})", language.marker, language.name))
        .collect();
    CommandError::Failed(format!(
        "`{}` holds no plugin's project: one of {} would make it one; `wasmgate plugin new` makes a whole one",
        folder.display(),
        known.join(", ")
    ))
}

/// A plugin's project: a folder with a language's files.
#[derive(Debug)]
pub(super) struct Project {
    pub(super) language: Language,
    /// Absolute.
    pub(super) folder: PathBuf,
    /// What the plugin is called where its files do not say it.
    pub(super) name: String,
}

impl Project {
    pub(super) fn open(folder: &Path) -> Result<Project, CommandError> {
        let folder = folder
            .canonicalize()
            .map_err(|error| failed(folder, &error))?;
        Ok(Project {
            language: Language::of(&folder)?,
            name: name(&folder),
            folder,
        })
    }

    /// Where builds leave what they make.
    pub(super) fn made(&self) -> PathBuf {
        self.folder.join("build")
    }

    /// A file below `made`, in a folder that is there.
    pub(super) fn make(&self, file: &str) -> Result<PathBuf, CommandError> {
        let file = self.made().join(file);
        let folder = beside(&file)?;
        std::fs::create_dir_all(&folder).map_err(|error| failed(&folder, &error))?;
        Ok(file)
    }

    /// The folder of the SDK: the project's own, or the one that travels in the binary.
    pub(super) fn sdk(&self) -> Result<PathBuf, CommandError> {
        let own = self.folder.join(SDK);
        if own.is_dir() {
            return Ok(own);
        }
        let carried = self.made().join(SDK);
        for (path, bytes) in self.language.sdk()?.files {
            write(&carried.join(path), bytes)?;
        }
        Ok(carried)
    }

    /// The project's files of an ending, in order.
    pub(super) fn sources(&self, ending: &str) -> Result<Vec<PathBuf>, CommandError> {
        let mut found = Vec::new();
        for folder in [self.folder.clone(), self.folder.join("src")] {
            let Ok(entries) = folder.read_dir() else {
                continue;
            };
            let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
            found.extend(files.filter(|file| file.extension().is_some_and(|e| e == ending)));
        }
        found.sort();
        Ok(found)
    }
}

/// Where the SDK stands beside a project.
pub(super) const SDK: &str = "wasmgate-sdk";
