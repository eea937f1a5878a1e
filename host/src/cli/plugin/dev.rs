//! `wasmgate plugin dev`: builds a project at each change, into the plugin directory of a running gateway.

use std::{
    io::Write,
    path::{Path, PathBuf},
    time::Instant,
};

use clap::Args;

use super::{
    build::{component, replace},
    failed,
    language::Project,
    sources::Sources,
};
use crate::{
    cli::{CommandError, Environment, Exit},
    config,
};

#[derive(Debug, Args)]
#[command(after_help = "\
The gateway that watches the plugin directory swaps in what was built, and its log says so. What does
not build is reported, and what ran runs on. Files count that stand in the project and below it, but
for what is hidden and what tools make (build, target, node_modules, __pycache__). Ctrl-C ends it.

Examples:
  wasmgate plugin dev                                    the project in this folder
  wasmgate plugin dev my-auth --into /etc/wasmgate/plugins")]
pub(in crate::cli) struct Dev {
    /// The project's folder
    #[arg(default_value = ".")]
    project: PathBuf,
    /// The gateway's plugin directory [default: what the nearest wasmgate.yaml says, here or above]
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "config")]
    into: Option<PathBuf>,
    /// The gateway's configuration, in place of the nearest
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The name by which routes use the plugin [default: the project's]
    #[arg(long)]
    name: Option<String>,
}

impl Dev {
    pub(super) fn run(
        self,
        environment: Environment<'_>,
        out: &mut dyn Write,
    ) -> Result<Exit, CommandError> {
        let project = Project::open(&self.project)?;
        let name = self.name.as_ref().unwrap_or(&project.name);
        let directory = self.directory(&project, environment)?;
        let file = directory.join(format!("{name}.wasm"));
        let mut sources = Sources::watch(&project.folder)?;
        writeln!(
            out,
            "watching {}, for {}",
            project.folder.display(),
            file.display()
        )?;
        loop {
            match round(&self.project, &file) {
                Ok(said) => writeln!(out, "{said}")?,
                Err(error) => {
                    error.report();
                    writeln!(out, "not built: what was there stays")?;
                }
            }
            sources.change()?;
        }
    }

    /// Where the gateway finds its plugins.
    fn directory(
        &self,
        project: &Project,
        environment: Environment<'_>,
    ) -> Result<PathBuf, CommandError> {
        if let Some(directory) = &self.into {
            return match directory.is_dir() {
                true => Ok(directory.clone()),
                false => Err(failed(directory, &"is no directory")),
            };
        }
        let file = match &self.config {
            Some(file) => file.clone(),
            None => nearest(&project.folder)?,
        };
        let config = config::load(&file, environment).map_err(CommandError::Configuration)?;
        let directory = config.plugins.directory;
        directory.ok_or_else(|| failed(&file, &"names no plugin directory: `plugins: ./plugins`"))
    }
}

/// The configuration in a folder, or in one above it.
fn nearest(folder: &Path) -> Result<PathBuf, CommandError> {
    let mut files = folder.ancestors().map(|folder| folder.join(CONFIG));
    files.find(|file| file.is_file()).ok_or_else(|| {
        CommandError::Failed(format!(
            "there is no {CONFIG} in `{}` or above: name the gateway's plugin directory with `--into`",
            folder.display()
        ))
    })
}

const CONFIG: &str = "wasmgate.yaml";

/// Builds the project as it is now; what came of it.
fn round(folder: &Path, file: &Path) -> Result<String, CommandError> {
    let start = Instant::now();
    // Opened anew: what it is may have changed too.
    let bytes = component(&Project::open(folder)?)?;
    if std::fs::read(file).is_ok_and(|there| there == bytes) {
        return Ok(format!("{} is up to date", file.display()));
    }
    replace(file, &bytes)?;
    let (size, took) = (bytes.len().div_ceil(1000), start.elapsed().as_secs_f32());
    Ok(format!(
        "built {} ({size} KB) in {took:.1} s",
        file.display()
    ))
}
