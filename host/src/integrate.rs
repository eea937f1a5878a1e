//! Who answers? An upstream, a function, or the configuration itself.

use std::{cell::Cell, rc::Rc, time::Instant};

use ::http::HeaderValue;

use crate::{
    config::UpstreamId,
    exchange::{Exchange, Upstream},
    failure::{Failure, Halt},
    gateway::Gateway,
    message::{Payload, Reply, Request},
    plugin::{Attachment, Hook},
    stage::{Integration, Route},
    transform::Outbound,
    worker::Worker,
};

mod http;
mod switch;
mod template;

pub(crate) use http::IntegrationFailure;
pub(crate) use template::PathTemplate;

/// Asks the route's integration, or the upstream that a filter chose.
pub(crate) async fn call(
    request: &mut Request,
    _passed: Outbound,
    exchange: &mut Exchange,
    route: &Route,
    gateway: &Gateway,
    worker: &Rc<Worker>,
) -> Result<Reply, Halt> {
    match (&route.integration, request.upstream) {
        (Integration::Http { path, .. }, Some(chosen)) => {
            let to = (chosen, path.as_ref());
            upstream(request, to, exchange, route, gateway, worker).await
        }
        (Integration::Http { upstream: id, path }, None) => {
            let to = (*id, path.as_ref());
            upstream(request, to, exchange, route, gateway, worker).await
        }
        (_, Some(chosen)) => {
            upstream(request, (chosen, None), exchange, route, gateway, worker).await
        }
        (Integration::Function(attachment), None) => function(request, attachment, route).await,
        (
            Integration::Respond {
                status,
                headers,
                body,
            },
            None,
        ) => Ok(Reply::whole(*status, headers.clone(), body.clone())),
    }
}

async fn upstream(
    request: &mut Request,
    (id, path): (UpstreamId, Option<&PathTemplate>),
    exchange: &mut Exchange,
    route: &Route,
    gateway: &Gateway,
    worker: &Rc<Worker>,
) -> Result<Reply, Halt> {
    let began = Instant::now();
    let asked = Cell::default();
    let request_id = HeaderValue::from_str(&request.context.request_id)
        .unwrap_or(HeaderValue::from_static("unknown"));
    let outgoing = http::Outgoing {
        request: request.leave(),
        upstream: id,
        path,
        parameters: &request.parameters,
        timeout: route.timeout,
        idle: gateway.limits.body_idle,
        hop: &request.hop,
        peer: &request.client.hop,
        id: &request_id,
        asked: &asked,
    };
    let answer = http::call(outgoing, &gateway.upstreams, &worker.connections).await;
    exchange.upstream = Some(Upstream {
        name: gateway.upstreams.name(id).clone(),
        address: asked.get(),
        latency: began.elapsed(),
    });
    let (parts, body) = answer.map_err(Failure::Integration)?.into_parts();
    Ok(Reply {
        status: parts.status,
        headers: parts.headers,
        payload: Payload::Stream(body),
    })
}

/// A function gets the request as an upstream would.
async fn function(
    request: &mut Request,
    attachment: &Attachment,
    route: &Route,
) -> Result<Reply, Halt> {
    let pinned = attachment.pin()?;
    let interest = pinned.interest(Hook::Function);
    request
        .prepare(interest, route.body_limit)
        .await
        .map_err(Failure::RequestBody)?;
    let answer = pinned.answer(request.view()).await;
    let answer = answer.map_err(|denial| Failure::denied(attachment.plugin(), denial))?;
    Ok(answer.into())
}
