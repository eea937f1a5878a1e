//! Bodies: streamed untouched where nobody wants them, buffered and decoded within limits where somebody does.
//!
//! A body from the network has a limit of bytes and an idle time-out. The timer is armed only while a frame is
//! waited for, so a request whose body arrives together with its head never touches one.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;

use crate::{
    forward::Sieve,
    idle::Idle,
    upstream::{Lease, Upload},
};

pub mod encoding;

/// A request or response body. Its frames are data and trailers.
pub struct Body {
    kind: Kind,
    guard: Option<Guard>,
}

enum Kind {
    Empty,
    Full(Bytes),
    Network(Network),
    Stream(Pin<Box<dyn HttpBody<Data = Bytes, Error = BodyError> + Send>>),
}

/// What ends together with a body.
enum Guard {
    #[expect(dead_code, reason = "what leases do happens when they are dropped")]
    Leases(Lease, Option<Lease>),
    Upload(Sending),
}

/// A request's body on its way to an upstream; dropping it ends the upload.
struct Sending(Upload);

impl Drop for Sending {
    fn drop(&mut self) {
        self.0.end(None);
    }
}

/// Why a body ended early.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BodyError {
    #[error("larger than {0} bytes")]
    TooLarge(u64),
    #[error("nothing came for {0:?}")]
    Idle(Duration),
    #[error("the other side closed: {0}")]
    Closed(String),
    #[error("content-encoding `{0}` is unknown or the data is not valid in it")]
    Encoding(String),
}

impl Body {
    fn of(kind: Kind) -> Body {
        Body { kind, guard: None }
    }

    pub fn empty() -> Body {
        Body::of(Kind::Empty)
    }

    pub fn full(bytes: impl Into<Bytes>) -> Body {
        let bytes = bytes.into();
        match bytes.is_empty() {
            true => Body::of(Kind::Empty),
            false => Body::of(Kind::Full(bytes)),
        }
    }

    /// A body from the network: at most `limit` bytes, and at most `idle` between two frames.
    pub fn incoming(incoming: Incoming, limit: u64, idle: Duration) -> Body {
        if incoming.is_end_stream() {
            return Body::empty();
        }
        Body::of(Kind::Network(Network {
            incoming,
            limit,
            left: limit,
            idle: Idle::new(idle),
            sieve: None,
        }))
    }

    /// Lets only those trailers through that a client may send.
    pub(crate) fn sifted(mut self, sieve: Sieve) -> Body {
        if let Kind::Network(network) = &mut self.kind {
            network.sieve = Some(sieve);
        }
        self
    }

    /// Keeps a field from coming as a trailer, because it is a plugin's business.
    pub(crate) fn keep_out(&mut self, field: impl TryInto<HeaderName>) {
        if let Kind::Network(Network {
            sieve: Some(sieve), ..
        }) = &mut self.kind
            && let Ok(field) = field.try_into()
        {
            sieve.add(field);
        }
    }

    /// Any other source of frames.
    pub fn stream(stream: impl HttpBody<Data = Bytes, Error = BodyError> + Send + 'static) -> Body {
        Body::of(Kind::Stream(Box::pin(stream)))
    }

    /// Keeps leases until the body has ended: its target, and its connection, count as busy that long.
    pub(crate) fn holding(mut self, target: Lease, connection: Option<Lease>) -> Body {
        if self.streams() {
            self.guard = Some(Guard::Leases(target, connection));
        }
        self
    }

    /// Tells how the sending of this body goes; none where it is here already.
    pub(crate) fn watch(&mut self) -> Option<Upload> {
        if !self.streams() {
            return None;
        }
        let upload = Upload::default();
        self.guard = Some(Guard::Upload(Sending(upload.clone())));
        Some(upload)
    }

    fn streams(&self) -> bool {
        matches!(self.kind, Kind::Network(_) | Kind::Stream(_))
    }

    /// Refuses a declared length that is over the limit, before a byte is read.
    pub fn check_length(&self) -> Result<(), BodyError> {
        match &self.kind {
            Kind::Network(network) if network.incoming.size_hint().lower() > network.left => {
                Err(BodyError::TooLarge(network.limit))
            }
            _ => Ok(()),
        }
    }

    /// Whether the body is here already, so that it can be sent more than once.
    pub fn replay(&self) -> Option<Body> {
        match &self.kind {
            Kind::Empty => Some(Body::empty()),
            Kind::Full(bytes) => Some(Body::of(Kind::Full(bytes.clone()))),
            Kind::Network(_) | Kind::Stream(_) => None,
        }
    }

