//! The client for requests to the outside: resolves a name once, checks every address, connects to a checked one.
//!
//! No proxies, no cookies, no environment. Connections are kept for a while and used again on the thread that made
//! them, where the task that drives them lives.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{Mutex, PoisonError},
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, Response, Version, header, uri};
use http_body_util::combinators::UnsyncBoxBody;
use hyper::{
    body::Incoming,
    client::conn::{TrySendError, http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use url::Host;

use super::{super::Code, AllowList, Refused, Target, tls};

/// How long one address may take to answer, before the next one is tried.
const CONNECT: Duration = Duration::from_secs(3);
/// How long an idle connection is kept, and with it what its name resolved to.
const IDLE: Duration = Duration::from_secs(30);
/// Idle connections, over all threads and plugins.
const IDLE_CONNECTIONS: usize = 256;
/// Bytes of a response's head, and fields in it.
const HEAD: usize = 64 * 1024;
const FIELDS: usize = 128;

/// A request's body.
pub(super) type Body = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

pub(in super::super) struct Client {
    /// Made by the first request that needs it: reading the system's roots takes a while.
    tls: tokio::sync::OnceCell<TlsConnector>,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    thread: ThreadId,
    since: Instant,
    connection: Connection,
}

/// A connection that was made to a checked address.
pub(super) struct Connection {
    target: Target,
    address: IpAddr,
    sender: Sender,
}

enum Sender {
    Http1(http1::SendRequest<Body>),
    Http2(http2::SendRequest<Body>),
}

/// A request that failed, and itself where not a byte of it was sent.
pub(super) struct Failed {
    pub(super) error: Refused,
    pub(super) unsent: bool,
}

impl Client {
    pub(in super::super) fn new() -> Client {
        Client {
            tls: tokio::sync::OnceCell::new(),
            idle: Mutex::default(),
        }
    }

    /// Trusts as a test says.
    #[cfg(test)]
    pub(super) fn trust(&self, connector: TlsConnector) {
        assert!(self.tls.set(connector).is_ok());
    }

    /// An idle connection to a target, at an address that the list allows.
    pub(super) fn reuse(&self, target: &Target, allowed: &AllowList) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|idle| idle.since.elapsed() < IDLE && !idle.connection.sender.is_closed());
        let thread = thread::current().id();
        let usable = |idle: &Idle| {
            let connection = &idle.connection;
            // Another plugin may have made it, with another list.
            idle.thread == thread
                && connection.target == *target
                && connection.sender.is_ready()
                && allowed.allows(target, connection.address)
        };
        let place = idle.iter().rposition(usable)?;
        Some(idle.swap_remove(place).connection)
    }

    /// Keeps a connection for the next request.
    pub(super) fn keep(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_CONNECTIONS && !connection.sender.is_closed() {
            idle.push(Idle {
                thread: thread::current().id(),
                since: Instant::now(),
                connection,
            });
        }
    }

    /// Connects to a target at the first address that is allowed and answers.
    pub(super) async fn connect(
        &self,
        target: &Target,
        allowed: &AllowList,
    ) -> Result<Connection, Refused> {
        if !allowed.knows(target) {
            let message = format!("`{}` is not granted to this plugin", target.origin());
            return Err(Refused::new(Code::Denied, message));
        }
        let found = resolve(target).await?;
        let checked = found.iter().filter(|at| allowed.allows(target, at.ip()));
        let mut failure = refused_address(target, &found);
        for &at in checked {
            match self.connect_to(target, at).await {
                Ok(connection) => return Ok(connection),
                Err(error) => failure = unavailable(target, &error),
            }
        }
        Err(failure)
    }

    async fn connect_to(&self, target: &Target, at: SocketAddr) -> io::Result<Connection> {
        let connect = tokio::time::timeout(CONNECT, TcpStream::connect(at));
        let stream = connect.await.map_err(|_| io::ErrorKind::TimedOut)??;
        stream.set_nodelay(true)?;
        let sender = if target.tls {
            let connect = self.tls().await?.connect(target.server_name()?, stream);
            let stream = tokio::time::timeout(CONNECT, connect)
                .await
                .map_err(|_| io::ErrorKind::TimedOut)??;
            match stream.get_ref().1.alpn_protocol() {
                Some(b"h2") => Sender::http2(stream).await?,
                _ => Sender::http1(stream).await?,
            }
        } else {
            Sender::http1(stream).await?
        };
        Ok(Connection {
            target: target.clone(),
            address: at.ip(),
            sender,
        })
    }

    async fn tls(&self) -> io::Result<&TlsConnector> {
        let make = || async {
            // Reads files: not on a thread that serves requests.
            let made = tokio::task::spawn_blocking(tls::system);
            let config = made.await??;
            Ok(TlsConnector::from(config))
        };
        self.tls.get_or_try_init(make).await
    }
}

