//! The running configuration: immutable, built from a checked one, swapped as a whole by a reload.

use std::{net::IpAddr, sync::Arc};

use arc_swap::{ArcSwap, Guard};
use ipnet::IpNet;
use tokio::sync::watch;

use crate::{
    addresses::Addresses,
    authorize::Grants,
    config::{self, Config, Problem, Problems},
    integrate::PathTemplate,
    observe::Observe,
    plugin::{Asked, Attachment, Hook, Plugins, Unusable},
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
    /// What client addresses have of it.
    pub(crate) addresses: Arc<Addresses>,
    changed: watch::Sender<()>,
}

impl Running {
    pub(crate) fn new(gateway: Gateway) -> Arc<Running> {
        Arc::new(Running {
            gateway: ArcSwap::from_pointee(gateway),
            addresses: Addresses::new(),
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

/// A configuration that could run, and what would not work in it.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) gateway: Gateway,
    /// Plugins whose routes would answer 503.
    pub(crate) unusable: Vec<Unusable>,
}

impl Gateway {
    /// Prepares plugins and routes. What a plugin refuses takes its own routes down and no others; a mistake of the
    /// gateway's own refuses the whole, and is told with all that plugins refuse.
    pub(crate) async fn build(
        config: &Config,
        plugins: &Arc<Plugins>,
        observe: &Arc<Observe>,
    ) -> Result<Built, Problems> {
        let mut problems = Vec::new();
        let mut unusable = Vec::new();
        let mut stages = Stages::default();
        for api in &config.apis {
            let prepared = plugins.prepare(&api.name, attachments(api)).await;
            unusable.extend(prepared.unusable);
            let mut prepared = prepared.attachments.into_iter();
            let routes = api.routes.iter();
            let routes = routes.map(|route| ready(route, &mut prepared, (api, config), observe));
            let routes =
                routes.filter_map(|route| route.map_err(|wrong| problems.push(wrong)).ok());
            stages.add(&api.hosts, Arc::new(Stage::new(api, routes.collect())));
        }
        let upstreams = match Upstreams::new(&config.upstreams) {
            Ok(upstreams) => upstreams,
            Err(problem) => {
                problems.push(problem);
                Upstreams::default()
            }
        };
        if !problems.is_empty() {
            problems.extend(unusable.drain(..).flat_map(|unusable| unusable.problems));
        }
        match Problems::new(problems) {
            Some(problems) => Err(problems),
            None => Ok(Built {
                unusable,
                gateway: Gateway {
                    stages,
                    upstreams: Arc::new(upstreams),
                    grants: Grants::new(),
                    limits: config.limits.clone(),
                    trusted_proxies: config.trusted_proxies.clone(),
                },
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

/// All attachments of an API, each with the hooks of its place, in the order in which [`ready`] takes them back.
fn attachments(api: &config::Api) -> Vec<Asked> {
    let of_route = |route: &config::Route| {
        let chain = &route.chain;
        let phases: [(&[config::Attachment], &'static [Hook]); 7] = [
            (&chain.early, &[Hook::RequestFilter]),
            (&chain.authorize, &[Hook::Authorizer]),
            (&chain.validate, &[Hook::Validator]),
            (&chain.transform, &[Hook::RequestFilter, Hook::Mapper]),
            (&chain.respond, &[Hook::ResponseFilter]),
            (&chain.observe, &[Hook::Observer]),
            (function(route), &[Hook::Function]),
        ];
        let asked = phases.into_iter().flat_map(|(attachments, hooks)| {
            let attachments = attachments.iter();
            attachments.map(move |attachment| (attachment.clone(), hooks))
        });
        asked.collect::<Vec<_>>()
    };
    api.routes.iter().flat_map(of_route).collect()
}

fn function(route: &config::Route) -> &[config::Attachment] {
    match &route.integration {
        config::Integration::Function(attachment) => std::slice::from_ref(attachment),
        _ => &[],
    }
}

/// A route with its attachments prepared.
fn ready(
    route: &config::Route,
    prepared: &mut std::vec::IntoIter<Attachment>,
    (api, config): (&config::Api, &Config),
    observe: &Observe,
) -> Result<Route, Problem> {
    let mut take = |written: &[config::Attachment]| -> Vec<Attachment> {
        prepared.by_ref().take(written.len()).collect()
    };
    let chain = Chain {
        early: take(&route.chain.early),
        authorize: take(&route.chain.authorize),
        validate: take(&route.chain.validate),
        transform: take(&route.chain.transform),
        respond: take(&route.chain.respond),
        observe: take(&route.chain.observe),
    };
    let integration = integration(route, prepared)?;
    let named = |id: &usize| (config.upstreams[*id].name.clone(), *id);
    Ok(Route {
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
