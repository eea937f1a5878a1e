//! Requests and replies as the contract's records, for plugins that take those.

use std::borrow::Cow;

use bumpalo::Bump;
use smallvec::SmallVec;

use super::{
    Refusal,
    bindings::wasmgate::plugin::types::{PairParam, Reply, Request},
    shown::{ShownReply, ShownRequest},
};

/// Stands where a function takes no reply.
pub(super) const NO_REPLY: Reply<'static> = Reply {
    status: 0,
    headers: &[],
    body: None,
    extra: &[],
};

/// A request's record. Refused where the interest asks for a field or parameter that is not UTF-8.
pub(super) fn request<'a>(
    shown: ShownRequest<'a>,
    arena: &'a Bump,
) -> Result<Request<'a>, Box<Refusal>> {
    let mut headers = Pairs::new(arena);
    let mut query_parameters = Pairs::new(arena);
    let mut path_parameters = Pairs::new(arena);
    let mut context = Pairs::new(arena);
    shown.headers(|name, value| headers.add(name, value))?;
    shown.query_parameters(|name, value| query_parameters.add(name, value))?;
    shown.path_parameters(|name, value| path_parameters.add(name, value));
    shown.context(|name, value| context.add(name, value));
    Ok(Request {
        method: shown.view.method,
        path: shown.view.path,
        query: shown.query(),
        headers: headers.done(),
        query_parameters: query_parameters.done(),
        path_parameters: path_parameters.done(),
        context: context.done(),
        body: shown.body(),
        extra: &[],
    })
}

/// A reply's record.
pub(super) fn reply<'a>(shown: ShownReply<'a>, arena: &'a Bump) -> Reply<'a> {
    let mut headers = Pairs::new(arena);
    let mut extra = Pairs::new(arena);
    shown.headers(|name, value| headers.add(name, value));
    shown.extra(|name, value| extra.add(name, value));
    Reply {
        status: shown.view.status.as_u16(),
        headers: headers.done(),
        body: shown.body(),
        extra: extra.done(),
    }
}

/// Pairs while they are gathered; what is not borrowed yet goes to the arena.
struct Pairs<'a> {
    pairs: SmallVec<[PairParam<'a>; 16]>,
    arena: &'a Bump,
}

impl<'a> Pairs<'a> {
    fn new(arena: &'a Bump) -> Pairs<'a> {
        let pairs = SmallVec::new();
        Pairs { pairs, arena }
    }

    fn add(&mut self, name: Cow<'a, str>, value: Cow<'a, str>) {
        let pair = (self.keep(name), self.keep(value));
        self.pairs.push(pair);
    }

    fn keep(&self, text: Cow<'a, str>) -> &'a str {
        match text {
            Cow::Borrowed(text) => text,
            Cow::Owned(text) => self.arena.alloc_str(&text),
        }
    }

    fn done(self) -> &'a [PairParam<'a>] {
        match self.pairs.is_empty() {
            true => &[],
            false => self.arena.alloc_slice_copy(&self.pairs),
        }
    }
}
