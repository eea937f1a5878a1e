//! A worker: one thread that serves requests, with everything that is its own.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use tokio::sync::{Notify, watch};

use crate::{
    addresses::Addresses,
    gateway::{Gateway, Running},
    observe::Recorder,
    observers::Observers,
    upstream::Connections,
};

/// A configuration as one worker sees it. Requests count their references on the outer pointer, which is the thread's
/// own, not on the inner one's counter, which all cores would write to.
pub(crate) type Seen = Rc<Arc<Gateway>>;

/// What the requests of one thread share. Never leaves the thread, so nothing here is locked.
pub(crate) struct Worker {
    /// Its place among the workers.
    pub(crate) id: usize,
    running: Arc<Running>,
    /// The running configuration as this worker last saw it.
    seen: RefCell<Seen>,
    pub(crate) addresses: Arc<Addresses>,
    pub(crate) connections: Rc<Connections>,
    pub(crate) recorder: Recorder,
    pub(crate) observers: Observers,
    /// Says that the gateway is about to stop.
    pub(crate) stopping: watch::Receiver<bool>,
    /// Told each time that a connection ends.
    pub(crate) closed: Arc<Notify>,
}

impl Worker {
    /// Must be called on the worker's own thread, within its runtime.
    pub(crate) fn new(
        id: usize,
        running: Arc<Running>,
        recorder: Recorder,
        stopping: watch::Receiver<bool>,
    ) -> Rc<Worker> {
        let seen = RefCell::new(Rc::new(Arc::clone(&running.gateway())));
        Rc::new(Worker {
            id,
            closed: Arc::default(),
            addresses: Arc::clone(&running.addresses),
            running,
            seen,
            connections: Rc::default(),
            recorder,
            observers: Observers::start(),
            stopping,
        })
    }

    /// The running configuration. A request keeps the one that it began with.
    pub(crate) fn gateway(&self) -> Seen {
        let running = self.running.gateway();
        let mut seen = self.seen.borrow_mut();
        if !Arc::ptr_eq(&seen, &running) {
            *seen = Rc::new(Arc::clone(&running));
        }
        Rc::clone(&seen)
    }

    /// Lets go of an old configuration, and of the plugins in it, when there is a new one: a worker without requests
    /// would hold it until the next.
    pub(crate) async fn follow(self: Rc<Self>) {
        let mut changes = self.running.changes();
        while changes.changed().await.is_ok() {
            self.gateway();
        }
    }
}
