//! The hooks of the contract, one function each: records in, a checked result out.

use std::sync::Arc;

use bumpalo::Bump;

use super::{
    Answer, Fault, Grant, Hook, Interest, Patch, ReplyView, RequestView,
    call::{self, End, Instance},
    image::Image,
    packed::{self, Function, Raw, Unpack},
    patch::{self, Side},
    record,
};

/// One entry of an image: what a hook call is made on.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) image: &'a Arc<Image>,
    pub(super) entry: u32,
}

impl<'a> Target<'a> {
    /// What the entry wants to see in a hook.
    pub(super) fn interest(self, hook: Hook) -> &'a Interest {
        self.image.interests[self.entry as usize].of(hook)
    }
}

pub(super) async fn authorize(on: Target<'_>, request: RequestView<'_>) -> Result<Grant, End> {
    let arena = Bump::new();
    let record = record::request(request, on.interest(Hook::Authorizer), &arena)?;
    let call = async |instance: &mut Instance| {
        let packed = packed::call(Function::Authorize, instance, on, &record, None);
        if let Some(outcome) = packed.await? {
            return Ok(Raw::Packed(outcome));
        }
        let guest = instance
            .guests
            .authorizer(&on.image.exports, &mut instance.store)?;
        let record = guest
            .call_authorize(&mut instance.store, on.entry, record)
            .await?;
        Ok(Raw::Record(record))
    };
    let read = |raw| unless_refused(raw, patch::grant);
    call::run(on.image, Hook::Authorizer, request.context, call, read).await
}

pub(super) async fn filter_request(on: Target<'_>, request: RequestView<'_>) -> Result<Patch, End> {
    let arena = Bump::new();
    let record = record::request(request, on.interest(Hook::RequestFilter), &arena)?;
    let call = async |instance: &mut Instance| {
        let packed = packed::call(Function::FilterRequest, instance, on, &record, None);
        if let Some(outcome) = packed.await? {
            return Ok(Raw::Packed(outcome));
        }
        let guest = instance
            .guests
            .request_filter(&on.image.exports, &mut instance.store)?;
        let record = guest
            .call_filter(&mut instance.store, on.entry, record)
            .await?;
        Ok(Raw::Record(record))
    };
    let read = |raw| unless_refused(raw, |raw| patch::patch(raw, Side::Request));
    call::run(on.image, Hook::RequestFilter, request.context, call, read).await
}

pub(super) async fn filter_response(
    on: Target<'_>,
    request: RequestView<'_>,
    reply: ReplyView<'_>,
) -> Result<Patch, End> {
    let arena = Bump::new();
    let interest = on.interest(Hook::ResponseFilter);
    let record = record::request(request, interest, &arena)?;
    let reply = record::reply(reply, interest, &arena);
    let call = async |instance: &mut Instance| {
        let packed = packed::call(
            Function::FilterResponse,
            instance,
            on,
            &record,
            Some(&reply),
        );
        if let Some(outcome) = packed.await? {
            return Ok(Raw::Packed(outcome));
        }
        let guest = instance
            .guests
            .response_filter(&on.image.exports, &mut instance.store)?;
        let record = guest
            .call_filter(&mut instance.store, on.entry, record, reply)
            .await?;
        Ok(Raw::Record(record))
    };
    let read = |raw| unless_refused(raw, |raw| patch::patch(raw, Side::Reply));
    call::run(on.image, Hook::ResponseFilter, request.context, call, read).await
}

pub(super) async fn validate(on: Target<'_>, request: RequestView<'_>) -> Result<(), End> {
    let arena = Bump::new();
    let record = record::request(request, on.interest(Hook::Validator), &arena)?;
    let call = async |instance: &mut Instance| {
        let packed = packed::call(Function::Validate, instance, on, &record, None);
        if let Some(outcome) = packed.await? {
            return Ok(Raw::Packed(outcome));
        }
        let guest = instance
            .guests
            .validator(&on.image.exports, &mut instance.store)?;
        let record = guest
            .call_validate(&mut instance.store, on.entry, record)
            .await?;
        Ok(Raw::Record(record))
    };
    let read = |raw| unless_refused(raw, Ok);
    call::run(on.image, Hook::Validator, request.context, call, read).await
}

