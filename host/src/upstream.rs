//! Upstreams: which target gets a request, over which connection, and what is tried again.
//!
//! What the workers share of an upstream is read, never locked: addresses and health. What changes with each request
//! (connections, counts, the budget of retries) belongs to one worker and lives in its `Connections`.

use std::{
    cell::Cell,
    net::SocketAddr,
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http::{Request, Response};

use crate::{
    body::Body,
    config::{self, UpstreamId},
};

mod attempt;
mod balance;
mod check;
mod connect;
mod connections;
mod deadline;
mod failure;
mod health;
mod load;
mod resolve;
mod retry;
mod target;
mod trust;

pub use connections::Connections;
pub(crate) use deadline::Upload;
pub use failure::{UpstreamFailure, UpstreamFault};
pub(crate) use load::Lease;
use target::{Clients, Upstream};
#[expect(unused_imports, reason = "for what else speaks TLS as a client")]
pub(crate) use trust::Trust;

/// All upstreams of one configuration; shared by the workers, replaced by a reload.
#[derive(Debug, Default)]
pub struct Upstreams {
    list: Vec<Upstream>,
    /// Which configuration this is: workers keep a table of connections for each.
    generation: u64,
}

/// How a target is.
#[derive(Debug)]
pub(crate) struct TargetStatus<'a> {
    pub(crate) upstream: &'a str,
    pub(crate) target: &'a str,
    /// Whether it gets requests.
    pub(crate) well: bool,
    /// Requests that it failed since the configuration was loaded.
    pub(crate) failures: u64,
}

/// What a route says of its requests, and what it wants to know.
#[derive(Clone, Copy, Debug)]
pub struct SendOptions<'a> {
    /// Until the response's head must be there, counted from when the request's body has been sent.
    pub timeout: Duration,
    /// Between two pieces of the response's body.
    pub idle: Duration,
    /// Takes the address that is asked: the last one, where several are.
    pub asked: &'a Cell<Option<SocketAddr>>,
}

impl Upstreams {
    pub fn new(settings: &[config::Upstream]) -> Result<Upstreams, config::Problem> {
        static GENERATIONS: AtomicU64 = AtomicU64::new(1);
        let mut clients = Clients::default();
        let upstreams = settings.iter();
        let upstreams = upstreams.map(|settings| Upstream::new(settings, &mut clients));
        Ok(Upstreams {
            list: upstreams.collect::<Result<_, _>>()?,
            generation: GENERATIONS.fetch_add(1, Ordering::Relaxed),
        })
    }

    /// The name of an upstream, for logs.
    pub fn name(&self, id: UpstreamId) -> &Arc<str> {
        &self.list[id].name
    }

    /// How every target is, for the metrics.
    pub(crate) fn status(&self) -> impl Iterator<Item = TargetStatus<'_>> {
        self.list.iter().flat_map(|upstream| {
            upstream.targets.iter().map(|target| TargetStatus {
                upstream: &upstream.name,
                target: &target.origin,
                well: target.condition.is_well(),
                failures: target.condition.total(),
            })
        })
    }

    /// Sends a request in origin form and waits for the response's head; its body streams.
    ///
    /// The target's own authority becomes the `Host`. The request may go to several targets in turn, where that is
    /// safe; the failure is that of the last.
    pub async fn send(
        &self,
        id: UpstreamId,
        request: Request<Body>,
        options: &SendOptions<'_>,
        connections: &Connections,
    ) -> Result<Response<Body>, UpstreamFailure> {
        let upstream = &self.list[id];
        let pools = connections.pools(self, id);
        retry::send(upstream, &pools, request, options).await
    }

    /// Resolves names again and again, and asks targets whether they are well. Runs on the control thread until the
    /// configuration is replaced.
    pub async fn maintain(upstreams: Weak<Upstreams>) {
        let Some(all) = upstreams.upgrade() else {
            return;
        };
        for upstream in &all.list {
            for target in &upstream.targets {
                tokio::spawn(resolve::keep(
                    upstreams.clone(),
                    target.clone(),
                    upstream.resolve,
                ));
                if let Some(check) = upstream.health.check.clone() {
                    tokio::spawn(check::keep(upstreams.clone(), target.clone(), check));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
