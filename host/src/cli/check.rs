//! `wasmgate check`: every mistake of a configuration, its plugins' included.

use std::io::Write;

use clap::Args;

use super::{CommandError, ConfigFile, Environment, Exit};
use crate::config;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wasmgate check
  wasmgate check -c shop.yaml")]
pub(super) struct Check {
    #[command(flatten)]
    config: ConfigFile,
}

impl Check {
    pub(super) fn run(
        self,
        environment: Environment<'_>,
        out: &mut dyn Write,
    ) -> Result<Exit, CommandError> {
        let config =
            config::load(&self.config.config, environment).map_err(CommandError::Configuration)?;
        let routes: usize = config.apis.iter().map(|api| api.routes.len()).sum();
        writeln!(
            out,
            "{}: {} APIs, {routes} routes, no mistakes",
            self.config.config.display(),
            config.apis.len()
        )?;
        Ok(Exit::Done)
    }
}
