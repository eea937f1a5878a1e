//! `wasmgate plugin …`: make, build, look into, test and measure plugins.

mod bench;
mod build;
mod cases;
mod dev;
mod inspect;
mod language;
mod new;
mod outcome;
mod sources;
mod subject;
mod test;
mod tool;
mod vtl;

use std::{
    fmt::Display,
    io::Write,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::{CommandError, Environment, Exit, progress::Progress};
use crate::{
    config::{self, Config, Problem},
    plugin::{self, Attachment, Inspection, Plugins},
};

pub(super) use vtl::Vtl;

#[derive(Debug, Subcommand)]
pub(super) enum Plugin {
    /// Make a plugin's project: it builds and passes its own tests as it is
    New(new::New),
    /// Build the plugin of a project, whatever its language
    Build(build::Build),
    /// Build a project at each change, into the plugin directory of a running gateway
    Dev(dev::Dev),
    /// Show what a plugin is and needs: hooks, imports, capabilities, configuration, size
    Inspect(inspect::Inspect),
    /// Run cases from a file against a plugin, in the real engine with the real limits
    Test(test::Test),
    /// Measure what a plugin costs: to load, to configure, and for each request
    Bench(bench::Bench),
}

impl Plugin {
    pub(super) fn run(
        self,
        environment: Environment<'_>,
        out: &mut dyn Write,
    ) -> Result<Exit, CommandError> {
        match self {
            Plugin::New(new) => new.run(out),
            Plugin::Build(build) => build.run(out),
            Plugin::Dev(dev) => dev.run(environment, out),
            Plugin::Inspect(inspect) => inspect.run(out),
            Plugin::Test(test) => test.run(environment, out),
            Plugin::Bench(bench) => bench.run(environment, out),
        }
    }
}

/// What a plugin would meet in a gateway: its policy, secrets to be granted, and its configurations.
#[derive(Debug, Default)]
struct Surroundings {
    /// As below `plugins.settings.NAME`.
    settings: Value,
    /// As below `secrets`.
    secrets: Value,
    /// One configuration for each attachment.
    entries: Vec<Value>,
    /// What `{file: …}` in a configuration is relative to.
    base: PathBuf,
}

/// One plugin in an engine of its own.
struct Workbench {
    plugins: Arc<Plugins>,
    runtime: tokio::runtime::Runtime,
    name: String,
    /// In the order of the entries.
    attachments: Vec<config::Attachment>,
    /// Holds the file and its configuration; removed in the end.
    _directory: Directory,
}

impl Workbench {
    fn open(file: &Path, surroundings: &Surroundings) -> Result<Workbench, CommandError> {
        let directory = Directory::new()?;
        let name = name(file);
        let config = directory.configure(file, &name, surroundings)?;
        let failed = |error: &dyn Display| CommandError::Failed(error.to_string());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(&error))?;
        let plugins = {
            let _guard = runtime.enter();
            let _progress = Progress::start(format!("loading {name}"));
            Plugins::start(config.plugins).map_err(|error| failed(&error))?
        };
        let routes = config.apis.into_iter().flat_map(|api| api.routes);
        let mut attachments: Vec<_> = routes
            .map(|route| (place(&route.path), route.chain.early))
            .collect();
        attachments.sort_by_key(|(place, _)| *place);
        Ok(Workbench {
            plugins,
            runtime,
            name,
            attachments: attachments
                .into_iter()
                .flat_map(|(_, early)| early)
                .collect(),
            _directory: directory,
        })
    }

    /// Configures the plugin with one entry; `Err` is what it says to it.
    fn prepare(&self, entry: usize) -> Result<Attachment, Vec<String>> {
        let _progress = Progress::start(format!("compiling {}", self.name));
        let attachments = self.attachments.get(entry).cloned().into_iter();
        // What hooks it has is not asked for its place in a chain.
        let attachments = attachments
            .map(|attachment| (attachment, &[][..]))
            .collect();
        let prepared = self.plugins.prepare("plugin", attachments);
        let mut prepared = self.runtime.block_on(prepared);
        if prepared.unusable.is_empty()
            && let Some(attachment) = prepared.attachments.pop()
        {
            return Ok(attachment);
        }
        let problems = prepared.unusable.iter();
        let problems = problems.flat_map(|unusable| &unusable.problems);
        Err(problems.map(|problem| self.told(problem)).collect())
    }

    /// A problem as a case expects it: where in the configuration, what, and what to do.
    fn told(&self, problem: &Problem) -> String {
        let prefix = format!("plugin `{}`: ", self.name);
        let message = problem.message.strip_prefix(&prefix);
        let mut told = message.unwrap_or(&problem.message).to_owned();
        let place = problem.place.as_ref();
        let within = place.and_then(|place| Some(place.pointer.split_once("/with/")?.1));
        if let Some(within) = within {
            told = format!("/{within}: {told}");
        }
        if let Some(suggestion) = &problem.suggestion {
            told = format!("{told}; {suggestion}");
        }
        told
    }
}

