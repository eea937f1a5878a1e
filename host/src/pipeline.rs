//! The story of a request, from its head to its response.

use std::{rc::Rc, sync::Arc};

use http::Response;
use hyper::body::Incoming;

use crate::{
    authorize,
    connection::{Client, Refused, target},
    context::Context,
    exchange::{Exchange, Pending, Watched},
    failure::{Failure, Halt},
    gateway::Gateway,
    integrate,
    message::{Reply, Request},
    observers::Observation,
    respond,
    router::Matched,
    stage::{Route, Stage},
    transform, validate,
    worker::Worker,
};

/// Answers one request. The response carries its exchange, which is told to the log when the last byte is sent.
pub(crate) async fn serve(
    mut incoming: http::Request<Incoming>,
    client: &Rc<Client>,
    worker: &Rc<Worker>,
) -> Response<Watched> {
    let gateway = worker.gateway();
    target::normalize(&mut incoming);
    let mut exchange = Exchange::begin(&incoming);
    let mut context = Context::begin(&incoming, client.address(&incoming, &gateway));
    context.trusted_proxy = client.is_proxy();
    let limits = &gateway.limits.per_address;
    if let Err(refused) = worker.addresses.admit(context.source_ip, limits) {
        return exchange.fail(refused.into(), context, worker);
    }
    let (stage, matched) = match locate(&incoming, &mut context, &gateway) {
        Ok(found) => found,
        Err(failure) => return exchange.fail(failure, context, worker),
    };
    let route = &stage.routes[matched.route];
    context.route = Arc::clone(&route.names);
    exchange.series = Some(Arc::clone(&route.series));

    let request = Request::receive(incoming, context, matched, (stage, route), &gateway, client);
    let mut pending = Pending::new(request, exchange, route, worker);
    let (request, exchange) = pending.running();
    let outcome = run(request, exchange, route, &gateway, worker).await;
    let (reply, failure) = respond::finish(outcome, request, route).await;

    let (request, mut exchange) = pending.answered();
    exchange.failure = failure;
    let context = Arc::clone(&request.context);
    exchange.observation = Observation::new(&route.chain.observe, request, &reply);
    exchange.watch(respond::response(reply, &context), context, worker)
}

/// Answers what is no request; `incoming` stands for it.
pub(crate) fn refuse(
    incoming: http::Request<Incoming>,
    refused: Refused,
    client: &Client,
    worker: &Rc<Worker>,
) -> Response<Watched> {
    let exchange = Exchange::begin(&incoming);
    let context = Context::begin(&incoming, client.peer.ip().to_canonical());
    exchange.fail(Failure::Malformed(refused), context, worker)
}

/// Finds the stage and its route.
fn locate<'a>(
    request: &http::Request<Incoming>,
    context: &mut Context,
    gateway: &'a Gateway,
) -> Result<(&'a Stage, Matched), Failure> {
    target::check(request)?;
    let path = request.uri().path();
    let (stage, path) = gateway.stages.find(&context.domain, path)?;
    context.route = Arc::clone(&stage.names);
    let matched = stage.find(request.method(), path)?;
    Ok((stage, matched))
}

/// The steps in their order; each takes what the one before it gave.
async fn run(
    request: &mut Request,
    exchange: &mut Exchange,
    route: &Route,
    gateway: &Gateway,
    worker: &Rc<Worker>,
) -> Result<Reply, Halt> {
    request.check_length()?;
    transform::early(request, route).await?;
    let principal = authorize::check(request, route, &gateway.grants).await?;
    let valid = validate::check(request, principal, route).await?;
    let outbound = transform::outbound(request, valid, route).await?;
    let reply = integrate::call(request, outbound, exchange, route, gateway, worker).await?;
    transform::inbound(reply, request, route).await
}
