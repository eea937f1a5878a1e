//! Finds whose deployment answers: a stage, by the host and the leading path segments of a request.

use std::{collections::HashMap, sync::Arc, time::Duration};

use http::{Method, Uri};

use crate::{
    config::{self, UpstreamId},
    integrate::PathTemplate,
    observe::Series,
    plugin::Attachment,
    router::{Matched, RouteNotFound, Router},
};

/// A deployed API: immutable, replaced as a whole.
#[derive(Debug)]
pub(crate) struct Stage {
    /// For requests that meet none of its routes.
    pub(crate) names: Arc<RouteNames>,
    pub(crate) base_path: String,
    router: Router,
    pub(crate) routes: Vec<Route>,
}

/// A route, with everything prepared that a request needs.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) names: Arc<RouteNames>,
    pub(crate) series: Arc<Series>,
    pub(crate) chain: Chain,
    pub(crate) integration: Integration,
    pub(crate) timeout: Duration,
    pub(crate) body_limit: u64,
    /// Upstreams that a filter may choose, by name.
    pub(crate) upstreams: Vec<(String, UpstreamId)>,
}

/// Where a request is, for its context.
#[derive(Debug, Default)]
pub struct RouteNames {
    pub api: Arc<str>,
    pub stage: Arc<str>,
    pub route_key: Arc<str>,
}

/// The attachments of a route, ready to be called.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    pub(crate) early: Vec<Attachment>,
    pub(crate) authorize: Vec<Attachment>,
    pub(crate) validate: Vec<Attachment>,
    pub(crate) transform: Vec<Attachment>,
    pub(crate) respond: Vec<Attachment>,
    pub(crate) observe: Vec<Attachment>,
}

impl Chain {
    /// Whether anybody may look at the request again once its reply is there.
    pub(crate) fn looks_back(&self) -> bool {
        !(self.transform.is_empty() && self.respond.is_empty() && self.observe.is_empty())
    }
}

/// Who answers.
#[derive(Debug)]
pub(crate) enum Integration {
    Http {
        upstream: UpstreamId,
        path: Option<PathTemplate>,
    },
    Function(Attachment),
    Respond {
        status: http::StatusCode,
        headers: http::HeaderMap,
        body: bytes::Bytes,
    },
}

/// All stages, by host and base path.
#[derive(Debug, Default)]
pub(crate) struct Stages {
    /// By exact host, or by `.example.com` for `*.example.com`, or by the empty text for every host.
    by_host: HashMap<String, Vec<Arc<Stage>>>,
}

/// No API answers for this host and path.
#[derive(Debug, thiserror::Error)]
#[error("no API for this host and path")]
pub(crate) struct StageNotFound;

impl Stage {
    pub(crate) fn new(api: &config::Api, routes: Vec<Route>) -> Stage {
        let keys = api.routes.iter();
        Stage {
            names: Arc::new(RouteNames {
                api: api.name.as_str().into(),
                stage: api.stage.as_str().into(),
                route_key: "".into(),
            }),
            base_path: api.base_path.clone(),
            router: Router::compile(keys.map(|route| (route.method.as_ref(), route.path.as_str()))),
            routes,
        }
    }

    /// The target behind the base path.
    pub(crate) fn strip(&self, uri: Uri) -> Uri {
        if self.base_path.is_empty() {
            return uri;
        }
        let path = below(&self.base_path, uri.path()).unwrap_or("/");
        let target = match uri.query() {
            None => path.to_owned(),
            Some(query) => format!("{path}?{query}"),
        };
        // A part of a valid target that begins with a slash is one too.
        target.parse().unwrap_or(uri)
    }

    /// The route of a request, by the path behind the base path.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Result<Matched, RouteNotFound> {
        self.router.find(method, path)
    }
}

impl Stages {
    pub(crate) fn add(&mut self, hosts: &[String], stage: Arc<Stage>) {
        let everywhere = [String::new()];
        let hosts = if hosts.is_empty() { &everywhere } else { hosts };
        for host in hosts {
            let stages = self
                .by_host
                .entry(host.trim_start_matches('*').to_owned())
                .or_default();
            stages.push(Arc::clone(&stage));
            // The longest base path is tried first.
            stages.sort_by_key(|stage| std::cmp::Reverse(stage.base_path.len()));
        }
    }

    /// The stage of a request and the path that its router sees. An exact host beats a wildcard, and that all hosts.
    pub(crate) fn find<'a>(
        &self,
        host: &str,
        path: &'a str,
    ) -> Result<(&Arc<Stage>, &'a str), StageNotFound> {
        let wildcard = host.find('.').map_or("", |dot| &host[dot..]);
        for key in [host, wildcard, ""] {
            let stages = self.by_host.get(key).into_iter().flatten();
            for stage in stages {
                if let Some(rest) = below(&stage.base_path, path) {
                    return Ok((stage, rest));
                }
            }
        }
        Err(StageNotFound)
    }
}

/// What is left of a path behind a base path, beginning with `/`.
fn below<'a>(base_path: &str, path: &'a str) -> Option<&'a str> {
    let rest = path.strip_prefix(base_path)?;
    match rest.as_bytes().first() {
        None => Some("/"),
        Some(b'/') => Some(rest),
        Some(_) => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn stages(apis: &[(&str, &[&str], &str)]) -> Stages {
        let mut stages = Stages::default();
        for (name, hosts, base_path) in apis {
            let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
            let stage = Stage {
                names: Arc::new(RouteNames {
                    api: (*name).into(),
                    ..RouteNames::default()
                }),
                base_path: base_path.to_string(),
                router: Router::default(),
                routes: Vec::new(),
            };
            stages.add(&hosts, Arc::new(stage));
        }
        stages
    }

    #[test]
    fn exact_host_beats_wildcard_beats_all() {
        let stages = stages(&[
            ("all", &[], ""),
            ("wild", &["*.example.com"], ""),
            ("exact", &["shop.example.com"], ""),
        ]);
        let api = |host| stages.find(host, "/").unwrap().0.names.api.to_string();
        assert_eq!(api("shop.example.com"), "exact");
        assert_eq!(api("other.example.com"), "wild");
        assert_eq!(api("a.b.example.com"), "all");
        assert_eq!(api("example.org"), "all");
    }

    #[test]
    fn base_path_ends_at_a_segment() {
        let stages = stages(&[("shop", &[], "/shop"), ("deep", &[], "/shop/v2")]);
        let find = |path| {
            let found = stages.find("h", path).ok()?;
            Some((found.0.names.api.to_string(), found.1))
        };
        assert_eq!(find("/shop"), Some(("shop".into(), "/")));
        assert_eq!(find("/shop/a"), Some(("shop".into(), "/a")));
        assert_eq!(find("/shop/v2/a"), Some(("deep".into(), "/a")));
        assert_eq!(find("/shopping"), None);
    }
}
