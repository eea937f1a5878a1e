//! How busy a target or a connection is: requests whose responses have not ended.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// A count of requests. Only one worker touches it; it is atomic because bodies, which hold leases, may be sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Load(Arc<AtomicUsize>);

/// A request's claim on a target, given back when its response has ended.
#[derive(Debug)]
pub(crate) struct Lease(Load);

impl Load {
    pub(super) fn lease(&self) -> Lease {
        self.0.fetch_add(1, Ordering::Relaxed);
        Lease(self.clone())
    }

    pub(super) fn requests(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
