//! Upstreams: which target gets a request, over which connection, and what is tried again.

/// All upstreams of one configuration; shared by the workers, replaced by a reload.
#[derive(Debug)]
pub struct Upstreams {}

/// One worker's connections to all targets. Never leaves its thread.
#[derive(Debug, Default)]
pub struct Connections {}

/// A request's claim on a target, given back when its response has ended.
#[derive(Debug)]
pub(crate) struct Lease {}
