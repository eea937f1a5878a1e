//! All routes of a configuration with their chains, for `/routes` and `wasmgate routes`.

use serde::Serialize;

use crate::config::{Api, Attachment, Config, Integration, Isolation, Route};

/// A route, as operators see it.
#[derive(Debug, Serialize)]
pub(crate) struct Row<'a> {
    pub(crate) api: &'a str,
    pub(crate) stage: &'a str,
    /// None stands for all.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(crate) hosts: &'a [String],
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) base_path: &'a str,
    pub(crate) route: &'a str,
    /// Phase by phase, in the order of the request's way; phases without plugins are left out.
    pub(crate) chain: Vec<Phase<'a>>,
    pub(crate) integration: String,
    pub(crate) timeout_ms: u128,
    pub(crate) body_limit: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Phase<'a> {
    pub(crate) phase: &'static str,
    pub(crate) plugins: Vec<Step<'a>>,
}

/// One attachment. Its configuration is not shown: it may hold secrets.
#[derive(Debug, Serialize)]
pub(crate) struct Step<'a> {
    pub(crate) plugin: &'a str,
    pub(crate) isolation: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) fail_open: bool,
}

/// Every route, in the file's order.
pub(crate) fn table(config: &Config) -> Vec<Row<'_>> {
    let of_api = |api| rows(api, config);
    config.apis.iter().flat_map(of_api).collect()
}

fn rows<'a>(api: &'a Api, config: &'a Config) -> impl Iterator<Item = Row<'a>> {
    api.routes.iter().map(|route| row(route, api, config))
}

/// One route of an API.
pub(crate) fn row<'a>(route: &'a Route, api: &'a Api, config: &'a Config) -> Row<'a> {
    Row {
        api: &api.name,
        stage: &api.stage,
        hosts: &api.hosts,
        base_path: &api.base_path,
        route: &route.key,
        chain: chain(route, config),
        integration: integration(route, config),
        timeout_ms: route.timeout.as_millis(),
        body_limit: route.body_limit,
    }
}

fn chain<'a>(route: &'a Route, config: &'a Config) -> Vec<Phase<'a>> {
    let chain = &route.chain;
    let phases = [
        ("early", &chain.early),
        ("authorize", &chain.authorize),
        ("validate", &chain.validate),
        ("transform", &chain.transform),
        ("respond", &chain.respond),
        ("observe", &chain.observe),
    ];
    let phases = phases.into_iter().filter(|(_, steps)| !steps.is_empty());
    let phase = |(phase, steps): (_, &'a Vec<Attachment>)| Phase {
        phase,
        plugins: steps.iter().map(|step| self::step(step, config)).collect(),
    };
    phases.map(phase).collect()
}

fn step<'a>(attachment: &'a Attachment, config: &Config) -> Step<'a> {
    Step {
        plugin: &attachment.plugin,
        isolation: isolation(attachment, config),
        fail_open: attachment.fail_open,
    }
}

/// `request`, or `reuse, 1000 calls each`.
fn isolation(attachment: &Attachment, config: &Config) -> String {
    match config.plugins.policy(&attachment.plugin).isolation {
        Isolation::Request => "request".to_owned(),
        Isolation::Reuse { calls } => format!("reuse, {calls} calls each"),
    }
}

fn integration(route: &Route, config: &Config) -> String {
    match &route.integration {
        Integration::Http { upstream, path } => {
            let name = config.upstreams.get(*upstream).map_or("?", |u| &u.name);
            let path = path.as_deref();
            let path = path.map_or("as asked for", |path| shown(path, route));
            format!("upstream {name}, path {path}")
        }
        Integration::Function(attachment) => {
            let isolation = isolation(attachment, config);
            format!("function {}, isolation {isolation}", attachment.plugin)
        }
        Integration::Respond { status, .. } => format!("fixed answer {status}"),
    }
}

/// The path of an integration, as it is written where it came from the environment: it may hold a key.
fn shown<'a>(path: &'a str, route: &'a Route) -> &'a str {
    let written = |inside| {
        let pointer = format!("{}{inside}", route.place.pointer);
        route.place.document.written(&pointer)
    };
    let of_url = |url: &'a str| {
        let after_scheme = url.find("://").map_or(0, |at| at + 3);
        let path = url[after_scheme..].find('/');
        path.map_or(url, |at| &url[after_scheme + at..])
    };
    written("/to/path")
        .or_else(|| written("/to").map(of_url))
        .unwrap_or(path)
}
