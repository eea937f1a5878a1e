//! `wasmgate routes`: all routes, or what one method and path would meet, step by step.

use std::{io::Write, sync::Arc};

use clap::Args;
use http::Method;

use super::{CommandError, ConfigFile, Environment, Exit};
use crate::{
    admin::{self, Phase, Row, Step},
    config::{self, Config},
    stage::{Stage, Stages},
};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wasmgate routes
  wasmgate routes GET /orders/1 --host shop.example.com")]
pub(super) struct Routes {
    /// The method of a request
    #[arg(requires = "path")]
    method: Option<Method>,
    /// The path of a request, as it stands on the wire
    path: Option<String>,
    /// The host of the request
    #[arg(long, default_value = "localhost")]
    host: String,
    #[command(flatten)]
    config: ConfigFile,
}

impl Routes {
    pub(super) fn run(
        self,
        environment: Environment<'_>,
        out: &mut dyn Write,
    ) -> Result<Exit, CommandError> {
        let config =
            config::load(&self.config.config, environment).map_err(CommandError::Configuration)?;
        match (&self.method, &self.path) {
            (Some(method), Some(path)) => explain(method, path, &self.host, &config, out),
            _ => list(&config, out),
        }
    }
}

fn list(config: &Config, out: &mut dyn Write) -> Result<Exit, CommandError> {
    for row in admin::table(config) {
        let plugins: Vec<_> = row.chain.iter().flat_map(|phase| &phase.plugins).collect();
        let plugins: Vec<_> = plugins.iter().map(|step| step.plugin).collect();
        let chain = if plugins.is_empty() {
            String::new()
        } else {
            format!("{} → ", plugins.join(" → "))
        };
        let route = format!("{}{}", row.route, below(&row));
        writeln!(out, "{:12} {route:32} {chain}{}", row.api, row.integration)?;
    }
    Ok(Exit::Done)
}

/// Where the API stands, where it does not answer for everything.
fn below(row: &Row<'_>) -> String {
    match (row.base_path, row.hosts) {
        ("", []) => String::new(),
        (path, []) => format!(" below {path}"),
        (path, hosts) => format!(" at {}{path}", hosts.join(", ")),
    }
}

/// Finds the route as the gateway does, with its own stages and routers.
fn explain(
    method: &Method,
    path: &str,
    host: &str,
    config: &Config,
    out: &mut dyn Write,
) -> Result<Exit, CommandError> {
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    writeln!(out, "{method} {path}")?;
    let mut stages = Stages::default();
    for api in &config.apis {
        stages.add(&api.hosts, Arc::new(Stage::new(api, Vec::new())));
    }
    let Ok((stage, rest)) = stages.find(&host.to_ascii_lowercase(), path) else {
        writeln!(
            out,
            "  404        no API answers for `{host}` and this path"
        )?;
        return Ok(Exit::Done);
    };
    let Some(api) = config.apis.iter().find(|api| *api.name == *stage.names.api) else {
        return Err(CommandError::Failed(format!(
            "unknown API `{}`",
            stage.names.api
        )));
    };
    writeln!(out, "  api        {} (stage {})", api.name, api.stage)?;
    let Ok(matched) = stage.find(method, rest) else {
        writeln!(out, "  404        no route of it takes {method} {rest}")?;
        return Ok(Exit::Done);
    };
    let parameters: Vec<_> = matched
        .parameters
        .iter()
        .map(|(name, range)| format!("  {{{name}}} = {}", &rest[range.clone()]))
        .collect();
    let row = admin::row(&api.routes[matched.route], api, config);
    writeln!(out, "  route      {}{}", row.route, parameters.concat())?;
    steps(&row, out)
}

fn steps(row: &Row<'_>, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let back = |phase: &&Phase<'_>| matches!(phase.phase, "respond" | "observe");
    for phase in row.chain.iter().filter(|phase| !back(phase)) {
        write_phase(phase.phase, phase.plugins.iter(), out)?;
    }
    writeln!(
        out,
        "  integrate  {} (time-out {} ms)",
        row.integration, row.timeout_ms
    )?;
    for phase in row.chain.iter().filter(back) {
        // Replies pass the chain backwards.
        write_phase(phase.phase, phase.plugins.iter().rev(), out)?;
    }
    Ok(Exit::Done)
}

fn write_phase<'a>(
    phase: &str,
    steps: impl Iterator<Item = &'a Step<'a>>,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    for step in steps {
        let open = if step.fail_open {
            ", passed over when it fails"
        } else {
            ""
        };
        writeln!(
            out,
            "  {phase:10} {} (isolation {}{open})",
            step.plugin, step.isolation
        )?;
    }
    Ok(())
}
