//! May another connection come in, and when do we stop? One socket per worker and address.
//!
//! The kernel spreads connections over the workers' sockets by a hash, which is uneven where they are few: a worker
//! that has more than another hands the new one over. That costs two reads of counters a connection, none a request.

use std::{
    io,
    net::{SocketAddr, TcpListener as StdListener, TcpStream as StdStream},
    os::{
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr as UnixAddr, UnixListener},
    },
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc},
};

use crate::{connection, tls::Identity, worker::Worker};

/// Connections that the kernel may hold for us while we are busy.
const BACKLOG: i32 = 4096;
/// After an error that a later try may not meet, such as too many open files.
const PAUSE: Duration = Duration::from_millis(50);

/// An address that is listened on, for as long as this lives.
#[derive(Debug)]
pub(crate) struct Bound {
    /// With the port that the system chose, where the configuration says 0.
    pub(crate) address: SocketAddr,
    pub(crate) sockets: Vec<StdListener>,
    /// Keeps other gateways off: the kernel would let them share the port.
    _claim: UnixListener,
}

/// Why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error("cannot listen on `{0}`: another wasmgate does already")]
    Taken(SocketAddr),
    #[error("cannot listen on `{0}`: {1}")]
    Refused(SocketAddr, io::Error),
}

/// What belongs to one address: how its connections are served.
#[derive(Debug)]
pub(crate) struct Door {
    /// The gateway's certificates; none for plain text.
    pub(crate) identity: Option<Identity>,
    pub(crate) proxy_protocol: bool,
}

/// Open connections by worker, and how to hand one over.
#[derive(Debug)]
pub(crate) struct Load {
    open: Vec<AtomicUsize>,
    limit: AtomicUsize,
    refused: AtomicU64,
    handed: Vec<mpsc::UnboundedSender<Handed>>,
}

/// A connection that another worker serves.
#[derive(Debug)]
pub(crate) struct Handed {
    stream: StdStream,
    peer: SocketAddr,
    door: Arc<Door>,
}

/// Counts a connection of this worker until it is dropped.
pub(crate) struct Open {
    load: Arc<Load>,
    worker: usize,
    closed: Rc<Notify>,
}

/// Opens an address once for each worker.
pub(crate) fn bind(address: SocketAddr, workers: usize) -> Result<Bound, BindError> {
    let refused = |error| BindError::Refused(address, error);
    if address.port() != 0 {
        // Meets everybody who listens there by now, even those who would share the port.
        open(address, false).map_err(refused)?;
    }
    let first = open(address, true).map_err(refused)?;
    let address = first.local_addr().map_err(refused)?;
    let claim = claim(address)?;
    let mut sockets = vec![first];
    for _ in 1..workers {
        sockets.push(open(address, true).map_err(refused)?);
    }
    Ok(Bound {
        address,
        sockets,
        _claim: claim,
    })
}

/// An abstract socket of this network namespace stands for the address: binding it is atomic, and the kernel takes it
/// back with the process, however that ends.
fn claim(address: SocketAddr) -> Result<UnixListener, BindError> {
    let name = format!("wasmgate/{address}");
    let bound = UnixAddr::from_abstract_name(name).and_then(|name| UnixListener::bind_addr(&name));
    bound.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => BindError::Taken(address),
        _ => BindError::Refused(address, error),
    })
}

fn open(address: SocketAddr, shared: bool) -> io::Result<StdListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM.nonblocking(),
        Some(Protocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(shared)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    if shared {
        socket.listen(BACKLOG)?;
    }
    Ok(socket.into())
}

