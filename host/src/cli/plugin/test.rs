//! `wasmgate plugin test`: cases from a file against a built plugin, in the real engine.

use std::{collections::BTreeMap, io::Write, path::PathBuf};

use clap::Args;
use serde_json::{Value, json};
use tokio::task::LocalSet;

use super::{
    Surroundings, Workbench, beside,
    cases::{self, Case, File},
    inspect,
    outcome::{self, differences},
    read,
    subject::Subject,
};
use crate::{
    cli::{CommandError, Environment, Exit, count},
    plugin::{Attachment, Hook},
};

#[derive(Debug, Args)]
#[command(after_help = "\
Example of a file of cases:
  with: { keys: [secret] }              # the plugin's configuration
  settings: { limits: { cpu: 10ms } }   # as below plugins.settings in wasmgate.yaml
  cases:
    - name: right key is granted
      request: { path: /a?b=c, headers: { x-api-key: secret } }
      expect: { grant: { principal: '' } }
    - name: missing key is refused
      expect: { refusal: { status: 403 } }
    - name: empty list of keys is a mistake
      with: { keys: [] }
      expect: { problems: ['/keys: at least one'] }

An outcome is one of grant, patch, answer, accepted, refusal, failure, problems. What a
case does not name may be anything; of a failure or a problem a part of the text is
enough. A mapper's case with a reply calls map-response. The whole format: `Cases` in
README.md of the SDK, which is wasmgate-sdk/ in projects of `wasmgate plugin new`.")]
pub(in crate::cli) struct Test {
    /// The plugin
    plugin: PathBuf,
    /// The cases, YAML
    cases: PathBuf,
}

impl Test {
    pub(super) fn run(
        self,
        environment: Environment<'_>,
        out: &mut dyn Write,
    ) -> Result<Exit, CommandError> {
        let file = cases::read(&self.cases, environment)?;
        let inspection = inspect(&self.plugin, read(&self.plugin)?)?;
        let surroundings = self.surroundings(&file)?;
        let bench = Workbench::open(&self.plugin, &surroundings)?;
        let mut prepared = BTreeMap::new();
        let mut failed = 0;
        for (place, case) in file.cases.iter().enumerate() {
            // Cases of one configuration share what was compiled for it.
            let first = first_like(place, &surroundings.entries);
            let attachment = prepared
                .entry(first)
                .or_insert_with(|| bench.prepare(first));
            let found = match call(case, attachment, &inspection.hooks, &bench) {
                Ok(got) => differences(&case.expect, &got),
                Err(mistake) => vec![mistake],
            };
            let mark = if found.is_empty() { "ok  " } else { "FAIL" };
            writeln!(out, "{mark} {}", case.name)?;
            for difference in &found {
                writeln!(out, "       {difference}")?;
            }
            failed += usize::from(!found.is_empty());
        }
        writeln!(out, "{}, {failed} failed", count(file.cases.len(), "case"))?;
        Ok(if failed == 0 {
            Exit::Done
        } else {
            Exit::Refused
        })
    }

    fn surroundings(&self, file: &File) -> Result<Surroundings, CommandError> {
        let with = |case: &Case| {
            let with = case.with.as_ref().or(file.with.as_ref());
            with.cloned().unwrap_or_else(|| json!({}))
        };
        Ok(Surroundings {
            settings: file.settings.clone(),
            secrets: file.secrets.clone(),
            entries: file.cases.iter().map(with).collect(),
            base: beside(&self.cases)?,
        })
    }
}

/// Where an equal entry stands for the first time.
fn first_like(place: usize, entries: &[Value]) -> usize {
    let equal = entries.iter().position(|entry| *entry == entries[place]);
    equal.unwrap_or(place)
}

/// The outcome of a case, or a mistake in it.
fn call(
    case: &Case,
    prepared: &Result<Attachment, Vec<String>>,
    hooks: &[Hook],
    bench: &Workbench,
) -> Result<Value, String> {
    let hook = choose(case, hooks)?;
    let subject = Subject::new(&case.request, case.reply.as_ref())?;
    let attachment = match prepared {
        Ok(attachment) => attachment,
        Err(problems) => return Ok(json!({ "problems": problems })),
    };
    let outcome = async {
        match (hook, &case.reply) {
            (Hook::Mapper, Some(_)) => outcome::map_response(attachment, &subject).await,
            _ => outcome::call(attachment, hook, &subject).await,
        }
    };
    Ok(LocalSet::new().block_on(&bench.runtime, outcome))
}

fn choose(case: &Case, hooks: &[Hook]) -> Result<Hook, String> {
    match (case.hook, hooks) {
        (Some(hook), _) if hooks.contains(&hook) => Ok(hook),
        (Some(hook), _) => Err(format!("the plugin has no hook `{}`", hook.name())),
        (None, [hook]) => Ok(*hook),
        (None, _) => {
            let names: Vec<_> = hooks.iter().map(|hook| hook.name()).collect();
            Err(format!("say which `hook`: {}", names.join(", ")))
        }
    }
}
