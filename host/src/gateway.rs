//! The running configuration: immutable, built from a checked one, swapped as a whole by a reload.

use std::{net::IpAddr, sync::Arc};

use arc_swap::{ArcSwap, Guard};
use ipnet::IpNet;
use tokio::sync::watch;

use crate::{
    authorize::Grants,
    config::{self, Config, Problem, Problems},
    integrate::PathTemplate,
    observe::Observe,
    plugin::{Attachment, Hook, Plugins},
    stage::{Chain, Integration, Route, RouteNames, Stage, Stages},
    upstream::Upstreams,
};

/// Everything that a request needs, shared by all workers.
#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) stages: Stages,
    pub(crate) upstreams: Arc<Upstreams>,
    pub(crate) grants: Grants,
    pub(crate) limits: config::Limits,
    trusted_proxies: Vec<IpNet>,
}

/// The configuration that runs, and word of each new one.
#[derive(Debug)]
pub(crate) struct Running {
    gateway: ArcSwap<Gateway>,
    changed: watch::Sender<()>,
}

impl Running {
    pub(crate) fn new(gateway: Gateway) -> Arc<Running> {
        Arc::new(Running {
            gateway: ArcSwap::from_pointee(gateway),
            changed: watch::Sender::new(()),
        })
    }

    pub(crate) fn gateway(&self) -> Guard<Arc<Gateway>> {
        self.gateway.load()
    }

    /// Requests that begin from here on meet this one.
    pub(crate) fn replace(&self, gateway: Gateway) {
        self.gateway.store(Arc::new(gateway));
        self.changed.send_replace(());
    }

    /// Hears of each replacement.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}

impl Gateway {
    /// Prepares plugins and routes; every mistake that a plugin finds in its configuration is reported at once.
    pub(crate) async fn build(
        config: &Config,
        plugins: &Arc<Plugins>,
        observe: &Arc<Observe>,
    ) -> Result<Gateway, Problems> {
        let mut problems = Vec::new();
        let mut stages = Stages::default();
        for api in &config.apis {
            let prepared = plugins.prepare(&api.name, attachments(api)).await;
            problems.extend(prepared.problems);
            let mut prepared = prepared.attachments.into_iter();
            let mut routes = Vec::with_capacity(api.routes.len());
            for route in &api.routes {
                routes.extend(ready(
                    route,
                    &mut prepared,
                    (api, config),
                    observe,
                    &mut problems,
                ));
            }
            stages.add(&api.hosts, Arc::new(Stage::new(api, routes)));
        }
        let upstreams = match Upstreams::new(&config.upstreams) {
            Ok(upstreams) => upstreams,
            Err(problem) => {
                problems.push(problem);
                Upstreams::default()
            }
        };
        match Problems::new(problems) {
            Some(problems) => Err(problems),
            None => Ok(Gateway {
                stages,
                upstreams: Arc::new(upstreams),
                grants: Grants::new(),
                limits: config.limits.clone(),
                trusted_proxies: config.trusted_proxies.clone(),
            }),
        }
    }

    /// Whether a peer's word on a request's origin is believed.
    pub(crate) fn trusts(&self, peer: IpAddr) -> bool {
        config::trusts(&self.trusted_proxies, peer)
    }

