//! An upstream, asked over HTTP.
//!
//! The request's fields are moved, never copied. Its body streams through, and so does the response's; a response
//! that switches protocols is connected to the client's connection and leaves the pipeline.

use std::{cell::Cell, net::SocketAddr, sync::Arc, time::Duration};

use http::{
    HeaderValue, Request, Response, StatusCode, Uri, Version,
    header::{CONTENT_LENGTH, HOST, TE, TRANSFER_ENCODING},
    uri::PathAndQuery,
};

use super::{
    switch,
    template::{PathRefused, PathTemplate},
};
use crate::{
    body::Body,
    config::UpstreamId,
    forward::{self, Hop, Peer},
    upstream::{Connections, SendOptions, UpstreamFailure, Upstreams},
};

/// A request that is ready to leave, and what is to be known on the way.
#[derive(Debug)]
pub(super) struct Outgoing<'a> {
    /// The client's request after all changes, without hop-by-hop fields ([`forward::receive`]), `Host` as the
    /// client sent it.
    pub(super) request: Request<Body>,
    pub(super) upstream: UpstreamId,
    /// The path to ask for; none for the request's own.
    pub(super) path: Option<&'a PathTemplate>,
    /// Path parameters, raw.
    pub(super) parameters: &'a [(Arc<str>, String)],
    /// Until the response's head must be there, counted from when the request's body has been sent.
    pub(super) timeout: Duration,
    /// Between two pieces of a body, or of what follows a switch of protocols.
    pub(super) idle: Duration,
    pub(super) hop: &'a Hop,
    pub(super) peer: &'a Peer,
    pub(super) id: &'a HeaderValue,
    /// Takes the address that is asked.
    pub(super) asked: &'a Cell<Option<SocketAddr>>,
}

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IntegrationFailure {
    #[error(transparent)]
    Upstream(#[from] UpstreamFailure),
    #[error(transparent)]
    Path(#[from] PathRefused),
    #[error("the upstream switched protocols without being asked")]
    UnaskedSwitch,
    #[error("the upstream answered with both `Content-Length` and `Transfer-Encoding`")]
    BothLengths,
}

/// Asks an upstream. The response has no hop-by-hop fields, except where it switches protocols.
pub(super) async fn call(
    outgoing: Outgoing<'_>,
    upstreams: &Upstreams,
    connections: &Connections,
) -> Result<Response<Body>, IntegrationFailure> {
    let Outgoing {
        mut request, hop, ..
    } = outgoing;
    let path = match outgoing.path {
        Some(template) => template.fill(outgoing.parameters, request.uri().query())?,
        None => own_path(request.uri()),
    };
    keep_host(&mut request);
    *request.uri_mut() = Uri::from(path);
    let version = request.version();
    forward::announce(request.headers_mut(), outgoing.peer, version, outgoing.id);
    if hop.trailers {
        let trailers = HeaderValue::from_static("trailers");
        request.headers_mut().insert(TE, trailers);
    }
    let client = switch::offer(&mut request, hop);
    let options = SendOptions {
        timeout: outgoing.timeout,
        idle: outgoing.idle,
        asked: outgoing.asked,
    };
    let mut response = upstreams
        .send(outgoing.upstream, request, &options, connections)
        .await?;
    let fields = response.headers();
    if fields.contains_key(TRANSFER_ENCODING) && fields.contains_key(CONTENT_LENGTH) {
        // Somebody meant the one and somebody the other (RFC 9112, section 6.3).
        return Err(IntegrationFailure::BothLengths);
    }
    let protocol = forward::reply(response.headers_mut());
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        let (Some(client), Some(protocol)) = (client, protocol) else {
            return Err(IntegrationFailure::UnaskedSwitch);
        };
        switch::connect(client, &mut response, protocol, outgoing.idle);
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

#[cfg(test)]
mod tests;
