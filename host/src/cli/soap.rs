//! `wasmgate soap openapi`: the OpenAPI document of a SOAP service as JSON clients see it.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use soap_engine::{
    openapi,
    wsdl::{self, Choice},
    xml,
};

use super::{CommandError, Exit};

#[derive(Debug, Subcommand)]
pub(super) enum Soap {
    /// Write the OpenAPI document of the JSON operations that the plugin `soap` makes of a WSDL
    Openapi(Openapi),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wasmgate soap openapi service.wsdl > service.json
  wasmgate soap openapi service.wsdl types/orders.xsd --prefix /shop")]
pub(super) struct Openapi {
    /// The WSDL 1.1 of the service
    wsdl: PathBuf,
    /// Schemas and definitions that it imports
    schemas: Vec<PathBuf>,
    /// The service that is meant where there are several
    #[arg(long)]
    service: Option<String>,
    /// The port that is meant where there are several
    #[arg(long)]
    port: Option<String>,
    /// What stands before the names of operations in paths
    #[arg(long, default_value = "")]
    prefix: String,
}

impl Soap {
    pub(super) fn run(self, out: &mut dyn Write) -> Result<Exit, CommandError> {
        let Soap::Openapi(openapi) = self;
        openapi.run(out)
    }
}

impl Openapi {
    fn run(self, out: &mut dyn Write) -> Result<Exit, CommandError> {
        let paths: Vec<_> = [&self.wsdl].into_iter().chain(&self.schemas).collect();
        let texts = paths.iter().map(|path| read(path));
        let texts = texts.collect::<Result<Vec<_>, _>>()?;
        let names: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
        let files = names
            .iter()
            .zip(&texts)
            .map(|(name, text)| (&**name, &**text));
        let files: Vec<_> = files.collect();
        let choice = Choice {
            service: self.service.as_deref(),
            port: self.port.as_deref(),
        };
        let service = wsdl::read(&files, choice).map_err(|problem| {
            let (line, column) = (problem.line, problem.column);
            let file = &names[problem.file];
            CommandError::Failed(format!("{file}:{line}:{column}: {}", problem.message))
        })?;
        write!(out, "{}", openapi::document(&service, &self.prefix))?;
        Ok(Exit::Done)
    }
}

fn read(path: &Path) -> Result<String, CommandError> {
    let failed = |error: String| CommandError::Failed(format!("`{}`: {error}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    let text = xml::decode(&bytes, None).map_err(failed)?;
    Ok(text.into_owned())
}
