//! `wasmgate plugin inspect`: what a plugin is and needs, without running a gateway.

use std::{io::Write, path::PathBuf};

use clap::Args;

use super::read;
use crate::cli::{CommandError, Exit, progress::Progress};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wasmgate plugin inspect plugins/my-auth.wasm
  wasmgate plugin inspect plugins/my-auth.wasm --json | jq .configuration")]
pub(in crate::cli) struct Inspect {
    /// The plugin
    plugin: PathBuf,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

impl Inspect {
    pub(super) fn run(self, out: &mut dyn Write) -> Result<Exit, CommandError> {
        let bytes = read(&self.plugin)?;
        let inspection = {
            let _progress = Progress::start(format!("looking into {}", self.plugin.display()));
            super::inspect(&self.plugin, bytes)?
        };
        if self.json {
            let failed = |error: serde_json::Error| CommandError::Failed(error.to_string());
            let text = serde_json::to_string_pretty(&inspection).map_err(failed)?;
            writeln!(out, "{text}")?;
        } else {
            write!(out, "{inspection}")?;
        }
        Ok(Exit::Done)
    }
}