/// Takes connections of one address until the gateway stops.
pub(crate) async fn accept(
    socket: StdListener,
    door: Arc<Door>,
    load: Arc<Load>,
    worker: Rc<Worker>,
) -> io::Result<()> {
    let listener = TcpListener::from_std(socket)?;
    let mut stopping = worker.stopping.clone();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stopping.wait_for(|stopping| *stopping) => return Ok(()),
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => place(stream, peer, &door, &load, &worker),
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Serves connections that other workers handed over.
pub(crate) async fn receive(
    mut handed: mpsc::UnboundedReceiver<Handed>,
    load: Arc<Load>,
    worker: Rc<Worker>,
) {
    while let Some(Handed { stream, peer, door }) = handed.recv().await {
        let open = Open::new(&load, &worker);
        match TcpStream::from_std(stream) {
            Ok(stream) => start(stream, peer, door, open, &worker),
            Err(error) => tracing::warn!(%error, "cannot take over a connection"),
        }
    }
}

/// Serves a connection here, or hands it to a worker that has clearly less to do.
fn place(
    stream: TcpStream,
    peer: SocketAddr,
    door: &Arc<Door>,
    load: &Arc<Load>,
    worker: &Rc<Worker>,
) {
    if load.total() >= load.limit.load(Relaxed) {
        // Dropping the stream closes it: an answer would cost more than the connection may.
        load.refused.fetch_add(1, Relaxed);
        return;
    }
    let door = Arc::clone(door);
    match load.lighter_than(worker.id) {
        None => start(stream, peer, door, Open::new(load, worker), worker),
        Some(other) => {
            if let Ok(stream) = stream.into_std() {
                // Nobody receives any more once the workers have ended, and then nothing is left to serve.
                _ = load.handed[other].send(Handed { stream, peer, door });
            }
        }
    }
}

fn start(stream: TcpStream, peer: SocketAddr, door: Arc<Door>, open: Open, worker: &Rc<Worker>) {
    let worker = Rc::clone(worker);
    tokio::task::spawn_local(async move {
        connection::serve(stream, peer, &door, &worker).await;
        drop(open);
    });
}

impl Load {
    /// For so many workers; gives what each of them receives from.
    pub(crate) fn new(
        workers: usize,
        limit: usize,
    ) -> (Arc<Load>, Vec<mpsc::UnboundedReceiver<Handed>>) {
        let (handed, receivers) = (0..workers).map(|_| mpsc::unbounded_channel()).unzip();
        let load = Load {
            open: (0..workers).map(|_| AtomicUsize::new(0)).collect(),
            limit: AtomicUsize::new(limit),
            refused: AtomicU64::new(0),
            handed,
        };
        (Arc::new(load), receivers)
    }

    /// Connections that are open now, over all workers.
    pub(crate) fn total(&self) -> usize {
        self.open.iter().map(|open| open.load(Relaxed)).sum()
    }

    pub(crate) fn of(&self, worker: usize) -> usize {
        self.open[worker].load(Relaxed)
    }

    /// Connections that were refused because there were too many.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }

    /// Takes over what a reload changed.
    pub(crate) fn set_limit(&self, limit: usize) {
        self.limit.store(limit, Relaxed);
    }

    /// The least loaded worker, where handing a connection over makes the load more even.
    fn lighter_than(&self, worker: usize) -> Option<usize> {
        let counts = self.open.iter().map(|open| open.load(Relaxed));
        let (least, count) = counts.enumerate().min_by_key(|(_, count)| *count)?;
        (count < self.of(worker)).then_some(least)
    }
}

impl Open {
    fn new(load: &Arc<Load>, worker: &Rc<Worker>) -> Open {
        load.open[worker.id].fetch_add(1, Relaxed);
        Open {
            load: Arc::clone(load),
            worker: worker.id,
            closed: Rc::clone(&worker.closed),
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.load.open[self.worker].fetch_sub(1, Relaxed);
        self.closed.notify_one();
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn workers_share_the_port_that_was_chosen() {
        let bound = bind("127.0.0.1:0".parse().unwrap(), 3).unwrap();
        assert_eq!(bound.sockets.len(), 3);
        for socket in &bound.sockets {
            assert_eq!(socket.local_addr().unwrap(), bound.address);
        }
    }

    #[test]
    fn second_gateway_is_refused() {
        let first = bind("127.0.0.1:0".parse().unwrap(), 1).unwrap();
        assert!(bind(first.address, 1).is_err());
        let everywhere = SocketAddr::new("0.0.0.0".parse().unwrap(), first.address.port());
        assert!(bind(everywhere, 1).is_err());
    }

    #[test]
    fn address_is_free_again_afterwards() {
        let address = bind("127.0.0.1:0".parse().unwrap(), 2).unwrap().address;
        assert!(bind(address, 2).is_ok());
    }

    #[test]
    fn only_a_clear_difference_moves_a_connection() {
        let (load, _receivers) = Load::new(2, 10);
        assert_eq!(load.lighter_than(0), None);
        load.open[0].store(1, Relaxed);
        assert_eq!(load.lighter_than(0), Some(1));
        assert_eq!(load.lighter_than(1), None);
    }
}
