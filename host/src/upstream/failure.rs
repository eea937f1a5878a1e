//! Why an upstream gave no response.

use std::{error::Error, io, sync::Arc, time::Duration};

use crate::body::BodyError;

/// An upstream that failed a request, and the target that was asked last.
#[derive(Clone, Debug, thiserror::Error)]
#[error("upstream `{upstream}`, target `{target}`: {fault}")]
pub struct UpstreamFailure {
    pub upstream: Arc<str>,
    pub target: Arc<str>,
    pub fault: UpstreamFault,
}

/// What went wrong. Each has a label in the metrics.
#[derive(Clone, Debug, thiserror::Error)]
pub enum UpstreamFault {
    #[error("its name has no address: {0}")]
    NameNotResolved(String),
    #[error("refused the connection")]
    ConnectionRefused,
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    #[error("took longer than {0:?} to connect")]
    ConnectTimedOut(Duration),
    #[error("TLS failed: {0}")]
    TlsFailed(String),
    #[error("closed the connection before it answered")]
    ClosedEarly,
    /// It has not begun with the request, and says so: whatever the request is, it may be sent again.
    #[error("refused the request's stream")]
    StreamRefused,
    #[error("took longer than {0:?} to answer")]
    HeadTimedOut(Duration),
    #[error("answered what is not HTTP: {0}")]
    Malformed(String),
    /// The client's side failed while its body was on the way; the upstream is not to blame.
    #[error("the request's body: {0}")]
    RequestBody(BodyError),
}

impl UpstreamFault {
    /// The label in the metrics.
    pub fn label(&self) -> &'static str {
        match self {
            UpstreamFault::NameNotResolved(_) => "name_not_resolved",
            UpstreamFault::ConnectionRefused => "connection_refused",
            UpstreamFault::Unreachable(_) => "unreachable",
            UpstreamFault::ConnectTimedOut(_) => "connect_timed_out",
            UpstreamFault::TlsFailed(_) => "tls_failed",
            UpstreamFault::ClosedEarly => "closed_early",
            UpstreamFault::StreamRefused => "stream_refused",
            UpstreamFault::HeadTimedOut(_) => "head_timed_out",
            UpstreamFault::Malformed(_) => "malformed",
            UpstreamFault::RequestBody(_) => "request_body",
        }
    }

    /// Whether the target is to blame, and may be left out for a while.
    pub(super) fn blames_target(&self) -> bool {
        !matches!(self, UpstreamFault::RequestBody(_))
    }

    pub(super) fn connecting(error: &io::Error) -> UpstreamFault {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => UpstreamFault::ConnectionRefused,
            _ => UpstreamFault::Unreachable(error.to_string()),
        }
    }

    /// What a failed exchange on an open connection was.
    pub(super) fn exchanging(error: &hyper::Error) -> UpstreamFault {
        if let Some(body) = source::<BodyError>(error) {
            return UpstreamFault::RequestBody(body.clone());
        }
        let stream = source::<h2::Error>(error);
        if stream.is_some_and(is_refused) {
            return UpstreamFault::StreamRefused;
        }
        let malformed =
            error.is_parse() || stream.is_some_and(|error| error.is_library() && error.is_reset());
        match malformed {
            true => UpstreamFault::Malformed(error.to_string()),
            false => UpstreamFault::ClosedEarly,
        }
    }
}

/// Whether the server says that it has not begun with the request (RFC 9113, section 8.7): by the stream's reset, or by
/// an orderly farewell, which ends those streams only that it has not seen.
fn is_refused(error: &h2::Error) -> bool {
    let reason = error.reason();
    let reset = error.is_reset() && reason == Some(h2::Reason::REFUSED_STREAM);
    let farewell = error.is_go_away() && reason == Some(h2::Reason::NO_ERROR);
    error.is_remote() && (reset || farewell)
}

/// The cause of a kind within an error.
fn source<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
