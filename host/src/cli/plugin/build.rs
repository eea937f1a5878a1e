//! `wasmgate plugin build`: a project becomes a plugin, whatever its language.

use std::{io::Write, path::PathBuf};

use clap::Args;

use super::{failed, language::Project, read, write};
use crate::{
    builtin::WIT,
    cli::{CommandError, Exit, progress::Progress},
    plugin,
};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wasmgate plugin build                                  the project in this folder
  wasmgate plugin build my-auth --to plugins/my-auth.wasm")]
pub(in crate::cli) struct Build {
    /// The project's folder
    #[arg(default_value = ".")]
    project: PathBuf,
    /// Where the plugin goes [default: build/NAME.wasm in the project]
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

impl Build {
    pub(super) fn run(self, out: &mut dyn Write) -> Result<Exit, CommandError> {
        let project = Project::open(&self.project)?;
        let bytes = component(&project)?;
        let file = match self.to {
            Some(file) => file,
            None => self.project.join("build").join(project.name + ".wasm"),
        };
        replace(&file, &bytes)?;
        writeln!(
            out,
            "built {} ({} KB)",
            file.display(),
            bytes.len().div_ceil(1000)
        )?;
        Ok(Exit::Done)
    }
}

/// Builds a project; the component's bytes.
pub(super) fn component(project: &Project) -> Result<Vec<u8>, CommandError> {
    let _progress = Progress::start(format!("building {}", project.name));
    let made = (project.language.build)(project)?;
    plugin::component(&read(&made)?, &WIT)
        .map_err(|error| CommandError::Refused(format!("`{}`: {error}", made.display())))
}

/// Writes beside the file and renames, so that a gateway which watches never sees a part.
pub(super) fn replace(file: &std::path::Path, bytes: &[u8]) -> Result<(), CommandError> {
    let beside = file.with_extension("wasm.new");
    write(&beside, bytes)?;
    std::fs::rename(&beside, file).map_err(|error| failed(file, &error))
}
