//! Checks what is written and makes of it what is used. Every mistake is gathered, none ends the search.

use std::{path::PathBuf, sync::Arc};

use serde_json::Value;

use super::{
    Config, Document, Environment, Limits, Log, LogFormat, PerAddress, Place, Problem, Rate,
    written::{self, Written},
};

mod api;
mod chain;
mod listeners;
mod plugins;
mod route;
mod target;
mod upstreams;

/// A search for mistakes in one document.
struct Check<'a> {
    document: &'a Arc<Document>,
    environment: Environment<'a>,
    problems: Vec<Problem>,
    /// Files that the configuration names.
    watched: Vec<PathBuf>,
}

/// Makes the configuration; it is whole only where there are no problems.
pub(super) fn run(
    written: Written,
    document: &Arc<Document>,
    environment: Environment<'_>,
) -> (Config, Vec<Problem>) {
    let mut check = Check {
        document,
        environment,
        problems: Vec::new(),
        watched: vec![document.path.clone()],
    };
    let secrets = plugins::secrets(&written.secrets, &mut check);
    let plugins = plugins::settings(written.plugins.as_ref(), secrets, &mut check);
    let mut upstreams = upstreams::Upstreams::named(&written.upstreams, &mut check);
    if written.apis.is_empty() {
        check.wrong("/apis", "there is no API", super::NAME_AN_API);
    }
    let apis = api::all(&written.apis, &mut upstreams, &mut check);
    listeners::repeated(&written, &mut check);
    let config = Config {
        listeners: listeners::all(&written, &mut check),
        admin: listeners::admin(&written, &mut check),
        workers: written.workers.map_or_else(cores, usize::from),
        drain: written.drain.get(),
        trusted_proxies: listeners::proxies(&written.trusted_proxies, &mut check),
        limits: limits(&written.limits),
        log: log(&written.log),
        plugins,
        upstreams: upstreams.list,
        apis,
        watched: check.watched,
    };
    (config, check.problems)
}

impl Check<'_> {
    /// The place of a value.
    fn value(&self, pointer: &str) -> Place {
        Place::of(self.document, pointer)
    }

    /// The place of the name of a value.
    fn key(&self, pointer: &str) -> Place {
        Place::of_key(self.document, pointer)
    }

    /// A mistake in a value.
    fn wrong(&mut self, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        let problem = Problem::new(self.value(pointer), message).help(help);
        self.problems.push(problem);
    }

    /// A mistake in the name of a value.
    fn misnamed(&mut self, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        let problem = Problem::new(self.key(pointer), message).help(help);
        self.problems.push(problem);
    }

    /// A name that is not among those that are known.
    fn unknown<'n>(
        &mut self,
        pointer: &str,
        (kind, name): (&str, &str),
        known: impl IntoIterator<Item = &'n str> + Clone,
    ) {
        let suggestion = super::problem::did_you_mean(name, known);
        self.problems.push(Problem {
            suggestion,
            ..Problem::new(self.value(pointer), format!("unknown {kind} `{name}`"))
        });
    }

    /// A file that must be there, by a path relative to the configuration's; it is watched.
    fn file(&mut self, pointer: &str, path: &str) -> PathBuf {
        let resolved = self.document.resolve(path);
        match std::fs::metadata(&resolved) {
            Ok(found) if found.is_file() => {}
            Ok(_) => self.wrong(pointer, format!("`{path}` is not a file"), "name a file"),
            Err(error) => {
                let help = "paths are relative to the configuration file";
                self.wrong(
                    pointer,
                    format!("cannot read `{path}`: {}", reason(&error)),
                    help,
                );
            }
        }
        self.watched.push(resolved.clone());
        resolved
    }

    /// A name of a plugin, upstream or secret; they stand in logs, metrics and file names.
    fn name(&mut self, pointer: &str, kind: &str, name: &str, further: &str) {
        let first =
            name.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit());
        let letter = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || further.as_bytes().contains(&byte)
        };
        if !first || !name.bytes().all(letter) || name.len() > 64 {
            let message = format!("`{name}` cannot be the name of {kind}");
            let shown: Vec<String> = further
                .chars()
                .map(|letter| format!("`{letter}`"))
                .collect();
            let help = format!(
                "use small letters, digits and {}, a letter or digit first, at most 64 in all",
                shown.join(", ")
            );
            self.misnamed(pointer, message, help);
        }
    }
}

/// Why a file cannot be read, the same on every system.
fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "it does not exist".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn limits(written: &written::Limits) -> Limits {
    Limits {
        connections: written.connections as usize,
        requests_per_connection: written.requests_per_connection,
        headers: usize::from(written.headers),
        head_bytes: written.head_size.in_memory(),
        uri_bytes: written.uri_size.in_memory(),
        head_timeout: written.head_timeout.get(),
        keep_alive: written.keep_alive.get(),
        body_idle: written.body_idle.get(),
        write_idle: written.write_idle.get(),
        http2_streams: written.http2_streams,
        header_underscores: written.header_underscores,
        per_address: PerAddress {
            connections: written.per_address.connections,
            requests: written.per_address.requests.as_ref().map(rate),
        },
    }
}

fn rate(written: &written::Rate) -> Rate {
    Rate {
        per_second: written.per_second,
        burst: written.burst.unwrap_or(written.per_second),
    }
}

fn log(written: &written::Log) -> Log {
    Log {
        level: match written.level {
            written::Level::Error => tracing::Level::ERROR,
            written::Level::Warn => tracing::Level::WARN,
            written::Level::Info => tracing::Level::INFO,
            written::Level::Debug => tracing::Level::DEBUG,
            written::Level::Trace => tracing::Level::TRACE,
        },
        format: match written.format {
            written::Format::Auto => LogFormat::Auto,
            written::Format::Human => LogFormat::Human,
            written::Format::Json => LogFormat::Json,
        },
        access: written.access,
    }
}

/// A plugin's configuration: `{}` where none is written.
fn configuration(written: Option<Value>) -> Value {
    match written {
        None | Some(Value::Null) => Value::Object(serde_json::Map::new()),
        Some(value) => value,
    }
}