    pub(crate) fn trusted_proxies(&self) -> &[IpNet] {
        &self.trusted_proxies
    }
}

/// All attachments of an API in the order in which [`ready`] takes them back.
fn attachments(api: &config::Api) -> Vec<config::Attachment> {
    let of_route = |route: &config::Route| {
        let chain = &route.chain;
        let phases = [
            &chain.early,
            &chain.authorize,
            &chain.validate,
            &chain.transform,
            &chain.respond,
            &chain.observe,
        ];
        let function = match &route.integration {
            config::Integration::Function(attachment) => Some(attachment.clone()),
            _ => None,
        };
        let attached: Vec<_> = phases.into_iter().flatten().cloned().collect();
        attached.into_iter().chain(function)
    };
    api.routes.iter().flat_map(of_route).collect()
}

/// A route with its attachments prepared; none where something of it is a problem already.
fn ready(
    route: &config::Route,
    prepared: &mut std::vec::IntoIter<Attachment>,
    within: (&config::Api, &Config),
    observe: &Observe,
    problems: &mut Vec<Problem>,
) -> Option<Route> {
    let (api, config) = within;
    let mut take = |written: &[config::Attachment], hooks: &[Hook]| -> Vec<Attachment> {
        let attachments: Vec<_> = prepared.by_ref().take(written.len()).collect();
        for (written, attachment) in written.iter().zip(&attachments) {
            problems.extend(misplaced(written, attachment, hooks));
        }
        attachments
    };
    let chain = Chain {
        early: take(&route.chain.early, &[Hook::RequestFilter]),
        authorize: take(&route.chain.authorize, &[Hook::Authorizer]),
        validate: take(&route.chain.validate, &[Hook::Validator]),
        transform: take(&route.chain.transform, &[Hook::RequestFilter, Hook::Mapper]),
        respond: take(&route.chain.respond, &[Hook::ResponseFilter]),
        observe: take(&route.chain.observe, &[Hook::Observer]),
    };
    if let config::Integration::Function(written) = &route.integration {
        let function = prepared.as_slice().first();
        problems
            .extend(function.and_then(|function| misplaced(written, function, &[Hook::Function])));
    }
    let integration = integration(route, prepared)
        .map_err(|problem| problems.push(problem))
        .ok()?;
    let named = |id: &usize| (config.upstreams[*id].name.clone(), *id);
    Some(Route {
        names: Arc::new(RouteNames {
            api: api.name.as_str().into(),
            stage: api.stage.as_str().into(),
            route_key: route.key.as_str().into(),
        }),
        series: observe.series(&api.name, &api.stage, &route.key),
        chain,
        integration,
        timeout: route.timeout,
        body_limit: route.body_limit,
        upstreams: route.upstreams.iter().map(named).collect(),
    })
}

/// A plugin that has none of the hooks that its place calls for. Of one that is broken nobody knows.
fn misplaced(
    written: &config::Attachment,
    attachment: &Attachment,
    hooks: &[Hook],
) -> Option<Problem> {
    let pinned = attachment.pin().ok()?;
    if hooks.iter().any(|hook| pinned.has(*hook)) {
        return None;
    }
    let quoted = |hook: &Hook| format!("`{}`", hook.name());
    let wanted: Vec<_> = hooks.iter().map(quoted).collect();
    let had = Hook::ALL.iter().filter(|hook| pinned.has(**hook));
    let had: Vec<_> = had.map(quoted).collect();
    let message = format!(
        "plugin `{}` has no hook {}: it has {}",
        written.plugin,
        wanted.join(" or "),
        had.join(", ")
    );
    Some(Problem::new(written.place.clone(), message))
}

fn integration(
    route: &config::Route,
    prepared: &mut impl Iterator<Item = Attachment>,
) -> Result<Integration, Problem> {
    let problem = |message: String| Problem::new(route.place.clone(), message);
    Ok(match &route.integration {
        config::Integration::Http { upstream, path } => {
            let known = parameters(&route.path);
            let path = path.as_deref();
            let template = path
                .map(|path| PathTemplate::parse(path, &known))
                .transpose();
            Integration::Http {
                upstream: *upstream,
                path: template.map_err(|error| problem(error.to_string()))?,
            }
        }
        config::Integration::Function(attachment) => {
            let function = prepared.next();
            let missing = || problem(format!("function `{}` was not prepared", attachment.plugin));
            Integration::Function(function.ok_or_else(missing)?)
        }
        config::Integration::Respond {
            status,
            headers,
            body,
        } => Integration::Respond {
            status: *status,
            headers: headers.clone(),
            body: body.clone(),
        },
    })
}

/// The names of a route's path parameters.
fn parameters(path: &str) -> Vec<&str> {
    let names = path.split('/').filter_map(|segment| {
        let name = segment.strip_prefix('{')?.strip_suffix('}')?;
        Some(name.trim_end_matches('+'))
    });
    names.collect()
}
