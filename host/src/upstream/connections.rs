//! One worker's connections: idle ones by target, the last used first; HTTP/2 ones shared by many requests.
//!
//! A connection goes back as soon as the response's head is there. It is used again once it says that it is ready,
//! which is when the body has been read too; that costs neither a task nor a timer a request.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::{Rc, Weak},
    time::Duration,
};

use hyper::client::conn::{http1, http2};
use tokio::sync::Notify;

use super::{
    Upstreams,
    load::{Lease, Load},
    retry::Budget,
    target::{Key, Upstream},
};
use crate::{body::Body, config::UpstreamId};

/// One worker's connections to all targets. Never leaves its thread.
#[derive(Debug, Default)]
pub struct Connections(Rc<Worker>);

#[derive(Debug, Default)]
struct Worker {
    /// The table of each configuration that is still in use, the newest last.
    tables: RefCell<Vec<Table>>,
    /// Seconds since the first connection: a clock that is read without asking the system.
    seconds: Rc<Cell<u32>>,
    ticking: Cell<bool>,
}

/// The pools of one configuration.
#[derive(Debug)]
struct Table {
    generation: u64,
    upstreams: Vec<Rc<Pools>>,
}

/// One worker's side of an upstream.
#[derive(Debug)]
pub(super) struct Pools {
    pub(super) pools: Vec<Pool>,
    pub(super) budget: Budget,
}

/// One worker's connections to a target. A clone is the same pool.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    connections: Rc<Target>,
    /// Requests of this worker that the target is busy with.
    pub(super) load: Load,
}

#[derive(Debug)]
struct Target {
    key: Key,
    keep_alive: Cell<Duration>,
    seconds: Rc<Cell<u32>>,
    idle: RefCell<Vec<Idle>>,
    /// Given back while the rest of a response was on its way.
    busy: RefCell<Vec<Idle>>,
    shared: RefCell<Vec<Shared>>,
    /// Whether the last connection turned out to be HTTP/2: then one is opened for all that wait.
    multiplexes: Cell<bool>,
    opening: Cell<bool>,
    opened: Notify,
}

/// Requests on one HTTP/2 connection before another is opened; what servers commonly allow.
pub(super) const MOST_STREAMS: usize = 100;

/// Idle connections to a target that are kept for as long as configured.
const MOST_IDLE: usize = 256;

/// Seconds for which more are kept: with many busy clients requests come in waves, and the next one needs as many.
const WAVE: u32 = 2;

/// An idle HTTP/1.1 connection, and since when.
#[derive(Debug)]
struct Idle {
    sender: http1::SendRequest<Body>,
    address: SocketAddr,
    since: u32,
}

/// An HTTP/2 connection, its requests, and when the last one began.
#[derive(Clone, Debug)]
struct Shared {
    sender: http2::SendRequest<Body>,
    address: SocketAddr,
    load: Load,
    since: u32,
}

/// A connection that was just opened.
pub(super) struct Opened {
    pub(super) address: SocketAddr,
    pub(super) speaks: Speaks,
}

/// What was agreed on.
pub(super) enum Speaks {
    Http1(http1::SendRequest<Body>),
    Http2(http2::SendRequest<Body>),
}

/// A connection to send one request on.
pub(super) struct Connection {
    pub(super) address: SocketAddr,
    pub(super) sender: Sender,
    /// Whether it was used before.
    pub(super) reused: bool,
}

pub(super) enum Sender {
    Http1(http1::SendRequest<Body>),
    Http2(http2::SendRequest<Body>, Lease),
}

impl Connections {
    /// This worker's side of an upstream.
    pub(super) fn pools(&self, upstreams: &Upstreams, id: UpstreamId) -> Rc<Pools> {
        let tables = self.0.tables.borrow();
        let known = |table: &&Table| table.generation == upstreams.generation;
        if let Some(table) = tables.iter().rev().find(known) {
            return table.upstreams[id].clone();
        }
        drop(tables);
        let table = self.0.table(upstreams);
        let pools = table.upstreams[id].clone();
        self.0.add(table);
        self.tick();
        pools
    }

    /// Lets a second pass at once.
    #[cfg(test)]
    pub(super) fn second(&self) {
        self.0.sweep();
    }