    /// Reads the whole body, at most `limit` bytes of it. Trailers are dropped.
    pub async fn buffer(mut self, limit: u64) -> Result<Bytes, BodyError> {
        self.check_length()?;
        if self.size_hint().lower() > limit {
            return Err(BodyError::TooLarge(limit));
        }
        let Some(first) = self.next_data().await? else {
            return Ok(Bytes::new());
        };
        check_size(first.len(), limit)?;
        // Most bodies are one piece, which is then not copied.
        let Some(second) = self.next_data().await? else {
            return Ok(first);
        };
        let mut whole = BytesMut::with_capacity(self.capacity(first.len() + second.len(), limit));
        whole.extend_from_slice(&first);
        let mut next = Some(second);
        while let Some(piece) = next {
            check_size(whole.len().saturating_add(piece.len()), limit)?;
            whole.extend_from_slice(&piece);
            next = self.next_data().await?;
        }
        Ok(whole.freeze())
    }

    /// Room for what is there and what is declared to follow, bounded so that a claim alone costs little.
    fn capacity(&self, here: usize, limit: u64) -> usize {
        const MOST: u64 = 1 << 20;
        let declared = self.size_hint().lower().min(limit).min(MOST);
        here + usize::try_from(declared).unwrap_or(0)
    }

    fn end(&mut self, frame: Option<&Result<Frame<Bytes>, BodyError>>) {
        self.kind = Kind::Empty;
        if let (Some(Guard::Upload(sending)), Some(Err(error))) = (&self.guard, frame) {
            sending.0.end(Some(error.clone()));
        }
        self.guard = None;
    }

    /// The next piece of data; none at the end.
    async fn next_data(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            let frame = std::future::poll_fn(|cx| Pin::new(&mut *self).poll_frame(cx)).await;
            match frame.transpose()?.map(Frame::into_data) {
                None => return Ok(None),
                Some(Ok(data)) if !data.is_empty() => return Ok(Some(data)),
                Some(_) => {}
            }
        }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = match &mut self.kind {
            Kind::Empty => return Poll::Ready(None),
            Kind::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                self.kind = Kind::Empty;
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            Kind::Network(network) => network.poll_frame(cx),
            Kind::Stream(stream) => stream.as_mut().poll_frame(cx),
        };
        if let Some(Guard::Upload(sending)) = &self.guard {
            sending.0.hand(frame.is_ready());
        }
        let frame = ready!(frame);
        if !matches!(frame, Some(Ok(_))) {
            // What hangs on the body is given back now, not when it is dropped.
            self.end(frame.as_ref());
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Empty => true,
            Kind::Full(_) => false,
            Kind::Network(network) => network.incoming.is_end_stream(),
            Kind::Stream(stream) => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Network(network) => network.incoming.size_hint(),
            Kind::Stream(stream) => stream.size_hint(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            Kind::Empty => "empty",
            Kind::Full(_) => "full",
            Kind::Network(_) => "network",
            Kind::Stream(_) => "stream",
        };
        write!(formatter, "Body({kind})")
    }
}

impl Default for Body {
    fn default() -> Body {
        Body::empty()
    }
}

/// A body that a connection delivers.
struct Network {
    incoming: Incoming,
    limit: u64,
    left: u64,
    idle: Idle,
    /// For trailers of requests.
    sieve: Option<Sieve>,
}

impl Network {
    fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match Pin::new(&mut self.incoming).poll_frame(cx) {
            Poll::Ready(frame) => {
                self.idle.moved();
                let frame = frame.map(|frame| self.count(frame));
                Poll::Ready(frame.filter(|frame| !is_bare(frame)))
            }
            Poll::Pending => {
                ready!(self.idle.poll(cx));
                Poll::Ready(Some(Err(BodyError::Idle(self.idle.limit()))))
            }
        }
    }

    fn count(
        &mut self,
        frame: Result<Frame<Bytes>, hyper::Error>,
    ) -> Result<Frame<Bytes>, BodyError> {
        let mut frame = frame.map_err(|error| BodyError::Closed(error.to_string()))?;
        if let (Some(sieve), Some(trailers)) = (&self.sieve, frame.trailers_mut()) {
            sieve.sift(trailers);
        }
        if let Some(data) = frame.data_ref() {
            self.left = self
                .left
                .checked_sub(data.len() as u64)
                .ok_or(BodyError::TooLarge(self.limit))?;
        }
        Ok(frame)
    }
}

/// Whether a frame stands for trailers of which nothing is left: the end of the body says as much.
fn is_bare(frame: &Result<Frame<Bytes>, BodyError>) -> bool {
    let trailers = frame.as_ref().ok().and_then(Frame::trailers_ref);
    trailers.is_some_and(HeaderMap::is_empty)
}

fn check_size(size: usize, limit: u64) -> Result<(), BodyError> {
    match size as u64 > limit {
        true => Err(BodyError::TooLarge(limit)),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests;
