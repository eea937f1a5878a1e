//! Runs one hook call: in a sandbox of its own, within every limit, counted.
//!
//! breaker → a turn of the plugin's → an instance → the guest → its result, read and checked. Whatever fails on the way
//! ends this call only, and takes the instance with it.
//!
//! A future that waits for another holds it, is as large as the largest that it may wait for, and is copied into the one
//! around it. So what is large stands in a box: records, the engine's call, fresh instances.

use std::{future::poll_fn, pin::pin, sync::Arc};

use bumpalo::Bump;

use super::{
    Fault, Hook, Refusal, ReplyView, RequestView,
    bindings::wasmgate::plugin::types,
    breaker::Breaker,
    hooks::{Function, Given, Target},
    instance::Instance,
    meter::Meter,
    packed::{self, Ended, Packed},
    patch,
    pool::{self, Gate},
    record,
    shown::{ShownReply, ShownRequest},
    stats::Stats,
};
use crate::{config::Isolation, context::Context};

mod tally;

use tally::Tally;

/// What is known of a plugin across all its images and attachments: who is inside, how its calls went.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) plugin: Arc<str>,
    pub(crate) gate: Gate,
    pub(crate) breaker: Breaker,
    pub(crate) stats: Stats,
}

impl Account {
    pub(crate) fn new(plugin: Arc<str>, concurrent: usize) -> Arc<Account> {
        Arc::new(Account {
            plugin,
            gate: Gate::new(concurrent),
            breaker: Breaker::new(),
            stats: Stats::default(),
        })
    }
}

/// How a call ended that gave no result.
#[derive(Debug)]
pub(super) enum End {
    Refused(Box<Refusal>),
    /// The plugin wants `configure` to run again. The refusal is for when that does not help.
    Stale(Box<Refusal>),
    Failed(Fault),
}

impl From<Box<Refusal>> for End {
    fn from(refusal: Box<Refusal>) -> End {
        End::Refused(refusal)
    }
}

impl From<Fault> for End {
    fn from(fault: Fault) -> End {
        End::Failed(fault)
    }
}

/// Calls a function of a hook.
pub(super) async fn run<F: Function>(
    on: Target<'_>,
    request: RequestView<'_>,
    reply: Option<ReplyView<'_>>,
) -> Result<F::Checked, End> {
    let arena = Bump::new();
    let input = Input::new(on, F::HOOK, request, reply, &arena)?;
    let mut tally = Tally::begin(&on.image.account, F::HOOK);
    let mut meter = Meter::new(tally.begun);
    let result = {
        let mut attempt = pin!(attempt::<F>(on, request.context, input, &mut tally));
        poll_fn(|context| meter.poll(attempt.as_mut(), context)).await
    };
    tally.end(&result);
    result
}

async fn attempt<F: Function>(
    on: Target<'_>,
    context: &Arc<Context>,
    input: Input<'_>,
    tally: &mut Tally<'_>,
) -> Result<F::Checked, End> {
    let Target { image, .. } = on;
    let account = &*image.account;
    let limits = &image.scope.policy.limits;
    account
        .breaker
        .check()
        .map_err(|open| Fault::BreakerOpen(open.failures))?;
    let _turn = account
        .gate
        .enter(limits.wall)
        .await
        .map_err(|full| Fault::Busy(full.limit))?;
    let end = tally.begun + limits.wall;
    let idle = match image.isolation {
        Isolation::Request => None,
        Isolation::Reuse { .. } => pool::take(image),
    };
    let mut instance = match idle {
        Some(instance) => instance,
        None => Box::pin(Instance::fresh(image, end)).await?,
    };
    instance.serve(context, limits, end);
    let given = {
        let mut call = pin!(call::<F>(&mut instance, on, input));
        match image.waits {
            // A timer costs more than a short call: only those get one that can wait on the host. The clock ends others.
            true => Box::pin(tokio::time::timeout_at(end.into(), call))
                .await
                .map_err(|_| Fault::TimedOut(limits.wall))?,
            false => call.as_mut().await,
        }
    };
    tally.memory = instance.memory();
    let given = given.map_err(|error| instance.fault(&error))?;
    let given =
        given.map_err(|Ended| Fault::Contract("gave values that are not a result's".into()))?;
    let result = match given {
        Ok(raw) => F::check(raw).map_err(End::Failed),
        Err(refusal) => Err(patch::refusal(refusal)),
    };
    if !matches!(result, Err(End::Failed(_))) {
        instance.park(image);
    }
    result
}

/// What a guest is given, in the form that its plugin takes.
enum Input<'a> {
    Packed(Packed<'a>),
    Records(Box<(types::Request<'a>, types::Reply<'a>)>),
}

impl<'a> Input<'a> {
    fn new(
        on: Target<'a>,
        hook: Hook,
        request: RequestView<'a>,
        reply: Option<ReplyView<'a>>,
        arena: &'a Bump,
    ) -> Result<Input<'a>, Box<Refusal>> {
        let interest = on.interest(hook);
        let request = ShownRequest {
            view: request,
            interest,
        };
        let reply = reply.map(|view| ShownReply { view, interest });
        match on.image.exports.packed() {
            true => packed::pack(request, reply).map(Input::Packed),
            false => Ok(Input::Records(Box::new((
                record::request(request, arena)?,
                reply.map_or(record::NO_REPLY, |reply| record::reply(reply, arena)),
            )))),
        }
    }
}

/// Lets the guest run.
async fn call<F: Function>(
    instance: &mut Instance,
    on: Target<'_>,
    input: Input<'_>,
) -> wasmtime::Result<Result<Given<F::Raw>, Ended>> {
    match input {
        Input::Packed(packed) => {
            let call = packed::call::<F>(instance, on, packed);
            Box::pin(call).await.map(F::unpack)
        }
        Input::Records(records) => {
            let (request, reply) = *records;
            Box::pin(F::call(instance, on, request, reply))
                .await
                .map(Ok)
        }
    }
}

#[cfg(test)]
mod tests;
