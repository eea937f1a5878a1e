//! The command line: what a user may ask for, and the exit code that tells how it went.

mod check;
mod plugin;
mod progress;
mod routes;
mod serve;
mod soap;

use std::{
    ffi::OsString,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};

use crate::{
    builtin::WIT,
    config::{Environment, Problems},
};

/// Runs one command of the command line.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: Environment<'_>,
) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        // Help and version are errors to clap; it knows where each goes, and whether it is one.
        Err(error) => {
            _ = error.print();
            return if error.use_stderr() {
                Exit::Usage.into()
            } else {
                Exit::Done.into()
            };
        }
    };
    let outcome = arguments.command.run(environment, &mut io::stdout().lock());
    outcome.unwrap_or_else(|error| error.report()).into()
}

/// An API gateway whose every decision is a sandboxed WebAssembly plugin.
#[derive(Debug, Parser)]
#[command(name = "wasmgate", version, arg_required_else_help = true, after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway
    Serve(serve::Serve),
    /// Report every mistake of a configuration, and run nothing
    Check(check::Check),
    /// Show all routes, or what one method and path would meet, step by step
    Routes(routes::Routes),
    /// Make, look into, test and measure plugins
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    /// Develop mapping templates
    #[command(subcommand)]
    Vtl(plugin::Vtl),
    /// Work with the WSDL of SOAP services
    #[command(subcommand)]
    Soap(soap::Soap),
    /// Print the contract between gateway and plugins, or write it to a directory
    Wit {
        /// Where to write the files
        directory: Option<PathBuf>,
    },
    /// Print the JSON Schema of `wasmgate.yaml`
    Schema,
    /// Print the version
    Version,
}

/// Which configuration is meant.
#[derive(Debug, Args)]
struct ConfigFile {
    /// The configuration
    #[arg(short, long, value_name = "FILE", default_value = "wasmgate.yaml")]
    config: PathBuf,
}

/// How a command ended, as its exit code says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    Configuration = 3,
    Refused = 4,
}

/// Why a command did not do its work.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error("{0}")]
    Configuration(Problems),
    /// Plugins that do not load.
    #[error("{0}")]
    Broken(Problems),
    /// The same, or a test case that does not hold.
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Failed(String),
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}

impl Command {
    fn run(self, environment: Environment<'_>, out: &mut dyn Write) -> Result<Exit, CommandError> {
        match self {
            Command::Serve(serve) => serve.run(environment),
            Command::Check(check) => check.run(environment, out),
            Command::Routes(routes) => routes.run(environment, out),
            Command::Plugin(plugin) => plugin.run(environment, out),
            Command::Vtl(vtl) => vtl.run(environment, out),
            Command::Soap(soap) => soap.run(out),
            Command::Wit { directory } => wit(directory, out),
            Command::Schema => schema(out),
            Command::Version => version(out),
        }
    }
}

impl CommandError {
    fn report(&self) -> Exit {
        let exit = match self {
            CommandError::Configuration(_) => Exit::Configuration,
            CommandError::Broken(_) | CommandError::Refused(_) => Exit::Refused,
            // Whoever read the output has read enough: `wasmgate wit | head`.
            CommandError::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                return Exit::Done;
            }
            CommandError::Failed(_) | CommandError::Output(_) => Exit::Failed,
        };
        // Where stderr is closed too, nobody wants to know.
        _ = match self {
            CommandError::Configuration(problems) | CommandError::Broken(problems) => {
                write!(io::stderr(), "{problems}")
            }
            other => writeln!(io::stderr(), "wasmgate: {other}"),
        };
        exit
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// A number of things, as one says it: `1 route`, `2 routes`.
fn count(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}

fn wit(directory: Option<PathBuf>, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let Some(directory) = directory else {
        for (name, text) in WIT {
            writeln!(out, "// {name}\n{text}")?;
        }
        return Ok(Exit::Done);
    };
    let failed = |error| CommandError::Failed(format!("`{}`: {error}", directory.display()));
    std::fs::create_dir_all(&directory).map_err(failed)?;
    for (name, text) in WIT {
        std::fs::write(directory.join(name), text).map_err(failed)?;
    }
    Ok(Exit::Done)
}

fn schema(out: &mut dyn Write) -> Result<Exit, CommandError> {
    writeln!(out, "{:#}", crate::config::schema())?;
    Ok(Exit::Done)
}

fn version(out: &mut dyn Write) -> Result<Exit, CommandError> {
    writeln!(out, "wasmgate {}", env!("CARGO_PKG_VERSION"))?;
    Ok(Exit::Done)
}

const AFTER_HELP: &str = "\
Examples:
  wasmgate serve                          run ./wasmgate.yaml
  wasmgate check -c shop.yaml             report every mistake at once
  wasmgate routes GET /orders/1           show which plugins stand in a request's way
  wasmgate plugin new my-auth --lang go   make a plugin's project
  wasmgate plugin test x.wasm cases.yaml  run its cases in the real engine
  wasmgate plugin bench x.wasm            measure what it costs a request

Exit codes:
  0  done
  1  it failed while running: an address in use, a file that cannot be read
  2  the command line is not right
  3  the configuration is not right; every mistake was reported
  4  a plugin was refused, or one of its cases does not hold";

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn contract_is_printed_whole() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");
        let files = std::fs::read_dir(folder).unwrap();
        let mut files: Vec<_> = files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        let mut known: Vec<_> = WIT.iter().map(|(name, _)| name.to_string()).collect();
        files.sort();
        known.sort();
        assert_eq!(known, files);
    }
}
