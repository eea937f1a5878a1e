//! What the gateway tells of itself: the access log, the other logs, the numbers behind `/metrics`.
//!
//! Told by the pipeline and asked by nobody on the request's way. A worker has a `Recorder`; it never waits: lines
//! are written by a thread of their own, and where that one cannot keep up lines are dropped and counted.

mod access;
mod event;
mod metrics;
mod reloads;
mod series;
mod writer;

use std::{
    cell::RefCell,
    io::{IsTerminal, Write},
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use crate::config;

pub(crate) use self::metrics::Sources;
pub(crate) use self::reloads::Reloads;
use self::{
    access::{AccessLine, Clock},
    series::Registry,
    writer::Lane,
};
pub use self::{
    event::{AlreadyStarted, Form, Verbosity, start_events},
    metrics::Page,
    series::Series,
    writer::{Lines, Writer},
};

/// Everything that is observed, shared by all threads. Made once; lives through every reload.
#[derive(Debug)]
pub struct Observe {
    lines: Arc<Lines>,
    form: Form,
    access: AtomicBool,
    registry: Registry,
    recorders: AtomicUsize,
    reloads: Reloads,
    started: SystemTime,
}

/// One exchange that has ended, as the access log shows it. What is not known is none.
pub struct Exchange<'a> {
    /// The numbers of the route; none where no route was found.
    pub series: Option<&'a Series>,
    pub request_id: &'a str,
    /// When the request's head was read.
    pub time: SystemTime,
    pub client: IpAddr,
    pub method: &'a str,
    /// Raw, without the query, which may hold secrets.
    pub path: &'a str,
    pub status: http::StatusCode,
    /// Body bytes that came and went.
    pub bytes_in: u64,
    pub bytes_out: u64,
    /// From the request's head to the response's end.
    pub latency: Duration,
    /// Until the upstream's head was there.
    pub upstream_latency: Option<Duration>,
    /// The upstream that answered or failed.
    pub upstream: Option<&'a str>,
    /// Its server that was asked last, `10.0.0.1:9000`.
    pub upstream_address: Option<SocketAddr>,
    /// Whose fault it was: `client`, `plugin` or `upstream`.
    pub blame: Option<&'a str>,
    /// What went wrong, in full.
    pub failure: Option<&'a dyn std::fmt::Display>,
    /// Whose fault it was, where it was a plugin's; or who refused.
    pub plugin: Option<&'a str>,
    pub user_agent: Option<&'a str>,
    /// What authorizers and filters said of the caller, names and values.
    pub authorizer: &'a [(String, String)],
}

/// One worker's way to tell of exchanges. Stays on its thread.
#[derive(Debug)]
pub struct Recorder {
    observe: Arc<Observe>,
    /// Which shard of every series this worker adds to.
    shard: usize,
    lane: Arc<Lane>,
    pen: RefCell<Pen>,
    unmatched: Arc<Series>,
}

/// What a recorder formats with: kept, so that a line allocates nothing.
#[derive(Debug, Default)]
struct Pen {
    clock: Clock,
    line: Vec<u8>,
}

/// What a process that serves has one of each.
#[derive(Debug)]
pub struct Started {
    pub observe: Arc<Observe>,
    pub verbosity: Verbosity,
    /// Writes what is left when it is dropped: keep it until the end.
    pub writer: Writer,
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot start the log's thread: {0}")]
    Thread(#[from] std::io::Error),
    #[error(transparent)]
    Twice(#[from] AlreadyStarted),
}

/// Starts the logs of a process, on stderr; standard output is left to those who asked a question.
pub fn start(log: &config::Log, workers: usize, color: bool) -> Result<Started, StartError> {
    let terminal = std::io::stderr().is_terminal();
    let form = Form::choose(log.format, terminal, terminal && color);
    let writer = Writer::start(std::io::stderr())?;
    let verbosity = start_events(log, form, writer.lines())?;
    Ok(Started {
        observe: Observe::new(log, form, workers, writer.lines()),
        verbosity,
        writer,
    })
}

impl Observe {
    /// For so many workers; lines go to `lines`.
    pub fn new(log: &config::Log, form: Form, workers: usize, lines: Arc<Lines>) -> Arc<Observe> {
        Arc::new(Observe {
            lines,
            form,
            access: AtomicBool::new(log.access),
            registry: Registry::new(workers),
            recorders: AtomicUsize::new(0),
            reloads: Reloads::default(),
            started: SystemTime::now(),
        })
    }

    /// A recorder for one more worker.
    pub fn recorder(self: &Arc<Self>) -> Recorder {
        Recorder {
            observe: Arc::clone(self),
            shard: self.recorders.fetch_add(1, Ordering::Relaxed),
            lane: self.lines.lane(),
            pen: RefCell::default(),
            unmatched: self.series("", "", ""),
        }
    }

    /// The numbers of a route, the same through reloads. Asked for when a configuration loads, kept by the route.
    pub fn series(&self, api: &str, stage: &str, route: &str) -> Arc<Series> {
        self.registry.series(api, stage, route)
    }

    /// What came of reloads.
    pub(crate) fn reloads(&self) -> &Reloads {
        &self.reloads
    }

    /// Takes over what a reload changed. (The form of the log stays.)
    pub fn reload(&self, log: &config::Log) {
        self.access.store(log.access, Ordering::Relaxed);
    }
}

impl Recorder {
    /// Counts an exchange and writes its line.
    pub fn record(&self, exchange: &Exchange<'_>) {
        let series = exchange.series.unwrap_or(&self.unmatched);
        series.shard(self.shard).add(exchange);
        // Whoever wants no access log still has to learn what plugins and upstreams fail at.
        let failed = matches!(exchange.blame, Some("plugin" | "upstream"));
        if failed || self.observe.access.load(Ordering::Relaxed) {
            self.write(exchange, series);
        }
    }

    fn write(&self, exchange: &Exchange<'_>, series: &Series) {
        let Ok(mut pen) = self.pen.try_borrow_mut() else {
            return;
        };
        let Pen { clock, line } = &mut *pen;
        let access = AccessLine { exchange, series };
        match self.observe.form {
            Form::Json => access.json(clock, line),
            Form::Human { color } => access.human(color, clock, line),
        }
        self.observe.lines.offer(&self.lane, line);
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let line = std::mem::take(&mut self.pen.get_mut().line);
        self.observe.lines.push(&self.lane, &line);
    }
}

/// Appends a number in decimal.
fn decimal(number: impl itoa::Integer, line: &mut Vec<u8>) {
    line.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Appends an address and its port.
fn socket(socket: SocketAddr, line: &mut Vec<u8>) {
    match socket {
        SocketAddr::V4(socket) => {
            address(IpAddr::V4(*socket.ip()), line);
            line.push(b':');
            decimal(socket.port(), line);
        }
        // Writing to a vector cannot fail.
        SocketAddr::V6(socket) => _ = write!(line, "{socket}"),
    }
}

/// Appends an address; the common kind without the formatting machinery.
fn address(address: IpAddr, line: &mut Vec<u8>) {
    match address {
        IpAddr::V4(address) => {
            for (place, octet) in address.octets().into_iter().enumerate() {
                if place > 0 {
                    line.push(b'.');
                }
                decimal(octet, line);
            }
        }
        // Writing to a vector cannot fail.
        IpAddr::V6(address) => _ = write!(line, "{address}"),
    }
}
