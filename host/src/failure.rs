//! What can go wrong with a request: whose fault it is, and what the client may know of it.

use std::sync::LazyLock;

use http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER};

use crate::{
    addresses::TooManyRequests,
    body::BodyError,
    connection::{Refused as Malformed, target::TargetRefused},
    integrate::IntegrationFailure,
    message::Reply,
    plugin::{Denial, Fault, PluginFailure, Refusal},
    router::RouteNotFound,
    stage::StageNotFound,
    upstream::UpstreamFault,
};

/// Rates are by the second: within one, something is allowed again.
static SOON: LazyLock<HeaderMap> =
    LazyLock::new(|| HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("1"))]));

/// Why a step ended the request's way early.
pub(crate) enum Halt {
    /// A filter answered by itself.
    Answered(Box<Reply>),
    Failed(Failure),
}

/// A request that was not served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("malformed: {0}")]
    Malformed(#[from] Malformed),
    #[error(transparent)]
    TooManyRequests(#[from] TooManyRequests),
    #[error("target refused: {0}")]
    Target(#[from] TargetRefused),
    #[error(transparent)]
    StageNotFound(#[from] StageNotFound),
    #[error(transparent)]
    RouteNotFound(#[from] RouteNotFound),
    #[error("refused by plugin `{plugin}` with {}", refusal.status)]
    Refused {
        plugin: String,
        refusal: Box<Refusal>,
    },
    #[error("refused for want of `{missing}`, by which plugin `{plugin}` knows its callers")]
    IdentityMissing { plugin: String, missing: String },
    #[error("denied by the policy that plugin `{plugin}` gave")]
    PolicyDenied { plugin: String },
    #[error(transparent)]
    Plugin(#[from] PluginFailure),
    #[error("request body: {0}")]
    RequestBody(BodyError),
    #[error("response body: {0}")]
    ResponseBody(BodyError),
    #[error(transparent)]
    Integration(IntegrationFailure),
    #[error("plugin `{plugin}` chose the upstream `{upstream}`, which the route does not allow")]
    UpstreamNotAllowed { plugin: String, upstream: String },
    #[error("plugin `{plugin}` set the path `{path}`: {reason}")]
    PathNotAllowed {
        plugin: String,
        path: String,
        reason: String,
    },
    #[error("the client left before it was answered")]
    ClientLeft,
}

/// Who is to blame, for logs and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blame {
    Client,
    Plugin,
    Upstream,
}

impl Blame {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Blame::Client => "client",
            Blame::Plugin => "plugin",
            Blame::Upstream => "upstream",
        }
    }
}

impl Failure {
    /// A hook that gave no result.
    pub(crate) fn denied(plugin: &str, denial: Denial) -> Failure {
        match denial {
            Denial::Failed(failure) => Failure::Plugin(failure),
            Denial::Refused(refusal) => Failure::Refused {
                plugin: plugin.to_owned(),
                refusal,
            },
        }
    }

    pub(crate) fn blame(&self) -> Blame {
        match self {
            Failure::Plugin(_)
            | Failure::UpstreamNotAllowed { .. }
            | Failure::PathNotAllowed { .. } => Blame::Plugin,
            Failure::Integration(failure) => integration_blame(failure),
            Failure::ResponseBody(_) => Blame::Upstream,
            _ => Blame::Client,
        }
    }

    /// The status that the client gets (reference, section 3.2).
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Failure::Malformed(malformed) => malformed_status(*malformed),
            Failure::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Failure::Target(_) => StatusCode::BAD_REQUEST,
            Failure::StageNotFound(_) | Failure::RouteNotFound(_) => StatusCode::NOT_FOUND,
            Failure::Refused { refusal, .. } => refusal.status,
            Failure::IdentityMissing { .. } => StatusCode::UNAUTHORIZED,
            Failure::PolicyDenied { .. } => StatusCode::FORBIDDEN,
            Failure::Plugin(failure) => match failure.fault {
                Fault::Broken(_) | Fault::Busy(_) | Fault::BreakerOpen(_) => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Failure::RequestBody(error) => request_body_status(error),
            Failure::ResponseBody(_) => StatusCode::BAD_GATEWAY,
            Failure::Integration(failure) => integration_status(failure),
            Failure::UpstreamNotAllowed { .. } | Failure::PathNotAllowed { .. } => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            // Nobody reads it; logs call it so since nginx did.
            Failure::ClientLeft => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
        }
    }

    /// What the client reads; a refusal's own words, or the status' standard ones.
    pub(crate) fn message(&self) -> &str {
        match self {
            Failure::Refused { refusal, .. } => refusal
                .message
                .as_deref()
                .unwrap_or(standard_message(refusal.status)),
            other => standard_message(other.status()),
        }
    }

    /// Fields that belong to the answer, such as `www-authenticate`.
    pub(crate) fn headers(&self) -> Option<&HeaderMap> {
        match self {
            Failure::Refused { refusal, .. } => Some(&refusal.headers),
            Failure::TooManyRequests(_) => Some(&SOON),
            _ => None,
        }
    }

    /// What a plugin lets the client know besides.
    pub(crate) fn details(&self) -> Option<&serde_json::Value> {
        match self {
            Failure::Refused { refusal, .. } => refusal.details.as_ref(),
            _ => None,
        }
    }

    /// The plugin to name in the log.
    pub(crate) fn plugin(&self) -> Option<&str> {
        match self {
            Failure::Refused { plugin, .. }
            | Failure::IdentityMissing { plugin, .. }
            | Failure::PolicyDenied { plugin }
            | Failure::UpstreamNotAllowed { plugin, .. }
            | Failure::PathNotAllowed { plugin, .. } => Some(plugin),
            Failure::Plugin(failure) => Some(&failure.plugin),
            _ => None,
        }
    }
}

impl<T: Into<Failure>> From<T> for Halt {
    fn from(failure: T) -> Halt {
        Halt::Failed(failure.into())
    }
}

fn request_body_status(error: &BodyError) -> StatusCode {
    match error {
        BodyError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        BodyError::Idle(_) => StatusCode::REQUEST_TIMEOUT,
        BodyError::Encoding(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn malformed_status(malformed: Malformed) -> StatusCode {
    match malformed {
        Malformed::TargetTooLong => StatusCode::URI_TOO_LONG,
        Malformed::HeadTooLarge | Malformed::TooManyFields => {
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
        }
        Malformed::Late => StatusCode::REQUEST_TIMEOUT,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn integration_blame(failure: &IntegrationFailure) -> Blame {
    match failure {
        IntegrationFailure::Path(_) => Blame::Client,
        IntegrationFailure::Upstream(failure) => match failure.fault {
            UpstreamFault::RequestBody(_) => Blame::Client,
            _ => Blame::Upstream,
        },
        IntegrationFailure::UnaskedSwitch | IntegrationFailure::BothLengths => Blame::Upstream,
    }
}

fn integration_status(failure: &IntegrationFailure) -> StatusCode {
    match failure {
        IntegrationFailure::Path(_) => StatusCode::BAD_REQUEST,
        IntegrationFailure::UnaskedSwitch | IntegrationFailure::BothLengths => {
            StatusCode::BAD_GATEWAY
        }
        IntegrationFailure::Upstream(failure) => match &failure.fault {
            UpstreamFault::RequestBody(error) => request_body_status(error),
            UpstreamFault::Malformed(_) | UpstreamFault::ClosedEarly => StatusCode::BAD_GATEWAY,
            UpstreamFault::HeadTimedOut(_) | UpstreamFault::ConnectTimedOut(_) => {
                StatusCode::GATEWAY_TIMEOUT
            }
            _ => StatusCode::SERVICE_UNAVAILABLE,
        },
    }
}

/// The words of HTTP APIs for a status.
pub(crate) fn standard_message(status: StatusCode) -> &'static str {
    match status {
        // RFC 9110 renamed it; HTTP APIs did not.
        StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
        other => other.canonical_reason().unwrap_or("Internal Server Error"),
    }
}
