//! `wasmgate plugin bench`: what a plugin costs, to load, to configure, and for each request.

use std::{
    fmt,
    io::Write,
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Args;
use serde_json::{Value, json};
use tokio::task::LocalSet;

use super::{
    Surroundings, Workbench, beside,
    cases::{OneOrMore, Request},
    inspect, outcome, read,
    subject::Subject,
    yaml,
};
use crate::{
    cli::{CommandError, Environment, Exit},
    plugin::Hook,
};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wasmgate plugin bench plugins/my-auth.wasm --config my-auth.yaml
  wasmgate plugin bench plugins/my-auth.wasm --header x-api-key=secret")]
pub(in crate::cli) struct Bench {
    /// The plugin
    plugin: PathBuf,
    /// Its configuration, a YAML or JSON file
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Fields of the request that it is called with
    #[arg(long, value_name = "NAME=VALUE", value_parser = field)]
    header: Vec<(String, String)>,
    /// The path of that request, with a query or without
    #[arg(long, default_value = "/")]
    path: String,
    /// The body of that request
    #[arg(long)]
    body: Option<String>,
    /// Its grants and limits, as below `plugins.settings.NAME` in wasmgate.yaml, a YAML or JSON file
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// The hook to call, where the plugin has several
    #[arg(long)]
    hook: Option<String>,
}

/// What a plugin costs under one isolation.
#[derive(Debug)]
struct Costs {
    load: Duration,
    configure: Duration,
    calls: Calls,
    outcome: Value,
}

/// Times of one call, made often.
#[derive(Debug)]
struct Calls {
    median: Duration,
    slow: Duration,
    count: usize,
}

impl Bench {
    pub(super) fn run(
        self,
        environment: Environment<'_>,
        out: &mut dyn Write,
    ) -> Result<Exit, CommandError> {
        let inspection = inspect(&self.plugin, read(&self.plugin)?)?;
        let hook = self.choose(&inspection.hooks)?;
        let subject = self.subject()?;
        let mut surroundings = self.surroundings(environment)?;

        writeln!(out, "{:20} {} KiB", "size", inspection.size.div_ceil(1024))?;
        surroundings.settings["isolation"] = json!("request");
        let pristine = self.measure(hook, &subject, &surroundings)?;
        writeln!(out, "{:20} {:.1?}", "load", pristine.load)?;
        writeln!(
            out,
            "{:20} {:.1?}",
            "configure, snapshot", pristine.configure
        )?;
        writeln!(out, "{:20} {}", "pristine call", pristine.calls)?;
        surroundings.settings["isolation"] = json!({ "reuse": { "calls": 1_000_000 } });
        let reused = self.measure(hook, &subject, &surroundings)?;
        writeln!(out, "{:20} {}", "reused call", reused.calls)?;
        writeln!(out, "{:20} {}", "outcome", reused.outcome)?;
        Ok(Exit::Done)
    }

    fn subject(&self) -> Result<Subject, CommandError> {
        let mut request = Request {
            path: self.path.clone(),
            body: self.body.clone(),
            ..Request::default()
        };
        for (name, value) in &self.header {
            let value = OneOrMore::One(value.clone());
            request.headers.insert(name.clone(), value);
        }
        Subject::new(&request, None).map_err(CommandError::Failed)
    }

    fn surroundings(&self, environment: Environment<'_>) -> Result<Surroundings, CommandError> {
        let read = |file: &Option<PathBuf>| match file {
            Some(file) => yaml(file, environment),
            None => Ok(json!({})),
        };
        Ok(Surroundings {
            settings: read(&self.settings)?,
            entries: vec![read(&self.config)?],
            base: self.config.as_deref().map_or(Ok(PathBuf::new()), beside)?,
            ..Surroundings::default()
        })
    }

    fn measure(
        &self,
        hook: Hook,
        subject: &Subject,
        surroundings: &Surroundings,
    ) -> Result<Costs, CommandError> {
        let start = Instant::now();
        let bench = Workbench::open(&self.plugin, surroundings)?;
        let load = start.elapsed();
        let start = Instant::now();
        let attachment = bench
            .prepare(0)
            .map_err(|problems| CommandError::Refused(problems.join("\n")))?;
        let configure = start.elapsed();
        let call = async || succeeded(outcome::call(&attachment, hook, subject).await);
        let measured = LocalSet::new().block_on(&bench.runtime, async {
            let outcome = call().await?;
            let calls = repeat(call).await?;
            Ok::<_, CommandError>((outcome, calls))
        });
        let (outcome, calls) = measured?;
        Ok(Costs {
            load,
            configure,
            calls,
            outcome,
        })
    }

    fn choose(&self, hooks: &[Hook]) -> Result<Hook, CommandError> {
        let names: Vec<_> = hooks.iter().map(|hook| hook.name()).collect();
        match (&self.hook, hooks) {
            (Some(wanted), _) => {
                let hook = hooks.iter().find(|hook| hook.name() == wanted);
                hook.copied().ok_or_else(|| {
                    let names = names.join(", ");
                    CommandError::Failed(format!("no hook `{wanted}`; the plugin has {names}"))
                })
            }
            (None, [hook, ..]) => Ok(*hook),
            (None, []) => Err(CommandError::Refused("the plugin has no hook".to_owned())),
        }
    }
}

impl fmt::Display for Calls {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Calls {
            median,
            slow,
            count,
        } = self;
        write!(out, "{median:.2?} median, {slow:.2?} at 99 % of {count}")
    }
}

/// The time of a call that fails says nothing, the more so when it is not even made because of those before it.
fn succeeded(outcome: Value) -> Result<Value, CommandError> {
    match outcome.get("failure").and_then(Value::as_str) {
        None => Ok(outcome),
        Some(failure) => Err(CommandError::Refused(format!(
            "not measured, since the call fails: {failure}"
        ))),
    }
}

/// Calls for about a second.
async fn repeat<T, E>(call: impl AsyncFn() -> Result<T, E>) -> Result<Calls, E> {
    let mut times = Vec::with_capacity(MOST_CALLS);
    let begin = Instant::now();
    while times.len() < MOST_CALLS && begin.elapsed() < TIME {
        let start = Instant::now();
        std::hint::black_box(call().await?);
        times.push(start.elapsed());
    }
    // What came first paid for warm caches.
    times.drain(..times.len() / 10);
    times.sort_unstable();
    Ok(Calls {
        median: times[times.len() / 2],
        slow: times[times.len() * 99 / 100],
        count: times.len(),
    })
}

fn field(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

const MOST_CALLS: usize = 200_000;
const TIME: Duration = Duration::from_secs(1);
