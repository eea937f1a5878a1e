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

use arc_swap::ArcSwap;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc, watch},
    task::JoinSet,
};

use crate::{connection, tls::Identity, worker::Worker};

/// Connections that the kernel may hold for us while we are busy.
const BACKLOG: i32 = 4096;
/// Another gateway holds a port for microseconds, not for as long as this in all.
const CLAIM_TRIES: u32 = 100;
const CLAIM_PAUSE: Duration = Duration::from_millis(2);
/// After an error that a later try may not meet, such as too many open files.
const PAUSE: Duration = Duration::from_millis(50);

/// An address that is listened on, for as long as this lives.
#[derive(Debug)]
pub(crate) struct Bound {
    /// With the port that the system chose, where the configuration says 0.
    pub(crate) address: SocketAddr,
    pub(crate) sockets: Vec<StdListener>,
}

/// Why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error("cannot listen on `{0}`: another process does already")]
    Taken(SocketAddr),
    #[error("cannot listen on `{0}`: {1}")]
    Refused(SocketAddr, io::Error),
}

impl BindError {
    /// Why an address cannot be listened on.
    pub(crate) fn of(address: SocketAddr, error: io::Error) -> BindError {
        match error.kind() {
            io::ErrorKind::AddrInUse => BindError::Taken(address),
            _ => BindError::Refused(address, error),
        }
    }
}

/// What belongs to one address.
#[derive(Debug)]
pub(crate) struct Door {
    /// How connections that come from now on are served.
    pub(crate) style: ArcSwap<Style>,
    /// Said when the address is not listened on any more.
    closed: watch::Sender<bool>,
}

/// How connections are served.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    /// The gateway's certificates; none for plain text.
    pub(crate) identity: Option<Identity>,
    pub(crate) proxy_protocol: bool,
}

/// Open connections by worker, and how to give a worker more.
#[derive(Debug)]
pub(crate) struct Load {
    open: Vec<AtomicUsize>,
    limit: AtomicUsize,
    refused: AtomicU64,
    handed: Vec<mpsc::UnboundedSender<Handed>>,
}

/// What a worker is given.
#[derive(Debug)]
pub(crate) enum Handed {
    /// An address to take connections of.
    Door(StdListener, Arc<Door>),
    /// A connection that another worker took. It is counted already.
    Connection(StdStream, SocketAddr, Arc<Door>),
}

/// Counts a connection of this worker until it is dropped, which another thread may do in the end.
pub(crate) struct Open {
    load: Arc<Load>,
    worker: usize,
    closed: Arc<Notify>,
}

/// Opens an address once for each worker.
pub(crate) fn bind(address: SocketAddr, workers: usize) -> Result<Bound, BindError> {
    let refused = |error: io::Error| BindError::of(address, error);
    let claim = match address.port() {
        // The kernel chooses a port that nobody has.
        0 => None,
        port => {
            let claim = claim(port).map_err(refused)?;
            // Meets everybody who listens there by now, on a wider or narrower address too, even those who would
            // share the port.
            open(address, false).map_err(refused)?;
            claim
        }
    };
    let first = open(address, true).map_err(refused)?;
    let address = first.local_addr().map_err(refused)?;
    let mut sockets = vec![first];
    for _ in 1..workers {
        sockets.push(open(address, true).map_err(refused)?);
    }
    drop(claim);
    Ok(Bound { address, sockets })
}

/// Holds a port while we look whether it is free and take it, so that two gateways that start together do not both
/// find it free. An abstract socket: binding it is atomic, and the kernel takes it back however the process ends.
///
/// Every user of the machine may bind that name, so whoever keeps it does not keep the port: then there is no claim.
fn claim(port: u16) -> io::Result<Option<UnixListener>> {
    let name = UnixAddr::from_abstract_name(format!("wasmgate/{port}"))?;
    let mut tries = 0;
    loop {
        match UnixListener::bind_addr(&name) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries < CLAIM_TRIES => {
                tries += 1;
                #[expect(
                    clippy::disallowed_methods,
                    reason = "addresses are opened by the thread that starts and reloads, which serves no request"
                )]
                std::thread::sleep(CLAIM_PAUSE);
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                tracing::warn!(
                    port,
                    "another process keeps the abstract socket `wasmgate/{port}`: a gateway that starts together \
                     with this one would not be noticed"
                );
                return Ok(None);
            }
            claimed => return claimed.map(Some),
        }
    }
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

/// Takes connections of one address until it is closed or the gateway stops.
async fn accept(socket: StdListener, door: Arc<Door>, load: Arc<Load>, worker: Rc<Worker>) {
    let taken = accept_all(socket, &door, &load, &worker).await;
    if let Err(error) = taken {
        tracing::error!(%error, "cannot accept connections");
    }
}