    /// Starts the clock that closes idle connections. It ends with the worker.
    fn tick(&self) {
        if self.0.ticking.replace(true) {
            return;
        }
        let worker = Rc::downgrade(&self.0);
        tokio::task::spawn_local(async move {
            loop {
                // It also keeps the runtime's next timer near, so that a request's far time-out never has to wake
                // the driver, which would be a system call.
                tokio::time::sleep(Duration::from_secs(1)).await;
                let Some(worker) = Weak::upgrade(&worker) else {
                    return;
                };
                worker.sweep();
            }
        });
    }
}

impl Worker {
    fn table(&self, upstreams: &Upstreams) -> Table {
        let pools = |upstream: &Upstream| {
            let targets = upstream.targets.iter();
            Rc::new(Pools {
                pools: targets
                    .map(|target| self.pool(&target.key, upstream.keep_alive))
                    .collect(),
                budget: Budget::new(upstream.retries.budget),
            })
        };
        Table {
            generation: upstreams.generation,
            upstreams: upstreams.list.iter().map(pools).collect(),
        }
    }

    /// The pool of a target; a reload keeps the connections of what it did not change.
    fn pool(&self, key: &Key, keep_alive: Duration) -> Pool {
        let tables = self.tables.borrow();
        let upstreams = tables.iter().flat_map(|table| &table.upstreams);
        let mut pools = upstreams.flat_map(|upstream| &upstream.pools);
        if let Some(pool) = pools.find(|pool| pool.connections.key == *key) {
            pool.connections.keep_alive.set(keep_alive);
            return pool.clone();
        }
        Pool {
            connections: Rc::new(Target {
                key: key.clone(),
                keep_alive: Cell::new(keep_alive),
                seconds: self.seconds.clone(),
                idle: RefCell::default(),
                busy: RefCell::default(),
                shared: RefCell::default(),
                multiplexes: Cell::new(false),
                opening: Cell::new(false),
                opened: Notify::new(),
            }),
            load: Load::default(),
        }
    }

    /// Keeps the newest table and the one before, whose requests may still be under way.
    fn add(&self, table: Table) {
        let mut tables = self.tables.borrow_mut();
        tables.push(table);
        tables.sort_by_key(|table| table.generation);
        if tables.len() > 2 {
            tables.remove(0);
        }
    }

    fn sweep(&self) {
        self.seconds.set(self.seconds.get().wrapping_add(1));
        for table in &*self.tables.borrow() {
            for pool in table.upstreams.iter().flat_map(|pools| &pools.pools) {
                pool.connections.sweep();
            }
        }
    }
}

impl Pool {
    /// An open connection that was used before. Leaves the newest idle one to be used first, so that the others can
    /// expire.
    ///
    /// With `careful`, a connection that has rested is first given the chance to notice that the other side closed
    /// it: for requests that could not be sent twice. One to an address that is not kept gets no more requests.
    pub(super) async fn reuse(
        &self,
        careful: bool,
        keeps: impl Fn(SocketAddr) -> bool,
    ) -> Option<Connection> {
        if let Some(shared) = self.connections.share(&keeps) {
            return Some(shared);
        }
        while let Some(idle) = self.connections.take() {
            if !keeps(idle.address) {
                continue;
            }
            if careful && idle.since != self.connections.seconds.get() {
                // The runtime asks the system what became of its sockets before this task goes on.
                tokio::task::yield_now().await;
                if !idle.sender.is_ready() {
                    continue;
                }
            }
            return Some(Connection {
                address: idle.address,
                sender: Sender::Http1(idle.sender),
                reused: true,
            });
        }
        None
    }

    /// Opens a connection with `open`; where the target speaks HTTP/2, one for all that wait.
    pub(super) async fn open<E>(
        &self,
        open: impl AsyncFnOnce() -> Result<Opened, E>,
    ) -> Result<Connection, E> {
        let target = &*self.connections;
        while target.multiplexes.get() && target.opening.get() {
            target.opened.notified().await;
            if let Some(shared) = target.share(|_| true) {
                return Ok(shared);
            }
        }
        let opening = Opening::begin(target);
        let opened = open().await?;
        let connection = target.enter(opened);
        drop(opening);
        Ok(connection)
    }

