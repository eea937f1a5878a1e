//! JavaScript and TypeScript: bundled by esbuild, made a component by componentize-qjs.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{Language, Project, world};
use crate::cli::{
    CommandError,
    plugin::{
        read,
        tool::{self, Tool},
    },
};

pub(super) const JAVASCRIPT: Language = Language {
    name: "js",
    sdk: "js",
    marker: "package.json",
    files: &[
        ("package.json", "package.json"),
        (".gitignore", "gitignore"),
        ("README.md", "README.md"),
        ("plugin.js", "HOOK.js"),
        ("plugin.test.js", "HOOK.test.js"),
    ],
    first: "npm install && npm test",
    build: |project| build(project, "plugin.js"),
    taken: TAKEN,
};

pub(super) const TYPESCRIPT: Language = Language {
    name: "ts",
    sdk: "js",
    marker: "tsconfig.json",
    files: &[
        ("package.json", "ts/package.json"),
        ("tsconfig.json", "ts/tsconfig.json"),
        (".gitignore", "ts/gitignore"),
        ("README.md", "README.md"),
        ("plugin.ts", "HOOK.js"),
        ("plugin.test.js", "HOOK.test.js"),
    ],
    first: "npm install && npm test",
    build: |project| build(project, "plugin.ts"),
    taken: TAKEN,
};

/// Packages that stand beside every plugin.
const TAKEN: &[&str] = &[
    "componentize-qjs",
    "esbuild",
    "node",
    "typescript",
    "wasmgate",
];

const ESBUILD: Tool = Tool {
    name: "esbuild",
    ways: &[&["./node_modules/.bin/esbuild"], &["esbuild"]],
    probe: &["--version"],
    hint: "install Node.js 20 or later, then `npm install` in the project (`npm install --save-dev esbuild` where \
           its package.json does not name it)",
};

const COMPONENTIZE: Tool = Tool {
    name: "componentize-qjs",
    ways: &[
        &["./node_modules/.bin/componentize-qjs"],
        &["componentize-qjs"],
    ],
    probe: &["--help"],
    hint: "install Node.js 20 or later, then `npm install` in the project (`npm install --save-dev \
           componentize-qjs@0.4.5` where its package.json does not name it)",
};

/// Settings of the bundler: modules that an engine without a file system and without Node.js can run.
const BUNDLE: [&str; 7] = [
    "--bundle",
    "--format=esm",
    "--platform=neutral",
    "--main-fields=module,main",
    "--external:wasmgate:*",
    "--target=es2023",
    "--log-level=warning",
];

fn build(project: &Project, main: &str) -> Result<PathBuf, CommandError> {
    // Asked for first: who lacks both hears of both at once, by the same advice.
    let mut componentize = COMPONENTIZE.find(&project.folder)?;
    let bundle = project.make("bundle.js")?;
    let hooks = bundled(project, main, &bundle)?;
    let component = project.make("component.wasm")?;
    componentize
        .arg("--wit")
        .arg(world::write(project, &hooks)?);
    componentize.args(["--world", world::NAME]);
    // Without the asynchronous ABI, which plugins do not speak. Half of the size takes a fifth more time a call.
    componentize.args(["--sync", "--opt-size", "--minify"]);
    componentize.arg("--js").arg(&bundle);
    componentize.arg("--output").arg(&component);
    tool::run(componentize)?;
    Ok(component)
}

/// Bundles a project with its packages and the SDK; the hooks that it exports.
fn bundled(project: &Project, main: &str, bundle: &Path) -> Result<Vec<String>, CommandError> {
    let package = package(project)?;
    let described = json!({
        "name": package["name"],
        "version": package["version"],
        "description": package["description"],
    });
    let facts = project.make("bundle.json")?;
    let mut esbuild = ESBUILD.find(&project.folder)?;
    esbuild.arg(package["main"].as_str().unwrap_or(main));
    esbuild.args(BUNDLE);
    esbuild.arg(format!("--define:WASMGATE_PROJECT={described}"));
    // Where npm put the SDK, the plugin and its tests see the same.
    if !project.folder.join("node_modules/wasmgate").is_dir() {
        esbuild.arg(option("--alias:wasmgate=", &project.sdk()?));
    }
    esbuild.arg(option("--metafile=", &facts));
    esbuild.arg(option("--outfile=", bundle));
    tool::run(esbuild)?;
    exports(&json_of(&facts)?)
}

/// The hooks among the exports that the bundler found.
fn exports(facts: &Value) -> Result<Vec<String>, CommandError> {
    let outputs = facts["outputs"].as_object().into_iter().flatten();
    let names = outputs.filter_map(|(_, output)| output["exports"].as_array());
    let names = names.flatten().filter_map(Value::as_str);
    let hooks: Vec<_> = names.filter(|name| *name != "setup").map(kebab).collect();
    world::check(
        &hooks,
        "`export const { setup, authorizer } = plugin({ … })`",
    )?;
    Ok(hooks)
}

fn package(project: &Project) -> Result<Value, CommandError> {
    let file = project.folder.join("package.json");
    match file.exists() {
        true => json_of(&file),
        false => Ok(json!({ "name": project.name })),
    }
}

fn json_of(file: &Path) -> Result<Value, CommandError> {
    serde_json::from_slice(&read(file)?)
        .map_err(|error| CommandError::Failed(format!("`{}`: {error}", file.display())))
}

fn option(name: &str, file: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push(file);
    option
}

/// `requestFilter` as the contract writes it.
fn kebab(name: &str) -> String {
    let mut kebab = String::with_capacity(name.len() + 1);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}
