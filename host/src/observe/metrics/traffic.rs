//! The page's part on connections from clients and on upstream targets.

use super::Page;
use crate::{addresses::Addresses, listener::Load, observers, upstream::Upstreams};

pub(super) fn write_connections(load: &Load, page: &mut Page) {
    page.single(
        "wasmgate_connections",
        "gauge",
        "Connections of clients that are open.",
        load.total(),
    );
    page.single(
        "wasmgate_connections_refused_total",
        "counter",
        "Connections that were closed at once because there were too many.",
        load.refused(),
    );
    page.single(
        "wasmgate_observations_dropped_total",
        "counter",
        "Exchanges that no observer was told of because the queue was full.",
        observers::dropped(),
    );
}

pub(super) fn write_addresses(addresses: &Addresses, page: &mut Page) {
    page.single(
        "wasmgate_address_connections_refused_total",
        "counter",
        "Connections that were closed at once because their address had enough.",
        addresses.refused_connections(),
    );
    page.single(
        "wasmgate_address_requests_refused_total",
        "counter",
        "Requests that were answered 429 because their address sent too many.",
        addresses.refused_requests(),
    );
}

pub(super) fn write_upstreams(upstreams: &Upstreams, page: &mut Page) {
    let targets: Vec<_> = upstreams.status().collect();
    let name = "wasmgate_upstream_healthy";
    page.family(
        name,
        "gauge",
        "0 for a target that is left out for a while.",
    );
    for target in &targets {
        let labels = [("upstream", target.upstream), ("target", target.target)];
        page.sample(name, &labels, u8::from(target.well));
    }
    let name = "wasmgate_upstream_failures_total";
    page.family(name, "counter", "Requests that a target failed.");
    for target in &targets {
        let labels = [("upstream", target.upstream), ("target", target.target)];
        page.sample(name, &labels, target.failures);
    }
}
