//! The hooks of the contract: for each of their functions, how it is called with records, and what its result becomes.

use std::sync::Arc;

use super::{
    Answer, Fault, Grant, Hook, Interest, Patch,
    bindings::{exports::wasmgate::plugin::authorizer, wasmgate::plugin::types},
    image::Image,
    instance::Instance,
    packed::{self, Ended, Outcome, Unpack},
    patch,
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

/// Functions of hooks: number, name and hook; which records its export is called with; what it gives, and how that is
/// checked.
macro_rules! functions {
    ($(
        $number:literal $name:ident of $hook:ident:
        ($request:pat, $reply:pat) $export:ident.$call:ident($($argument:ident),*) -> $raw:ty => $checked:ty, $check:expr;
    )*) => {$(
        pub(super) struct $name;

        impl Function for $name {
            const HOOK: Hook = Hook::$hook;
            const NUMBER: u32 = $number;
            type Raw = $raw;
            type Checked = $checked;

            async fn call(
                instance: &mut Instance,
                on: Target<'_>,
                $request: types::Request<'_>,
                $reply: types::Reply<'_>,
            ) -> wasmtime::Result<Given<$raw>> {
                let Instance { guests, store, .. } = instance;
                let guest = guests.$export(&on.image.exports, store)?;
                guest.$call(store, on.entry, $($argument),*).await
            }

            fn check(raw: $raw) -> Result<$checked, Fault> {
                $check(raw)
            }
        }
    )*};
}

functions! {
    0 Authorize of Authorizer:
        (request, _) authorizer.call_authorize(request) -> authorizer::Grant => Grant, patch::grant;
    1 FilterRequest of RequestFilter:
        (request, _) request_filter.call_filter(request) -> types::Patch => Patch, patch::of_request;
    2 FilterResponse of ResponseFilter:
        (request, reply) response_filter.call_filter(request, reply) -> types::Patch => Patch, patch::of_reply;
    3 Validate of Validator:
        (request, _) validator.call_validate(request) -> () => (), Ok;
    4 MapRequest of Mapper:
        (request, _) mapper.call_map_request(request) -> types::Patch => Patch, patch::of_request;
    5 MapResponse of Mapper:
        (request, reply) mapper.call_map_response(request, reply) -> types::Patch => Patch, patch::of_reply;
    6 Handle of Function:
        (request, _) function.call_handle(request) -> types::Response => Answer, patch::answer;
}

/// An observer gives nothing, not even an error.
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
        let observed = guest.call_observe(store, on.entry, request, reply);
        observed.await.map(Ok)
    }

    fn unpack(_: Outcome) -> Result<Given<()>, Ended> {
        Ok(Ok(()))
    }

    fn check(raw: ()) -> Result<(), Fault> {
        Ok(raw)
    }
}
