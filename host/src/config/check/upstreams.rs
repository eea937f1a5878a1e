//! Upstreams: those that have a name, and those that routes bring along as URLs.

use std::collections::BTreeMap;

use super::{Check, target};
use crate::config::{
    Health, HealthCheck, Retries, Target, Upstream, UpstreamId, document::escape, written,
};

/// All upstreams, found by name or origin.
pub(super) struct Upstreams {
    pub(super) list: Vec<Upstream>,
    ids: BTreeMap<String, UpstreamId>,
}

impl Upstreams {
    /// The upstreams that have a name.
    pub(super) fn named(
        written: &BTreeMap<String, written::Upstream>,
        check: &mut Check<'_>,
    ) -> Upstreams {
        let mut upstreams = Upstreams {
            list: Vec::new(),
            ids: BTreeMap::new(),
        };
        for (name, one) in written {
            let at = format!("/upstreams/{}", escape(name));
            check.name(&at, "an upstream", name, "-_.");
            let targets = targets(&at, &one.targets, check);
            health(&at, one, check);
            let roots = roots(&at, one, &targets, check);
            upstreams.add(
                name.clone(),
                Upstream {
                    roots,
                    ..upstream(name, one, targets)
                },
            );
        }
        upstreams
    }

    /// The upstream that a text refers to: by its name, or by its origin, which is then added.
    pub(super) fn find(
        &mut self,
        at: &str,
        text: &str,
        check: &mut Check<'_>,
    ) -> Option<UpstreamId> {
        if !text.contains("://") {
            let found = self.ids.get(text).copied();
            if found.is_none() {
                self.unknown(at, text, check);
            }
            return found;
        }
        let url = url(at, text, check)?;
        if !url.path.is_empty() {
            let help = "write the path of an upstream's requests as `path`";
            check.wrong(at, format!("`{text}` has a path"), help);
        }
        Some(self.at_origin(url.target))
    }

    /// The upstream of just this server.
    pub(super) fn at_origin(&mut self, server: Target) -> UpstreamId {
        let name = target::origin(&server);
        if let Some(id) = self.ids.get(&name) {
            return *id;
        }
        let plain = written::Upstream::plain(Vec::new());
        let made = upstream(&name, &plain, vec![server]);
        self.add(name, made)
    }

    fn add(&mut self, name: String, upstream: Upstream) -> UpstreamId {
        self.list.push(upstream);
        let id = self.list.len() - 1;
        self.ids.insert(name, id);
        id
    }

    fn unknown(&self, at: &str, text: &str, check: &mut Check<'_>) {
        let looks_like_host = text.contains([':', '/']) || text.starts_with("localhost");
        if looks_like_host {
            let help = format!("write a URL: `http://{}`", text.trim_start_matches('/'));
            return check.wrong(at, format!("unknown upstream `{text}`"), help);
        }
        let known: Vec<&str> = self.ids.keys().map(String::as_str).collect();
        let named = known.iter().copied().filter(|name| !name.contains("://"));
        match named.clone().next() {
            Some(_) => check.unknown(at, ("upstream", text), named),
            None => {
                let help = format!("write a URL, or name `{text}` under `upstreams`");
                check.wrong(at, format!("unknown upstream `{text}`"), help);
            }
        }
    }
}

/// Reads a URL and tells what is wrong with it.
pub(super) fn url<'a>(at: &str, text: &'a str, check: &mut Check<'_>) -> Option<target::Url<'a>> {
    match target::parse(text) {
        Ok(url) => Some(url),
        Err(error) => {
            let help = "write a URL such as `http://127.0.0.1:9000`";
            check.wrong(
                at,
                format!("`{text}` is not the URL of a server: {error}"),
                help,
            );
            None
        }
    }
}

fn upstream(name: &str, written: &written::Upstream, targets: Vec<Target>) -> Upstream {
    Upstream {
        name: name.to_owned(),
        targets,
        roots: None,
        http2: written.http2,
        connect_timeout: written.connect_timeout.get(),
        keep_alive: written.keep_alive.get(),
        resolve: written.resolve.get(),
        retries: Retries {
            attempts: written.retries.attempts,
            backoff: written.retries.backoff.get(),
            budget: written.retries.budget,
        },
        health: Health {
            failures: written.health.failures,
            pause: written.health.pause.get(),
            check: written.health.check.as_ref().map(health_check),
        },
    }
}

fn health_check(written: &written::HealthCheck) -> HealthCheck {
    HealthCheck {
        path: written.path.clone(),
        interval: written.interval.get(),
        timeout: written.timeout.get(),
    }
}

fn targets(at: &str, written: &[String], check: &mut Check<'_>) -> Vec<Target> {
    let mut targets = Vec::new();
    for (index, text) in written.iter().enumerate() {
        let at = format!("{at}/targets/{index}");
        let Some(url) = url(&at, text, check) else {
            continue;
        };
        if !matches!(url.path, "" | "/") {
            let help = "a path belongs to a route: `to: { upstream: …, path: … }`";
            check.wrong(&at, format!("target `{text}` has a path"), help);
        } else if targets.contains(&url.target) {
            check.wrong(
                &at,
                format!("target `{text}` is written twice"),
                "keep one of them",
            );
        }
        targets.push(url.target);
    }
    targets
}

fn health(at: &str, written: &written::Upstream, check: &mut Check<'_>) {
    let Some(own) = &written.health.check else {
        return;
    };
    let usable = own.path.parse::<http::uri::PathAndQuery>().is_ok();
    if !own.path.starts_with('/') || !usable {
        let message = format!("`{}` is not a path to ask for", own.path);
        check.wrong(
            &format!("{at}/health/check/path"),
            message,
            "write a path such as `/healthz`",
        );
    }
    if own.timeout.get() > own.interval.get() {
        let help = format!("the interval is {}; take a shorter time-out", own.interval);
        let message = format!("time-out {} is longer than the interval", own.timeout);
        check.wrong(&format!("{at}/health/check/timeout"), message, help);
    }
}

fn roots(
    at: &str,
    written: &written::Upstream,
    targets: &[Target],
    check: &mut Check<'_>,
) -> Option<std::path::PathBuf> {
    let path = written.roots.as_deref()?;
    let at = format!("{at}/roots");
    if !targets.iter().any(|target| target.tls) {
        let help = "write the targets with `https://`, or take `roots` out";
        check.misnamed(&at, "`roots` without a target that speaks TLS", help);
    }
    Some(check.file(&at, path))
}
