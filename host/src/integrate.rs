//! Who answers a request: an upstream, asked over HTTP.
//!
//! The request's fields are moved, never copied. Its body streams through, and so does the response's; a response
//! that switches protocols is connected to the client's connection and leaves the pipeline.

use std::{sync::Arc, time::Duration};

use http::{
    HeaderValue, Request, Response, StatusCode, Uri, Version,
    header::{HOST, TE},
    uri::PathAndQuery,
};

use crate::{
    body::Body,
    config::UpstreamId,
    forward::{self, Hop, Peer},
    upstream::{Connections, SendOptions, UpstreamFailure, Upstreams},
};

mod switch;
mod template;

pub use template::{PathRefused, PathTemplate, TemplateError};

/// A request that is ready to leave, and what is to be known on the way.
#[derive(Debug)]
pub struct Outbound<'a> {
    /// The client's request after all changes, without hop-by-hop fields ([`forward::receive`]), `Host` as the
    /// client sent it.
    pub request: Request<Body>,
    pub upstream: UpstreamId,
    /// The path to ask for; none for the request's own.
    pub path: Option<&'a PathTemplate>,
    /// Path parameters, raw.
    pub parameters: &'a [(Arc<str>, String)],
    /// Until the response's head must be there, counted from when the request's body has been sent.
    pub timeout: Duration,
    /// Between two pieces of a body, or of what follows a switch of protocols.
    pub idle: Duration,
    pub hop: &'a Hop,
    pub peer: &'a Peer,
    pub id: &'a HeaderValue,
}

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub enum IntegrationFailure {
    #[error(transparent)]
    Upstream(#[from] UpstreamFailure),
    #[error(transparent)]
    Path(#[from] PathRefused),
    #[error("the upstream switched protocols without being asked")]
    UnaskedSwitch,
}

/// Asks an upstream. The response has no hop-by-hop fields, except where it switches protocols.
pub async fn call(
    outbound: Outbound<'_>,
    upstreams: &Upstreams,
    connections: &Connections,
) -> Result<Response<Body>, IntegrationFailure> {
    let Outbound {
        mut request, hop, ..
    } = outbound;
    let path = match outbound.path {
        Some(template) => template.fill(outbound.parameters, request.uri().query())?,
        None => own_path(request.uri()),
    };
    keep_host(&mut request);
    *request.uri_mut() = Uri::from(path);
    let version = request.version();
    forward::announce(request.headers_mut(), outbound.peer, version, outbound.id);
    if hop.trailers {
        let trailers = HeaderValue::from_static("trailers");
        request.headers_mut().insert(TE, trailers);
    }
    let client = switch::offer(&mut request, hop);
    let options = SendOptions {
        timeout: outbound.timeout,
        idle: outbound.idle,
    };
    let mut response = upstreams
        .send(outbound.upstream, request, &options, connections)
        .await?;
    let protocol = forward::reply(response.headers_mut());
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        let (Some(client), Some(protocol)) = (client, protocol) else {
            return Err(IntegrationFailure::UnaskedSwitch);
        };
        switch::connect(client, &mut response, protocol, outbound.idle);
    }
    // The client's side writes the version that the client speaks.
    *response.version_mut() = Version::HTTP_11;
    Ok(response)
}

fn own_path(uri: &Uri) -> PathAndQuery {
    uri.path_and_query()
        .cloned()
        .unwrap_or(PathAndQuery::from_static("/"))
}

/// HTTP/2 has the host in `:authority`; forwarding fields are made of `Host`.
fn keep_host(request: &mut Request<Body>) {
    if request.headers().contains_key(HOST) {
        return;
    }
    if let Some(authority) = request.uri().authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        request.headers_mut().insert(HOST, host);
    }
}
