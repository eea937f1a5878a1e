//! `wasmgate plugin new`: a plugin's project that builds and passes its own tests as it is.

use std::{io::Write, path::PathBuf};

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};

use super::{
    language::{LANGUAGES, Language, SDK},
    write,
};
use crate::{
    builtin::{self, Files},
    cli::{CommandError, Exit},
    plugin::Hook,
};

#[derive(Debug, Args)]
pub(in crate::cli) struct New {
    /// The plugin's name: lower-case letters, digits and `-`
    name: String,
    /// The language that it is written in
    #[arg(long, value_name = "LANGUAGE", default_value = "rust", value_parser = languages())]
    lang: Language,
    /// What it does
    #[arg(long, value_name = "HOOK", default_value = "authorizer", value_parser = hooks())]
    hook: Hook,
    /// Where to make the project [default: a folder of the plugin's name]
    #[arg(long, value_name = "DIRECTORY")]
    to: Option<PathBuf>,
}

impl New {
    pub(super) fn run(self, out: &mut dyn Write) -> Result<Exit, CommandError> {
        check(&self.name, self.lang)?;
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
        for (path, bytes) in self.lang.sdk()?.files {
            write(&folder.join(SDK).join(path), bytes)?;
        }
        let (folder, first) = (folder.display(), self.lang.first);
        writeln!(
            out,
            "made {folder}: `cd {folder} && {first}`, then see README.md"
        )?;
        Ok(Exit::Done)
    }

    /// The project's own files.
    fn project(&self) -> Result<Vec<(String, String)>, CommandError> {
        let template = self.lang.sdk()?.template;
        let hook = self.hook.name();
        self.has_template(template)?;
        let own = self.lang.files.iter().map(|(path, file)| {
            let file = file.replace("HOOK", hook);
            Ok((self.fill(path), self.fill(text(template, &file)?)))
        });
        let cases = text(builtin::CASES, &format!("{hook}.yaml"));
        let cases = cases.map(|cases| ("cases.yaml".to_owned(), cases.to_owned()));
        own.chain([cases]).collect()
    }

    /// Whether the language has a template for the hook; not each language has one for all.
    fn has_template(&self, template: Files) -> Result<(), CommandError> {
        let files = self.lang.files.iter().map(|(_, file)| *file);
        let named: Vec<_> = files.filter(|file| file.contains("HOOK")).collect();
        let has = |hook: &Hook| {
            let mut files = named.iter().map(|file| file.replace("HOOK", hook.name()));
            files.all(|file| template.iter().any(|(path, _)| *path == file))
        };
        if has(&self.hook) {
            return Ok(());
        }
        let others: Vec<_> = Hook::ALL.into_iter().filter(has).map(Hook::name).collect();
        Err(CommandError::Failed(format!(
            "there is no template for hook `{}` in `{}`: `--hook {}` has one",
            self.hook.name(),
            self.lang.name,
            others.join("|")
        )))
    }

    fn fill(&self, text: &str) -> String {
        let text = text.replace("NAME", &self.name);
        let text = text.replace("HOOK", self.hook.name());
        text.replace("FILE", &self.name.replace('-', "_"))
    }
}

/// A text that travels in the binary.
fn text(files: Files, file: &str) -> Result<&'static str, CommandError> {
    let found = files.iter().find(|(path, _)| *path == file);
    let text = found.and_then(|(_, bytes)| std::str::from_utf8(bytes).ok());
    text.ok_or_else(|| CommandError::Failed(format!("this build has no template `{file}`")))
}

/// A name that the language's tools and the plugin directory both take.
fn check(name: &str, language: Language) -> Result<(), CommandError> {
    let fits = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !name.ends_with('-');
    let reason = match fits {
        true if language.taken.contains(&name) => {
            "something that it builds with has that name; choose another"
        }
        true => return Ok(()),
        false => "lower-case letters, digits and `-`, a letter first",
    };
    Err(CommandError::Failed(format!(
        "`{name}` is no name for a plugin: {reason}"
    )))
}

/// The names of all languages, which the help lists.
fn languages() -> impl TypedValueParser<Value = Language> {
    let names: Vec<_> = LANGUAGES.iter().map(|language| language.name).collect();
    PossibleValuesParser::new(names).try_map(|name| {
        let mut languages = LANGUAGES.iter().copied();
        languages
            .find(|language| language.name == name)
            .ok_or("no language")
    })
}

/// The names of all hooks, which the help lists.
fn hooks() -> impl TypedValueParser<Value = Hook> {
    PossibleValuesParser::new(Hook::ALL.map(Hook::name)).try_map(|name| {
        let mut hooks = Hook::ALL.into_iter();
        hooks.find(|hook| hook.name() == name).ok_or("no hook")
    })
}
