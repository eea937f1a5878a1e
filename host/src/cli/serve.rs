//! `wasmgate serve`: runs the gateway.

use clap::Args;

use super::{CommandError, ConfigFile, Environment, Exit};
use crate::server::{self, ServeError};

#[derive(Debug, Args)]
#[command(after_help = "\
The addresses are printed on standard output, one a line (`listening http://127.0.0.1:8080`);
logs go to standard error. SIGTERM or SIGINT lets requests in flight end, a second one exits
at once; SIGHUP, or a file that changed, reloads.

Examples:
  wasmgate serve
  wasmgate serve -c shop.yaml 2>>access.log")]
pub(super) struct Serve {
    #[command(flatten)]
    config: ConfigFile,
}

impl Serve {
    pub(super) fn run(self, environment: Environment<'_>) -> Result<Exit, CommandError> {
        match server::serve(&self.config.config, environment) {
            Ok(()) => Ok(Exit::Done),
            Err(ServeError::Configuration(problems)) => Err(CommandError::Configuration(problems)),
            Err(other) => Err(CommandError::Failed(other.to_string())),
        }
    }
}
