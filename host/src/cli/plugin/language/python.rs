//! Python: made a component by componentize-py.

use std::path::PathBuf;

use serde_json::Value;

use super::{Language, Project, world};
use crate::cli::{
    CommandError,
    plugin::{
        tool::{self, Tool},
        write,
    },
};

pub(super) const PYTHON: Language = Language {
    name: "python",
    sdk: "python",
    marker: "pyproject.toml",
    files: &[
        ("pyproject.toml", "pyproject.toml"),
        ("requirements.txt", "requirements.txt"),
        (".gitignore", "gitignore"),
        ("README.md", "README.md"),
        ("plugin.py", "HOOK.py"),
        ("test_plugin.py", "test_HOOK.py"),
    ],
    first: "PYTHONPATH=wasmgate-sdk python3 -m unittest",
    build,
    taken: &["app", "plugin", "python", "wasmgate", "wit-world"],
};

const PYTHON3: Tool = Tool {
    name: "Python",
    ways: &[&["./.venv/bin/python"], &["python3"], &["python"]],
    probe: &["-c", "import sys; assert sys.version_info >= (3, 11)"],
    hint: "install Python 3.11 or later",
};

const COMPONENTIZE: Tool = Tool {
    name: "componentize-py",
    ways: &[
        &["./.venv/bin/componentize-py"],
        &["componentize-py"],
        &["python3", "-m", "componentize_py"],
    ],
    probe: &["--version"],
    hint: "`python3 -m venv .venv && .venv/bin/pip install componentize-py==0.25.1` in the project",
};

fn build(project: &Project) -> Result<PathBuf, CommandError> {
    let mut componentize = COMPONENTIZE.find(&project.folder)?;
    let sdk = project.sdk()?;
    let (hooks, app) = app(project)?;
    let component = project.make("component.wasm")?;
    // WASI is the host's: stand-ins in the component would be two dozen instances more for each call.
    componentize.arg("--quiet");
    componentize
        .arg("--wit-path")
        .arg(world::write(project, &hooks)?);
    componentize.args(["--world", world::NAME, "componentize"]);
    for folder in [&app, &project.folder, &sdk] {
        componentize.arg("--python-path").arg(folder);
    }
    componentize.arg("app").arg("--output").arg(&component);
    tool::run(componentize)?;
    Ok(component)
}

/// Asks the project for its hooks, and writes the module that componentize-py begins with into a folder.
fn app(project: &Project) -> Result<(Vec<String>, PathBuf), CommandError> {
    let mut python = PYTHON3.find(&project.folder)?;
    let paths = [project.sdk()?, project.folder.clone()];
    let paths = std::env::join_paths(paths)
        .map_err(|error| CommandError::Failed(format!("a folder's name: {error}")))?;
    python.env("PYTHONPATH", paths);
    python.args(["-m", "wasmgate.project"]);
    let said = tool::run(python)?;
    let said: Value = serde_json::from_str(&said)
        .map_err(|error| CommandError::Failed(format!("the project's modules print: {error}")))?;
    let hooks = said["hooks"].as_array().into_iter().flatten();
    let hooks: Vec<_> = hooks
        .filter_map(|hook| Some(hook.as_str()?.to_owned()))
        .collect();
    world::check(
        &hooks,
        "a function of `plugin.py` decorated by `@authorizer`",
    )?;
    let file = project.make("app/app.py")?;
    write(&file, said["app"].as_str().unwrap_or_default().as_bytes())?;
    Ok((hooks, project.made().join("app")))
}
