//! Active checks: targets are asked regularly whether they are well. Runs on the control thread.

use std::sync::{Arc, Weak};

use http::{Request, StatusCode};
use hyper::{
    client::conn::{http1, http2},
    rt::{Read, Write},
};
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::{UpstreamFault, Upstreams, connect, target::Target};
use crate::{body::Body, config::HealthCheck};

/// Asks a target again and again, until its configuration is gone.
pub(super) async fn keep(configuration: Weak<Upstreams>, target: Arc<Target>, check: HealthCheck) {
    while configuration.strong_count() > 0 {
        let found = tokio::time::timeout(check.timeout, ask(&target, &check)).await;
        let found = found.unwrap_or(Err(UpstreamFault::HeadTimedOut(check.timeout)));
        let well = found.as_ref().is_ok_and(|status| is_well(*status));
        if target.condition.checked(well) {
            let origin = &target.origin;
            match found {
                Ok(status) => tracing::warn!(target = %origin, %status, well, "health check"),
                Err(fault) => tracing::warn!(target = %origin, well, "health check: {fault}"),
            }
        }
        tokio::time::sleep(check.interval).await;
    }
}

fn is_well(status: StatusCode) -> bool {
    status.is_success() || status.is_redirection()
}

async fn ask(target: &Target, check: &HealthCheck) -> Result<StatusCode, UpstreamFault> {
    let (stream, _) = connect::connect(target, check.timeout).await?;
    let Some(security) = &target.security else {
        return exchange(stream, target, target.http2, check).await;
    };
    let stream = connect::secure(stream, security).await?;
    let http2 = connect::speaks_http2(&stream);
    exchange(stream, target, http2, check).await
}

/// Asks on a connection of its own: whether new ones are accepted is part of the question.
async fn exchange<S>(
    stream: S,
    target: &Target,
    http2: bool,
    check: &HealthCheck,
) -> Result<StatusCode, UpstreamFault>
where
    TokioIo<S>: Read + Write + Unpin + Send + 'static,
{
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = check.path.parse().unwrap_or_default();
    let failed = |error: hyper::Error| UpstreamFault::exchanging(&error);
    let stream = TokioIo::new(stream);
    // The connections end by themselves once their senders are gone.
    let response = if http2 {
        target.address_http2(&mut request);
        let handshake = http2::handshake(TokioExecutor::new(), stream).await;
        let (mut sender, connection) = handshake.map_err(failed)?;
        tokio::spawn(connection);
        sender.send_request(request).await
    } else {
        target.address_http1(&mut request);
        let (mut sender, connection) = http1::handshake(stream).await.map_err(failed)?;
        tokio::spawn(connection);
        sender.send_request(request).await
    };
    Ok(response.map_err(failed)?.status())
}
