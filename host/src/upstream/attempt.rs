//! One attempt: a connection to one target, one request, the head of its response.

use std::{cell::Cell, net::SocketAddr, time::Duration};

use http::{Request, Response};
use hyper::{body::Incoming, client::conn::TrySendError};

use super::{
    UpstreamFault, connect,
    connections::{Connection, Pool, Sender},
    load::Lease,
    target::{Target, Upstream},
};
use crate::body::Body;

/// Where one attempt goes, and how careful it is.
pub(super) struct Attempt<'a> {
    pub(super) upstream: &'a Upstream,
    pub(super) target: &'a Target,
    pub(super) pool: &'a Pool,
    /// Whether the request cannot be sent twice.
    pub(super) careful: bool,
    /// Whether to open a connection rather than to use one again.
    pub(super) fresh: bool,
    /// Between two pieces of the response's body.
    pub(super) idle: Duration,
    /// Takes the address that is asked.
    pub(super) address: &'a Cell<Option<SocketAddr>>,
}

/// An attempt that failed.
pub(super) struct Failed {
    pub(super) fault: UpstreamFault,
    /// The request, where nothing of it was sent.
    pub(super) unsent: Option<Request<Body>>,
    /// Whether the connection was used before, and had probably been closed while it was idle, or takes no more.
    pub(super) stale: bool,
}

impl Attempt<'_> {
    pub(super) async fn send(&self, request: Request<Body>) -> Result<Response<Body>, Box<Failed>> {
        let lease = self.pool.load.lease();
        let connection = match self.connection().await {
            Ok(connection) => connection,
            Err(fault) => {
                self.target.addresses.doubt();
                return Err(Box::new(Failed {
                    fault,
                    unsent: Some(request),
                    stale: false,
                }));
            }
        };
        self.exchange(request, connection, lease).await
    }

    /// Whether the target can say that it has not begun with a request: HTTP/2 has words for that.
    pub(super) fn may_be_refused(&self) -> bool {
        self.target.http2 || self.pool.multiplexes()
    }

    async fn connection(&self) -> Result<Connection, UpstreamFault> {
        let keeps = |address| self.target.addresses.has(address);
        if !self.fresh
            && let Some(connection) = self.pool.reuse(self.careful, keeps).await
        {
            return Ok(connection);
        }
        // On the heap, because it is rare and large: a future is moved with all that it may ever hold.
        Box::pin(self.open()).await
    }

    async fn open(&self) -> Result<Connection, UpstreamFault> {
        let open = async || connect::open(self.target, self.upstream.connect_timeout).await;
        self.pool.open(open).await
    }

    async fn exchange(
        &self,
        mut request: Request<Body>,
        connection: Connection,
        lease: Lease,
    ) -> Result<Response<Body>, Box<Failed>> {
        let Connection {
            address,
            sender,
            reused,
        } = connection;
        self.address.set(Some(address));
        match sender {
            Sender::Http1(mut sender) => {
                self.target.address_http1(&mut request);
                let sent = sender.try_send_request(request).await;
                let response = sent.map_err(|error| failed(error, reused))?;
                self.pool.put(sender, address);
                Ok(response.map(|body| self.body(body).holding(lease, None)))
            }
            Sender::Http2(mut sender, stream) => {
                self.target.address_http2(&mut request);
                let sent = sender.try_send_request(request).await;
                let response = sent.map_err(|error| failed(error, reused))?;
                Ok(response.map(|body| self.body(body).holding(lease, Some(stream))))
            }
        }
    }

    fn body(&self, body: Incoming) -> Body {
        Body::incoming(body, u64::MAX, self.idle)
    }
}

fn failed(mut error: TrySendError<Request<Body>>, reused: bool) -> Box<Failed> {
    let unsent = error.take_message();
    let fault = UpstreamFault::exchanging(&error.into_error());
    Box::new(Failed {
        stale: reused
            && matches!(
                fault,
                UpstreamFault::ClosedEarly | UpstreamFault::StreamRefused
            ),
        fault,
        unsent,
    })
}
