//! WebAssembly as text: one file, for those who want to see what a plugin is.

use std::path::PathBuf;

use super::{Language, Project};
use crate::cli::{
    CommandError,
    plugin::{read, write},
};

pub(super) const WAT: Language = Language {
    name: "wat",
    sdk: "wat",
    marker: "*.wat",
    files: &[
        ("NAME.wat", "HOOK.wat"),
        (".gitignore", "gitignore"),
        ("README.md", "README.md"),
    ],
    first: "wasmgate plugin build",
    build,
    taken: &[],
};

fn build(project: &Project) -> Result<PathBuf, CommandError> {
    let made = project.make("core.wasm")?;
    let sources = project.sources("wat")?;
    let [file] = &*sources else {
        return Err(CommandError::Failed(format!(
            "`{}` holds {} files `*.wat`: a plugin is one",
            project.folder.display(),
            sources.len()
        )));
    };
    let wasm = wat::parse_bytes(&read(file)?)
        .map_err(|error| CommandError::Failed(format!("`{}`: {error}", file.display())))?
        .into_owned();
    write(&made, &wasm)?;
    Ok(made)
}