/// A folder with one plugin in it, and a configuration that attaches it.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Result<Directory, CommandError> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = format!("wasmgate-plugin-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(folder);
        // Others must not be able to put a plugin there.
        let made = std::fs::DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|error| failed(&path, &error))?;
        Ok(Directory(path))
    }

    /// Goes through the same door as a gateway's configuration, so that the same rules hold.
    fn configure(
        &self,
        file: &Path,
        name: &str,
        surroundings: &Surroundings,
    ) -> Result<Config, CommandError> {
        let ending = file.extension().unwrap_or("wasm".as_ref());
        let copy = self.0.join(name).with_extension(ending);
        std::fs::copy(file, &copy).map_err(|error| failed(file, &error))?;
        let entries = surroundings.entries.iter().enumerate();
        let routes = entries.map(|(place, with)| {
            let mut with = with.clone();
            absolute(&mut with, &surroundings.base);
            let route = json!({
                "early": [{ "use": name, "with": with }],
                "to": { "respond": { "status": 204 } },
            });
            (format!("GET /{place}"), route)
        });
        let routes: Map<String, Value> = routes.collect();
        let mut written = json!({
            "admin": "off",
            "plugins": { "directory": ".", "cache": "off" },
            "apis": { "plugin": { "routes": routes } },
        });
        if surroundings.settings.is_object() {
            written["plugins"]["settings"] = json!({ name: surroundings.settings });
        }
        if surroundings.secrets.is_object() {
            written["secrets"] = surroundings.secrets.clone();
        }
        let path = self.0.join("wasmgate.yaml");
        // JSON is YAML.
        std::fs::write(&path, written.to_string()).map_err(|error| failed(&path, &error))?;
        config::load(&path, &|_| None).map_err(CommandError::Configuration)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What is left stands in the system's folder for such things.
        _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Makes the `{file: …}` of a configuration independent of where that configuration stands.
fn absolute(value: &mut Value, base: &Path) {
    match value {
        Value::Object(members) if members.len() == 1 && members.contains_key("file") => {
            if let Some(Value::String(file)) = members.get_mut("file") {
                *file = base.join(&*file).to_string_lossy().into_owned();
            }
        }
        Value::Object(members) => {
            for member in members.values_mut() {
                absolute(member, base);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| absolute(item, base)),
        _ => {}
    }
}

/// The number in a route's path, `/3`.
fn place(path: &str) -> usize {
    path.trim_start_matches('/').parse().unwrap_or(0)
}

/// Where a file's neighbours are.
fn beside(file: &Path) -> Result<PathBuf, CommandError> {
    let file = std::path::absolute(file).map_err(|error| failed(file, &error))?;
    Ok(file.parent().map(Path::to_owned).unwrap_or_default())
}

/// Reads a YAML or JSON file.
fn yaml(file: &Path, environment: Environment<'_>) -> Result<Value, CommandError> {
    let (_, value) = config::read(file, environment).map_err(CommandError::Configuration)?;
    Ok(value)
}

fn failed(path: &Path, error: &dyn Display) -> CommandError {
    CommandError::Failed(format!("`{}`: {error}", path.display()))
}

/// The plugin's name: the file's, in the form that names have.
fn name(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let stem = stem.to_ascii_lowercase().replace('_', "-");
    stem.chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect()
}

/// What a plugin's file says of itself.
fn inspect(file: &Path, bytes: Vec<u8>) -> Result<Inspection, CommandError> {
    let refused = |error| CommandError::Refused(format!("`{}`: {error}", file.display()));
    plugin::inspect(file, bytes).map_err(refused)
}

/// Writes a file, and the folders above it.
fn write(file: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    let written = match file.parent() {
        Some(folder) => std::fs::create_dir_all(folder),
        None => Ok(()),
    };
    written
        .and_then(|()| std::fs::write(file, bytes))
        .map_err(|error| failed(file, &error))
}

fn read(file: &Path) -> Result<Vec<u8>, CommandError> {
    std::fs::read(file).map_err(|error| failed(file, &error))
}