pub(super) async fn map_request(on: Target<'_>, request: RequestView<'_>) -> Result<Patch, End> {
    let arena = Bump::new();
    let record = record::request(request, on.interest(Hook::Mapper), &arena)?;
    let call = async |instance: &mut Instance| {
        let packed = packed::call(Function::MapRequest, instance, on, &record, None);
        if let Some(outcome) = packed.await? {
            return Ok(Raw::Packed(outcome));
        }
        let guest = instance
            .guests
            .mapper(&on.image.exports, &mut instance.store)?;
        let record = guest
            .call_map_request(&mut instance.store, on.entry, record)
            .await?;
        Ok(Raw::Record(record))
    };
    let read = |raw| unless_refused(raw, |raw| patch::patch(raw, Side::Request));
    call::run(on.image, Hook::Mapper, request.context, call, read).await
}

pub(super) async fn map_response(
    on: Target<'_>,
    request: RequestView<'_>,
    reply: ReplyView<'_>,
) -> Result<Patch, End> {
    let arena = Bump::new();
    let interest = on.interest(Hook::Mapper);
    let record = record::request(request, interest, &arena)?;
    let reply = record::reply(reply, interest, &arena);
    let call = async |instance: &mut Instance| {
        let packed = packed::call(Function::MapResponse, instance, on, &record, Some(&reply));
        if let Some(outcome) = packed.await? {
            return Ok(Raw::Packed(outcome));
        }
        let guest = instance
            .guests
            .mapper(&on.image.exports, &mut instance.store)?;
        let record = guest
            .call_map_response(&mut instance.store, on.entry, record, reply)
            .await?;
        Ok(Raw::Record(record))
    };
    let read = |raw| unless_refused(raw, |raw| patch::patch(raw, Side::Reply));
    call::run(on.image, Hook::Mapper, request.context, call, read).await
}

pub(super) async fn answer(on: Target<'_>, request: RequestView<'_>) -> Result<Answer, End> {
    let arena = Bump::new();
    let record = record::request(request, on.interest(Hook::Function), &arena)?;
    let call = async |instance: &mut Instance| {
        let packed = packed::call(Function::Handle, instance, on, &record, None);
        if let Some(outcome) = packed.await? {
            return Ok(Raw::Packed(outcome));
        }
        let guest = instance
            .guests
            .function(&on.image.exports, &mut instance.store)?;
        let record = guest
            .call_handle(&mut instance.store, on.entry, record)
            .await?;
        Ok(Raw::Record(record))
    };
    let read = |raw| unless_refused(raw, patch::answer);
    call::run(on.image, Hook::Function, request.context, call, read).await
}

pub(super) async fn observe(
    on: Target<'_>,
    request: RequestView<'_>,
    reply: ReplyView<'_>,
) -> Result<(), End> {
    let arena = Bump::new();
    let interest = on.interest(Hook::Observer);
    let record = record::request(request, interest, &arena)?;
    let reply = record::reply(reply, interest, &arena);
    let call = async |instance: &mut Instance| {
        let packed = packed::call(Function::Observe, instance, on, &record, Some(&reply));
        if packed.await?.is_some() {
            return Ok(());
        }
        let guest = instance
            .guests
            .observer(&on.image.exports, &mut instance.store)?;
        guest
            .call_observe(&mut instance.store, on.entry, record, reply)
            .await
    };
    call::run(on.image, Hook::Observer, request.context, call, Ok).await
}

fn unless_refused<T: Unpack, R>(
    raw: Raw<T>,
    read: impl FnOnce(T) -> Result<R, Fault>,
) -> Result<R, End> {
    match raw.record()? {
        Ok(raw) => read(raw).map_err(End::Failed),
        Err(refusal) => Err(patch::refusal(refusal)),
    }
}
