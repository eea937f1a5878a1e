//! The hooks of the contract: for each of their functions, how it is called with records, and what its result becomes.

use std::sync::Arc;

use super::{
    Answer, Fault, Grant, Hook, Interest, Patch,
    bindings::{exports::wasmgate::plugin::authorizer, wasmgate::plugin::types},
    image::Image,
    instance::Instance,
    packed::{self, Ended, Outcome, Unpack},
    patch::{self, Side},
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

/// What a guest gave: its result, unless it trapped.
pub(super) type Given<T> = Result<T, types::Refusal>;

/// A function of a hook.
pub(super) trait Function {
    const HOOK: Hook;
    /// Its number in `wit/packed.wit`.
    const NUMBER: u32;
    /// What it gives, as the contract has it.
    type Raw: Unpack;
    /// What that is once it is checked.
    type Checked;

    /// Calls it with records; a reply says nothing where the function takes none.
    async fn call(
        instance: &mut Instance,
        on: Target<'_>,
        request: types::Request<'_>,
        reply: types::Reply<'_>,
    ) -> wasmtime::Result<Given<Self::Raw>>;

    /// Reads what it gave as bytes.
    fn unpack(outcome: Outcome) -> Result<Given<Self::Raw>, Ended> {
        packed::unpack(outcome)
    }

    fn check(raw: Self::Raw) -> Result<Self::Checked, Fault>;
}

pub(super) struct Authorize;

impl Function for Authorize {
    const HOOK: Hook = Hook::Authorizer;
    const NUMBER: u32 = 0;
    type Raw = authorizer::Grant;
    type Checked = Grant;

    async fn call(
        instance: &mut Instance,
        on: Target<'_>,
        request: types::Request<'_>,
        _: types::Reply<'_>,
    ) -> wasmtime::Result<Given<authorizer::Grant>> {
        let Instance { guests, store, .. } = instance;
        let guest = guests.authorizer(&on.image.exports, store)?;
        guest.call_authorize(store, on.entry, request).await
    }

    fn check(raw: authorizer::Grant) -> Result<Grant, Fault> {
        patch::grant(raw)
    }
}

pub(super) struct FilterRequest;

impl Function for FilterRequest {
    const HOOK: Hook = Hook::RequestFilter;
    const NUMBER: u32 = 1;
    type Raw = types::Patch;
    type Checked = Patch;

    async fn call(
        instance: &mut Instance,
        on: Target<'_>,
        request: types::Request<'_>,
        _: types::Reply<'_>,
    ) -> wasmtime::Result<Given<types::Patch>> {
        let Instance { guests, store, .. } = instance;
        let guest = guests.request_filter(&on.image.exports, store)?;
        guest.call_filter(store, on.entry, request).await
    }

    fn check(raw: types::Patch) -> Result<Patch, Fault> {
        patch::patch(raw, Side::Request)
    }
}

pub(super) struct FilterResponse;

impl Function for FilterResponse {
    const HOOK: Hook = Hook::ResponseFilter;
    const NUMBER: u32 = 2;
    type Raw = types::Patch;
    type Checked = Patch;

    async fn call(
        instance: &mut Instance,
        on: Target<'_>,
        request: types::Request<'_>,
        reply: types::Reply<'_>,
    ) -> wasmtime::Result<Given<types::Patch>> {
        let Instance { guests, store, .. } = instance;
        let guest = guests.response_filter(&on.image.exports, store)?;
        guest.call_filter(store, on.entry, request, reply).await
    }

    fn check(raw: types::Patch) -> Result<Patch, Fault> {
        patch::patch(raw, Side::Reply)
    }
}

pub(super) struct Validate;

impl Function for Validate {
    const HOOK: Hook = Hook::Validator;
    const NUMBER: u32 = 3;
    type Raw = ();
    type Checked = ();

    async fn call(
        instance: &mut Instance,
        on: Target<'_>,
        request: types::Request<'_>,
        _: types::Reply<'_>,
    ) -> wasmtime::Result<Given<()>> {
        let Instance { guests, store, .. } = instance;
        let guest = guests.validator(&on.image.exports, store)?;
        guest.call_validate(store, on.entry, request).await
    }

    fn check(raw: ()) -> Result<(), Fault> {
        Ok(raw)
    }
}

pub(super) struct MapRequest;

impl Function for MapRequest {
    const HOOK: Hook = Hook::Mapper;
    const NUMBER: u32 = 4;
    type Raw = types::Patch;
    type Checked = Patch;

    async fn call(
        instance: &mut Instance,
        on: Target<'_>,
        request: types::Request<'_>,
        _: types::Reply<'_>,
    ) -> wasmtime::Result<Given<types::Patch>> {
        let Instance { guests, store, .. } = instance;
        let guest = guests.mapper(&on.image.exports, store)?;
        guest.call_map_request(store, on.entry, request).await
    }

    fn check(raw: types::Patch) -> Result<Patch, Fault> {
        patch::patch(raw, Side::Request)
    }
}

pub(super) struct MapResponse;

impl Function for MapResponse {
    const HOOK: Hook = Hook::Mapper;
    const NUMBER: u32 = 5;
    type Raw = types::Patch;
    type Checked = Patch;

    async fn call(
        instance: &mut Instance,
        on: Target<'_>,
        request: types::Request<'_>,
        reply: types::Reply<'_>,
    ) -> wasmtime::Result<Given<types::Patch>> {
        let Instance { guests, store, .. } = instance;
        let guest = guests.mapper(&on.image.exports, store)?;
        guest
            .call_map_response(store, on.entry, request, reply)
            .await
    }

    fn check(raw: types::Patch) -> Result<Patch, Fault> {
        patch::patch(raw, Side::Reply)
    }
}

pub(super) struct Handle;

impl Function for Handle {
    const HOOK: Hook = Hook::Function;
    const NUMBER: u32 = 6;
    type Raw = types::Response;
    type Checked = Answer;

    async fn call(
        instance: &mut Instance,
        on: Target<'_>,
        request: types::Request<'_>,
        _: types::Reply<'_>,
    ) -> wasmtime::Result<Given<types::Response>> {
        let Instance { guests, store, .. } = instance;
        let guest = guests.function(&on.image.exports, store)?;
        guest.call_handle(store, on.entry, request).await
    }

    fn check(raw: types::Response) -> Result<Answer, Fault> {
        patch::answer(raw)
    }
}

pub(super) struct Observe;

impl Function for Observe {
    const HOOK: Hook = Hook::Observer;
    const NUMBER: u32 = 7;
    type Raw = ();
    type Checked = ();

    async fn call(
        instance: &mut Instance,
        on: Target<'_>,
        request: types::Request<'_>,
        reply: types::Reply<'_>,
    ) -> wasmtime::Result<Given<()>> {
        let Instance { guests, store, .. } = instance;
        let guest = guests.observer(&on.image.exports, store)?;
        guest
            .call_observe(store, on.entry, request, reply)
            .await
            .map(Ok)
    }

    /// An observer gives nothing.
    fn unpack(_: Outcome) -> Result<Given<()>, Ended> {
        Ok(Ok(()))
    }

    fn check(raw: ()) -> Result<(), Fault> {
        Ok(raw)
    }
}
