//! `wasmgate check`: every mistake of a configuration, its plugins' included.

use std::io::Write;

use clap::Args;

use super::{CommandError, ConfigFile, Environment, Exit, count};
use crate::{
    config::{self, Config},
    plugin::PluginStatus,
    server::{self, ServeError},
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
    let plugins = server::rehearse(config).map_err(|error| match error {
        ServeError::Configuration(problems) => CommandError::Configuration(problems),
        other => CommandError::Failed(other.to_string()),
    })?;
    let broken = plugins.iter().filter_map(PluginStatus::problem);
    let broken: Vec<_> = broken.map(|problem| problem.message).collect();
    match broken.is_empty() {
        true => Ok(plugins.len()),
        false => Err(CommandError::Refused(broken.join("\nwasmgate: "))),
    }
}
