//! `wasmgate vtl render`: a mapping template without a gateway, by the component that gateways use.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use form_urlencoded::Serializer;
use serde_json::{Map, Value, json};
use tokio::task::LocalSet;

use super::{
    Directory, Surroundings, Workbench,
    cases::{OneOrMore, Request},
    failed, outcome,
    subject::Subject,
    yaml,
};
use crate::{
    builtin,
    cli::{CommandError, Environment, Exit},
    plugin::Hook,
};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Vtl {
    /// Render a mapping template with a body, as a route with the plugin `vtl` would
    Render(Render),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  wasmgate vtl render --template pets.vtl --body pets.json --params params.json

params.json: {\"path\": {\"id\": \"7\"}, \"querystring\": {\"q\": \"a b\"}, \"header\": {\"accept\": \"*/*\"}}

The result goes to the standard output, and what the template overrides (header fields, query
parameters, path, status) to the standard error.")]
pub(in crate::cli) struct Render {
    /// The template
    #[arg(long, value_name = "FILE")]
    template: PathBuf,
    /// The body that `$input` reads; an empty one where none is given
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// Values of `$context`, a JSON or YAML file
    #[arg(long, value_name = "FILE")]
    context: Option<PathBuf>,
    /// Values of `$stageVariables`, a JSON or YAML file
    #[arg(long, value_name = "FILE")]
    stage_variables: Option<PathBuf>,
    /// What `$input.params()` gives, a JSON or YAML file with `path`, `querystring` and `header`
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,
}

impl Vtl {
    pub(in crate::cli) fn run(
        self,
        environment: Environment<'_>,
        out: &mut dyn Write,
    ) -> Result<Exit, CommandError> {
        let Vtl::Render(render) = self;
        render.run(environment, out)
    }
}

impl Render {
    fn run(&self, environment: Environment<'_>, out: &mut dyn Write) -> Result<Exit, CommandError> {
        let subject = Subject::new(&self.request(environment)?, None);
        let subject = subject.map_err(CommandError::Failed)?;
        let surroundings = Surroundings {
            entries: vec![self.configuration(environment)?],
            ..Surroundings::default()
        };
        let directory = Directory::new()?;
        let bench = Workbench::open(&directory.builtin("vtl")?, &surroundings)?;
        let attachment = bench
            .prepare(0)
            .map_err(|problems| self.refused(&problems))?;
        let outcome = outcome::call(&attachment, Hook::Mapper, &subject);
        show(
            &LocalSet::new().block_on(&bench.runtime, outcome),
            out,
            &mut io::stderr(),
        )
    }

    fn configuration(&self, environment: Environment<'_>) -> Result<Value, CommandError> {
        Ok(json!({
            "request": { "templates": { "$default": text(&self.template)? } },
            "context": members(self.context.as_deref(), environment)?,
            "stage_variables": members(self.stage_variables.as_deref(), environment)?,
        }))
    }

    fn request(&self, environment: Environment<'_>) -> Result<Request, CommandError> {
        let parameters = members(self.params.as_deref(), environment)?;
        let of = |kind: &str| pairs(parameters.get(kind));
        let mut query = Serializer::new(String::from("/?"));
        query.extend_pairs(of("querystring"));
        let headers = of("header").into_iter();
        Ok(Request {
            method: "POST".to_owned(),
            path: query.finish().trim_end_matches('?').to_owned(),
            headers: headers
                .map(|(name, value)| (name, OneOrMore::One(value)))
                .collect(),
            parameters: of("path").into_iter().collect(),
            body: self.body.as_deref().map(text).transpose()?,
            ..Request::default()
        })
    }

    /// The plugin's problems, about the file that the template stands in.
    fn refused(&self, problems: &[String]) -> CommandError {
        let pointer = "/request/templates/$default";
        let told = problems
            .iter()
            .map(|problem| match problem.strip_prefix(pointer) {
                Some(problem) => format!("`{}`{problem}", self.template.display()),
                None => problem.clone(),
            });
        CommandError::Refused(told.collect::<Vec<_>>().join("\n"))
    }
}

impl Directory {
    /// A built-in plugin, as a file.
    fn builtin(&self, name: &str) -> Result<PathBuf, CommandError> {
        let found = builtin::PLUGINS.iter().find(|(known, _)| *known == name);
        let missing = || CommandError::Failed(format!("this binary has no plugin `{name}`"));
        let (_, bytes) = found.ok_or_else(missing)?;
        let path = self.0.join(format!("{name}.wasm"));
        std::fs::write(&path, bytes).map_err(|error| failed(&path, &error))?;
        Ok(path)
    }
}

/// The body to one, what was overridden to the other; what went wrong is the error.
fn show(
    outcome: &Value,
    out: &mut dyn Write,
    beside: &mut dyn Write,
) -> Result<Exit, CommandError> {
    let Some(patch) = outcome.get("patch") else {
        return Err(CommandError::Failed(wrong(outcome)));
    };
    out.write_all(patch["body"].as_str().unwrap_or_default().as_bytes())?;
    for change in patch["changes"].as_array().into_iter().flatten() {
        let words = change.as_array().into_iter().flatten();
        let words: Vec<_> = words.filter_map(Value::as_str).collect();
        writeln!(beside, "{}", words.join(" "))?;
    }
    Ok(Exit::Done)
}

/// Why there is no result.
fn wrong(outcome: &Value) -> String {
    let failure = outcome.get("failure").and_then(Value::as_str);
    let refusal = outcome.pointer("/refusal/message").and_then(Value::as_str);
    failure
        .or(refusal)
        .map_or_else(|| outcome.to_string(), str::to_owned)
}

/// The members of a file's object; none where no file is named.
fn members(
    file: Option<&Path>,
    environment: Environment<'_>,
) -> Result<Map<String, Value>, CommandError> {
    let Some(file) = file else {
        return Ok(Map::new());
    };
    match yaml(file, environment)? {
        Value::Object(members) => Ok(members),
        _ => Err(failed(file, &"write an object: `{ name: value }`")),
    }
}

fn pairs(of: Option<&Value>) -> Vec<(String, String)> {
    let members = of.and_then(Value::as_object).into_iter().flatten();
    let shown = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    members
        .map(|(name, value)| (name.clone(), shown(value)))
        .collect()
}

fn text(file: &Path) -> Result<String, CommandError> {
    std::fs::read_to_string(file).map_err(|error| failed(file, &error))
}
