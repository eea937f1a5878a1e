//! `wasmgate plugin new`: a plugin's project that builds and passes its own tests as it is.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};

use super::failed;
use crate::{
    builtin,
    cli::{CommandError, Exit},
    plugin::Hook,
};

/// Crates that stand beside every plugin: Rust's own and those that its project names.
const TAKEN: [&str; 9] = [
    "alloc",
    "core",
    "proc-macro",
    "schemars",
    "serde",
    "serde-json",
    "std",
    "test",
    "wasmgate-sdk",
];

#[derive(Debug, Args)]
pub(in crate::cli) struct New {
    /// The plugin's name: lower-case letters, digits and `-`
    name: String,
    /// What it does
    #[arg(long, value_name = "HOOK", default_value = "authorizer", value_parser = hooks())]
    hook: Hook,
    /// Where to make the project [default: a folder of the plugin's name]
    #[arg(long, value_name = "DIRECTORY")]
    to: Option<PathBuf>,
}

impl New {
    pub(super) fn run(self, out: &mut dyn Write) -> Result<Exit, CommandError> {
        check(&self.name)?;
        let folder = self.to.clone().unwrap_or_else(|| PathBuf::from(&self.name));
        if folder
            .read_dir()
            .is_ok_and(|mut entries| entries.next().is_some())
        {
            return Err(CommandError::Failed(format!(
                "`{}` is not empty: name another folder with `--to`",
                folder.display()
            )));
        }
        for (path, text) in self.project()? {
            write(&folder.join(path), text.as_bytes())?;
        }
        // The SDK is not published: it travels with the gateway that it speaks to.
        for (path, bytes) in builtin::SDK {
            write(&folder.join("wasmgate-sdk").join(path), bytes)?;
        }
        let folder = folder.display();
        writeln!(
            out,
            "made {folder}: `cd {folder} && cargo test`, then see README.md"
        )?;
        Ok(Exit::Done)
    }

    /// The project's own files.
    fn project(&self) -> Result<[(&'static str, String); 6], CommandError> {
        let hook = self.hook.name();
        Ok([
            ("Cargo.toml", self.fill("Cargo.toml")?),
            (".cargo/config.toml", self.fill("config.toml")?),
            (".gitignore", "/target\n".to_owned()),
            ("README.md", self.fill("README.md")?),
            ("src/lib.rs", self.fill(&format!("{hook}.rs"))?),
            ("cases.yaml", self.fill(&format!("{hook}.yaml"))?),
        ])
    }

    fn fill(&self, file: &str) -> Result<String, CommandError> {
        let found = builtin::TEMPLATE.iter().find(|(path, _)| *path == file);
        let missing = || CommandError::Failed(format!("this build has no template `{file}`"));
        let (_, bytes) = found.ok_or_else(missing)?;
        let text = String::from_utf8_lossy(bytes);
        let text = text
            .replace("NAME", &self.name)
            .replace("HOOK", self.hook.name());
        Ok(text.replace("FILE", &self.name.replace('-', "_")))
    }
}

/// A name that cargo and the plugin directory both take.
fn check(name: &str) -> Result<(), CommandError> {
    let fits = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !name.ends_with('-');
    let reason = match fits {
        true if TAKEN.contains(&name) => {
            "a crate that it builds with has that name; choose another"
        }
        true => return Ok(()),
        false => "lower-case letters, digits and `-`, a letter first",
    };
    Err(CommandError::Failed(format!(
        "`{name}` is no name for a plugin: {reason}"
    )))
}

/// The names of all hooks, which the help lists.
fn hooks() -> impl TypedValueParser<Value = Hook> {
    PossibleValuesParser::new(Hook::ALL.map(Hook::name)).try_map(|name| {
        let mut hooks = Hook::ALL.into_iter();
        hooks.find(|hook| hook.name() == name).ok_or("no hook")
    })
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    let written = match file.parent() {
        Some(folder) => std::fs::create_dir_all(folder),
        None => Ok(()),
    };
    written
        .and_then(|()| std::fs::write(file, bytes))
        .map_err(|error| failed(file, &error))
}
