//! `wasmgate check`: every mistake of a configuration, its plugins' included.

use std::io::Write;

use clap::Args;

use super::{CommandError, ConfigFile, Environment, Exit, count};
use crate::{
    config::{self, Config, Problems},
    server::{self, Rehearsed, ServeError},
};

#[derive(Debug, Args)]
#[command(after_help = "\
Everything is done that `serve` would do before it listens: certificates are read, plugins are loaded, compiled and
configured, and what that compiled is kept in the cache for the next start.

Examples:
  wasmgate check
  wasmgate check -c shop.yaml
  wasmgate check --no-plugins             read the file alone, on a machine without the plugins")]
pub(super) struct Check {
    #[command(flatten)]
    config: ConfigFile,
    /// Read the configuration alone: no certificate, no plugin
    #[arg(long)]
    no_plugins: bool,
}

impl Check {
    pub(super) fn run(
        self,
        environment: Environment<'_>,
        out: &mut dyn Write,
    ) -> Result<Exit, CommandError> {
        let file = &self.config.config;
        let config = config::load(file, environment).map_err(CommandError::Configuration)?;
        let plugins = match self.no_plugins {
            true => String::new(),
            false => format!(", {}", count(rehearse(&config)?, "plugin")),
        };
        let routes: usize = config.apis.iter().map(|api| api.routes.len()).sum();
        let (apis, routes) = (count(config.apis.len(), "API"), count(routes, "route"));
        writeln!(
            out,
            "{}: {apis}, {routes}{plugins}, no mistakes",
            file.display()
        )?;
        Ok(Exit::Done)
    }
}

/// How many plugins there are, all of which work.
fn rehearse(config: &Config) -> Result<usize, CommandError> {
    let rehearsed = server::rehearse(config).map_err(|error| match error {
        ServeError::Configuration(problems) => CommandError::Configuration(problems),
        other => CommandError::Failed(other.to_string()),
    })?;
    let Rehearsed { plugins, unusable } = rehearsed;
    let misconfigured = unusable.iter().any(|unusable| unusable.misconfigured);
    let problems = unusable.into_iter().flat_map(|unusable| unusable.problems);
    match Problems::new(problems.collect()) {
        None => Ok(plugins),
        Some(problems) if misconfigured => Err(CommandError::Configuration(problems)),
        Some(problems) => Err(CommandError::Broken(problems)),
    }
}
