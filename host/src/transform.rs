//! What should the other side see? Filters and mappers change the request on its way out and the reply on its way back.

use crate::{
    context::Context,
    failure::{Failure, Halt},
    message::{Reply, Request},
    plugin::{Attachment, Denial, Hook, Patch, Pinned},
    stage::Route,
    validate::Valid,
};

mod apply;

/// Proof that the request passed every step before the integration.
#[derive(Debug)]
pub(crate) struct Outbound(());

/// Runs the filters that stand before the authorizers.
pub(crate) async fn early(request: &mut Request, route: &Route) -> Result<(), Halt> {
    remove_forged(request, route);
    for attachment in &route.chain.early {
        let pinned = match attachment.pin() {
            Err(_) if attachment.fail_open() => continue,
            pinned => pinned?,
        };
        prepare(request, &pinned, Hook::RequestFilter, route).await?;
        let answer = pinned.filter_request(request.view()).await;
        let patch = passed(answer, attachment, &request.context)?;
        apply::to_request(request, patch, route, attachment.plugin())?;
    }
    Ok(())
}

/// Runs filters and mappers on a request that was found well formed.
pub(crate) async fn outbound(
    request: &mut Request,
    _found: Valid,
    route: &Route,
) -> Result<Outbound, Halt> {
    keep_for_later(request, route).await?;
    for attachment in &route.chain.transform {
        let pinned = match attachment.pin() {
            Err(_) if attachment.fail_open() => continue,
            pinned => pinned?,
        };
        let answer = if pinned.has(Hook::Mapper) {
            prepare(request, &pinned, Hook::Mapper, route).await?;
            pinned.map_request(request.view()).await
        } else {
            prepare(request, &pinned, Hook::RequestFilter, route).await?;
            pinned.filter_request(request.view()).await
        };
        let patch = passed(answer, attachment, &request.context)?;
        apply::to_request(request, patch, route, attachment.plugin())?;
    }
    Ok(Outbound(()))
}

/// Maps the upstream's reply back; the last mapper of the request is the first of the reply.
pub(crate) async fn inbound(
    mut reply: Reply,
    request: &mut Request,
    route: &Route,
) -> Result<Reply, Halt> {
    for attachment in route.chain.transform.iter().rev() {
        let pinned = match attachment.pin() {
            Err(_) if attachment.fail_open() => continue,
            pinned => pinned?,
        };
        if !pinned.has(Hook::Mapper) {
            continue;
        }
        prepare_reply(&mut reply, &pinned, Hook::Mapper, route).await?;
        let answer = pinned
            .map_response(request.view_as_sent(), reply.view())
            .await;
        let patch = passed(answer, attachment, &request.context)?;
        reply = apply::to_reply(reply, &mut request.context, patch);
    }
    Ok(reply)
}

/// Runs the response filters in reverse order, on the gateway's own errors too.
pub(crate) async fn respond(
    mut reply: Reply,
    request: &mut Request,
    route: &Route,
) -> Result<Reply, Failure> {
    for attachment in route.chain.respond.iter().rev() {
        let pinned = match attachment.pin() {
            Err(_) if attachment.fail_open() => continue,
            pinned => pinned?,
        };
        prepare_reply(&mut reply, &pinned, Hook::ResponseFilter, route).await?;
        let answer = pinned
            .filter_response(request.view_as_sent(), reply.view())
            .await;
        let patch = passed(answer, attachment, &request.context)?;
        reply = apply::to_reply(reply, &mut request.context, patch);
    }
    for attachment in &route.chain.observe {
        if let Ok(pinned) = attachment.pin() {
            prepare_reply(&mut reply, &pinned, Hook::Observer, route).await?;
        }
    }
    Ok(reply)
}

/// What a hook answered; nothing to change where it failed and the operator wants that passed over.
fn passed(
    answer: Result<Patch, Denial>,
    attachment: &Attachment,
    context: &Context,
) -> Result<Patch, Failure> {
    match answer {
        Err(Denial::Failed(failure)) if attachment.fail_open() => {
            let plugin = attachment.plugin();
            let route = &*context.route.route_key;
            let request_id = &*context.request_id;
            tracing::warn!(plugin, route, request_id, %failure, "passed over");
            Ok(Patch::default())
        }
        answer => answer.map_err(|denial| Failure::denied(attachment.plugin(), denial)),
    }
}

async fn prepare(
    request: &mut Request,
    pinned: &Pinned<'_>,
    hook: Hook,
    route: &Route,
) -> Result<(), Failure> {
    let interest = pinned.interest(hook);
    let prepared = request.prepare(interest, route.body_limit).await;
    prepared.map_err(Failure::RequestBody)
}

async fn prepare_reply(
    reply: &mut Reply,
    pinned: &Pinned<'_>,
    hook: Hook,
    route: &Route,
) -> Result<(), Failure> {
    let interest = pinned.interest(hook);
    let prepared = reply.prepare(interest, route.body_limit).await;
    prepared.map_err(Failure::ResponseBody)
}

/// Takes out of the client's request what plugins set for the upstream, before any of them runs: one that sets a field
/// must not undo what another has set, nor may the client's own get through where one fails open.
fn remove_forged(request: &mut Request, route: &Route) {
    for attachment in route.chain.early.iter().chain(&route.chain.transform) {
        let Ok(pinned) = attachment.pin() else {
            continue;
        };
        for hook in [Hook::RequestFilter, Hook::Mapper] {
            for field in &pinned.interest(hook).sets {
                request.head.headers.remove(field);
                request.payload.keep_out(field);
            }
        }
    }
}

/// Response filters and observers run when the body is long gone: what they want of it is kept now.
async fn keep_for_later(request: &mut Request, route: &Route) -> Result<(), Failure> {
    for (attachments, hook) in [
        (&route.chain.respond, Hook::ResponseFilter),
        (&route.chain.observe, Hook::Observer),
    ] {
        for attachment in attachments {
            if let Ok(pinned) = attachment.pin() {
                prepare(request, &pinned, hook, route).await?;
            }
        }
    }
    Ok(())
}