async fn accept_all(
    socket: StdListener,
    door: &Arc<Door>,
    load: &Arc<Load>,
    worker: &Rc<Worker>,
) -> io::Result<()> {
    let listener = TcpListener::from_std(socket)?;
    let mut stopping = worker.stopping.clone();
    let mut closed = door.closed.subscribe();
    loop {
        let accepted = tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => break,
            _ = closed.wait_for(|closed| *closed) => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => place(stream, peer, door, load, worker),
            // These are about that one connection, which ended before we came.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    // The kernel has completed these already: closing the socket over them would reset them.
    let listener = listener.into_std()?;
    while let Ok((stream, peer)) = listener.accept() {
        stream.set_nonblocking(true)?;
        let stream = TcpStream::from_std(stream)?;
        start(
            stream,
            peer,
            Arc::clone(door),
            Open::new(load, worker),
            worker,
        );
    }
    Ok(())
}

/// Serves what a worker is given, until the gateway stops. Connections that are open then go on.
pub(crate) async fn receive(
    mut handed: mpsc::UnboundedReceiver<Handed>,
    load: Arc<Load>,
    worker: Rc<Worker>,
) {
    let mut accepting = JoinSet::new();
    let mut stopping = worker.stopping.clone();
    loop {
        let given = tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => break,
            given = handed.recv() => given,
        };
        match given {
            Some(Handed::Door(socket, door)) => {
                accepting.spawn_local(accept(socket, door, Arc::clone(&load), Rc::clone(&worker)));
            }
            Some(Handed::Connection(stream, peer, door)) => {
                take(stream, peer, door, &load, &worker);
            }
            None => break,
        }
    }
    accepting.join_all().await;
    // Whoever hands over from now on keeps the connection instead.
    handed.close();
    while let Ok(given) = handed.try_recv() {
        if let Handed::Connection(stream, peer, door) = given {
            take(stream, peer, door, &load, &worker);
        }
    }
}

/// Takes over a connection that is counted here already.
fn take(
    stream: StdStream,
    peer: SocketAddr,
    door: Arc<Door>,
    load: &Arc<Load>,
    worker: &Rc<Worker>,
) {
    let open = Open::counted(load, worker);
    match TcpStream::from_std(stream) {
        Ok(stream) => start(stream, peer, door, open, worker),
        Err(error) => tracing::warn!(%error, "cannot take over a connection"),
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
            if let Ok(stream) = stream.into_std()
                && let Err(stream) = load.hand(other, stream, peer, Arc::clone(&door))
                && let Ok(stream) = TcpStream::from_std(stream)
            {
                start(stream, peer, door, Open::new(load, worker), worker);
            }
        }
    }
}

fn start(stream: TcpStream, peer: SocketAddr, door: Arc<Door>, open: Open, worker: &Rc<Worker>) {
    let worker = Rc::clone(worker);
    let served = async move {
        let style = door.style.load_full();
        drop(door);
        connection::serve(stream, peer, open, &style, &worker).await;
    };
    // Ten kilobytes, which the runtime would move several times.
    tokio::task::spawn_local(Box::pin(served));
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

    /// Lets every worker take connections of an address.
    pub(crate) fn open(&self, bound: &Bound, door: &Arc<Door>) -> io::Result<()> {
        for (socket, worker) in bound.sockets.iter().zip(&self.handed) {
            // Nobody receives any more once the workers have ended, and then nothing is left to open.
            _ = worker.send(Handed::Door(socket.try_clone()?, Arc::clone(door)));
        }
        Ok(())
    }

    /// Counts the connection at once: until the other worker comes to it, more may have been accepted here. Gives it
    /// back where that worker takes no more.
    fn hand(
        &self,
        worker: usize,
        stream: StdStream,
        peer: SocketAddr,
        door: Arc<Door>,
    ) -> Result<(), StdStream> {
        self.open[worker].fetch_add(1, Relaxed);
        let sent = self.handed[worker].send(Handed::Connection(stream, peer, door));
        sent.map_err(|unsent| {
            self.open[worker].fetch_sub(1, Relaxed);
            unsent.0
        })
        .or_else(|handed| match handed {
            Handed::Connection(stream, ..) => Err(stream),
            Handed::Door(..) => Ok(()),
        })
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

impl Door {
    pub(crate) fn new(style: Style) -> Arc<Door> {
        Arc::new(Door {
            style: ArcSwap::from_pointee(style),
            closed: watch::Sender::new(false),
        })
    }

    /// Takes no more connections; those that are open go on.
    pub(crate) fn close(&self) {
        self.closed.send_replace(true);
    }
}

impl Open {
    fn new(load: &Arc<Load>, worker: &Rc<Worker>) -> Open {
        load.open[worker.id].fetch_add(1, Relaxed);
        Open::counted(load, worker)
    }

    fn counted(load: &Arc<Load>, worker: &Rc<Worker>) -> Open {
        Open {
            load: Arc::clone(load),
            worker: worker.id,
            closed: Arc::clone(&worker.closed),
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
        assert!(matches!(bind(everywhere, 1), Err(BindError::Taken(_))));
    }

    #[test]
    fn of_gateways_that_start_together_one_gets_the_port() {
        let free = bind("127.0.0.1:0".parse().unwrap(), 1).unwrap().address;
        let everywhere = SocketAddr::new("0.0.0.0".parse().unwrap(), free.port());
        let starting = [free, everywhere, free, everywhere]
            .map(|address| std::thread::spawn(move || bind(address, 2)));
        let bound = starting.map(|bound| bound.join().unwrap().ok());
        assert_eq!(bound.iter().flatten().count(), 1);
    }

    #[test]
    fn name_that_another_process_keeps_does_not_keep_the_port() {
        let address = bind("127.0.0.1:0".parse().unwrap(), 1).unwrap().address;
        let name = UnixAddr::from_abstract_name(format!("wasmgate/{}", address.port()));
        let _kept = UnixListener::bind_addr(&name.unwrap()).unwrap();
        let _first = bind(address, 2).unwrap();
        assert!(matches!(bind(address, 2), Err(BindError::Taken(_))));
    }

    #[test]
    fn handed_connections_count_at_once() {
        let (load, _receivers) = Load::new(2, 10);
        load.open[0].store(3, Relaxed);
        let socket = bind("127.0.0.1:0".parse().unwrap(), 1).unwrap();
        let stream = StdStream::connect(socket.address).unwrap();
        let style = Style {
            identity: None,
            proxy_protocol: false,
        };
        load.hand(1, stream, socket.address, Door::new(style))
            .unwrap();
        assert_eq!((load.of(1), load.total()), (1, 4));
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