impl Connection {
    /// Sends a request, whose URI is its path and query, and waits for the head of the response.
    pub(super) async fn send(
        &mut self,
        mut request: Request<Body>,
    ) -> Result<Response<Incoming>, Failed> {
        let origin = self.target.authority();
        match &mut self.sender {
            Sender::Http1(sender) => {
                let host = origin.parse().map_err(|_| self.target.misnamed())?;
                request.headers_mut().insert(header::HOST, host);
                let sent = sender.try_send_request(request).await;
                sent.map_err(|failed| self.target.failed(failed))
            }
            Sender::Http2(sender) => {
                let mut parts = request.uri().clone().into_parts();
                parts.scheme = Some(if self.target.tls {
                    uri::Scheme::HTTPS
                } else {
                    uri::Scheme::HTTP
                });
                parts.authority = Some(origin.parse().map_err(|_| self.target.misnamed())?);
                *request.uri_mut() =
                    uri::Uri::from_parts(parts).map_err(|_| self.target.misnamed())?;
                *request.version_mut() = Version::HTTP_2;
                request.headers_mut().remove(header::HOST);
                let sent = sender.try_send_request(request).await;
                sent.map_err(|failed| self.target.failed(failed))
            }
        }
    }
}

impl Sender {
    async fn http1<S>(stream: S) -> io::Result<Sender>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (sender, connection) = http1::Builder::new()
            .max_buf_size(HEAD)
            .max_headers(FIELDS)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(io::Error::other)?;
        // Ends by itself when the sender is dropped or the other side closes; whoever waits is told by the sender.
        tokio::spawn(async move { drop(connection.await) });
        Ok(Sender::Http1(sender))
    }

    async fn http2<S>(stream: S) -> io::Result<Sender>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .max_header_list_size(HEAD as u32)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(io::Error::other)?;
        tokio::spawn(async move { drop(connection.await) });
        Ok(Sender::Http2(sender))
    }

    fn is_closed(&self) -> bool {
        match self {
            Sender::Http1(sender) => sender.is_closed(),
            Sender::Http2(sender) => sender.is_closed(),
        }
    }

    fn is_ready(&self) -> bool {
        match self {
            Sender::Http1(sender) => sender.is_ready(),
            Sender::Http2(sender) => sender.is_ready(),
        }
    }
}

impl Target {
    fn origin(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.authority())
    }

    /// What stands in `Host`: the port only where it is not the scheme's own.
    fn authority(&self) -> String {
        match (self.tls, self.port) {
            (true, 443) | (false, 80) => self.host.to_string(),
            (_, port) => format!("{}:{port}", self.host),
        }
    }

    fn server_name(&self) -> io::Result<ServerName<'static>> {
        match &self.host {
            Host::Domain(name) => ServerName::try_from(name.clone()).map_err(io::Error::other),
            Host::Ipv4(address) => Ok(IpAddr::from(*address).into()),
            Host::Ipv6(address) => Ok(IpAddr::from(*address).into()),
        }
    }

    fn failed<T>(&self, mut failed: TrySendError<T>) -> Failed {
        Failed {
            unsent: failed.take_message().is_some(),
            error: unavailable(self, failed.error()),
        }
    }

    fn misnamed(&self) -> Failed {
        let message = format!("`{}` cannot stand in a request", self.host);
        Failed {
            error: Refused::new(Code::Invalid, message),
            unsent: false,
        }
    }
}

async fn resolve(target: &Target) -> Result<Vec<SocketAddr>, Refused> {
    match &target.host {
        Host::Ipv4(address) => Ok(vec![(*address, target.port).into()]),
        Host::Ipv6(address) => Ok(vec![(*address, target.port).into()]),
        Host::Domain(name) => match tokio::net::lookup_host((name.as_str(), target.port)).await {
            Ok(found) => Ok(found.collect()),
            Err(error) => Err(unavailable(target, &error)),
        },
    }
}

fn refused_address(target: &Target, found: &[SocketAddr]) -> Refused {
    let Some(first) = found.first() else {
        return unavailable(target, &"the name has no address");
    };
    let (host, address) = (&target.host, first.ip());
    let message = format!(
        "`{host}` is at {address}, which is not a public address: it has to be granted by itself, such as `{} in {address}`",
        target.origin()
    );
    Refused::new(Code::Denied, message)
}

fn unavailable(target: &Target, error: &dyn std::fmt::Display) -> Refused {
    let message = format!("`{}` cannot be reached: {error}", target.origin());
    Refused::new(Code::Unavailable, message)
}