    /// Whether the target spoke HTTP/2 when it was connected to last.
    pub(super) fn multiplexes(&self) -> bool {
        self.connections.multiplexes.get()
    }

    /// Gives an HTTP/1.1 connection back once the response's head is there.
    pub(super) fn put(&self, sender: http1::SendRequest<Body>, address: SocketAddr) {
        self.connections.put(Idle {
            since: self.connections.seconds.get(),
            sender,
            address,
        });
    }

    /// Closes what is idle, because one of them turned out to be dead: the target was probably restarted.
    pub(super) fn clear(&self) {
        self.connections.idle.borrow_mut().clear();
    }
}

/// Marks that a connection is being opened, until dropped.
struct Opening<'a>(&'a Target);

impl Opening<'_> {
    fn begin(target: &Target) -> Opening<'_> {
        target.opening.set(true);
        Opening(target)
    }
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        self.0.opening.set(false);
        self.0.opened.notify_waiters();
    }
}

impl Target {
    fn take(&self) -> Option<Idle> {
        let mut idle = self.idle.borrow_mut();
        loop {
            match idle.pop() {
                Some(last) if last.sender.is_ready() => return Some(last),
                Some(_) => {}
                None => break,
            }
        }
        drop(idle);
        self.settle();
        self.idle.borrow_mut().pop()
    }

    fn put(&self, idle: Idle) {
        if !idle.sender.is_ready() {
            if !idle.sender.is_closed() {
                self.busy.borrow_mut().push(idle);
            }
            return;
        }
        self.idle.borrow_mut().push(idle);
    }

    /// Moves busy connections whose responses have ended to the idle ones.
    fn settle(&self) {
        let mut busy = self.busy.borrow_mut();
        let ended = busy.extract_if(.., |idle| idle.sender.is_ready() || idle.sender.is_closed());
        let mut idle = self.idle.borrow_mut();
        for mut ended in ended.filter(|ended| ended.sender.is_ready()) {
            ended.since = self.seconds.get();
            idle.push(ended);
        }
    }

    fn share(&self, keeps: impl Fn(SocketAddr) -> bool) -> Option<Connection> {
        let mut shared = self.shared.borrow_mut();
        shared.retain(|connection| keeps(connection.address));
        let free = shared.iter_mut().find(|connection| {
            !connection.sender.is_closed() && connection.load.requests() < MOST_STREAMS
        })?;
        free.since = self.seconds.get();
        Some(Connection {
            address: free.address,
            sender: Sender::Http2(free.sender.clone(), free.load.lease()),
            reused: true,
        })
    }

    fn enter(&self, opened: Opened) -> Connection {
        let address = opened.address;
        let sender = match opened.speaks {
            Speaks::Http1(sender) => {
                self.multiplexes.set(false);
                Sender::Http1(sender)
            }
            Speaks::Http2(sender) => {
                self.multiplexes.set(true);
                let load = Load::default();
                let lease = load.lease();
                self.shared.borrow_mut().push(Shared {
                    sender: sender.clone(),
                    address,
                    load,
                    since: self.seconds.get(),
                });
                Sender::Http2(sender, lease)
            }
        };
        Connection {
            address,
            sender,
            reused: false,
        }
    }

    /// Closes what has been idle for too long, and forgets what is closed.
    fn sweep(&self) {
        self.settle();
        let now = self.seconds.get();
        let most = self.keep_alive.get().as_secs();
        let fresh = |since: u32| u64::from(now.wrapping_sub(since)) < most;
        let mut list = self.idle.borrow_mut();
        // Those that were used last stand at the end.
        let mut spare = list.len().saturating_sub(MOST_IDLE);
        list.retain(|idle| {
            let over = spare > 0 && now.wrapping_sub(idle.since) >= WAVE;
            spare -= usize::from(over);
            !over && fresh(idle.since) && !idle.sender.is_closed()
        });
        self.shared.borrow_mut().retain(|shared| {
            let used = shared.load.requests() > 0 || fresh(shared.since);
            used && !shared.sender.is_closed()
        });
    }
}
