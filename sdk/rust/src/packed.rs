//! Hooks called with bytes, and what they give as bytes: `wit/packed.wit` says how values are written.

use crate::{
    Authorizer, Function, Mapper, Observer, Refusal, Reply, Request, RequestFilter, ResponseFilter,
    Validator,
    bindings::{
        authorizer::exports::wasmgate::plugin::authorizer::Grant,
        wasmgate::plugin::types::{self, Patch, Response},
    },
    export::Entries,
};

mod values;

pub(crate) use values::{Pairs, Reader, Text, Writer, find, pairs, text};

/// What a call of a hook brings.
#[derive(Debug)]
pub struct Call {
    pub entry: u32,
    pub values: Vec<u8>,
    pub request_body: Option<Vec<u8>>,
    pub reply_body: Option<Vec<u8>>,
}

/// A result as values, and the body that stands beside them.
pub type Outcome = (Vec<u8>, Option<Vec<u8>>);

impl Call {
    fn request(self) -> Request {
        Request::read(self.values, self.request_body).0
    }

    fn exchange(self) -> (Request, Reply) {
        let (request, rest) = Request::read(self.values, self.request_body);
        (request, Reply::read(rest, self.reply_body))
    }
}

macro_rules! hooks {
    ($($hook:ident, $capability:ident, $numbers:expr, |$entries:ident, $number:ident, $call:ident| $body:expr;)+) => {
        $(#[doc(hidden)]
        pub mod $hook {
            use super::*;

            pub const NUMBERS: &[u32] = &$numbers;

            pub fn call<T: $capability>($entries: &Entries<T>, $number: u32, $call: Call) -> Outcome {
                $body
            }
        })+
    };
}

hooks! {
    authorizer, Authorizer, [0], |entries, _number, call| {
        let plugin = entries.entry(call.entry);
        outcome::<_, Grant>(plugin.and_then(|plugin| plugin.authorize(&call.request())))
    };
    request_filter, RequestFilter, [1], |entries, _number, call| {
        let plugin = entries.entry(call.entry);
        outcome::<_, Patch>(plugin.and_then(|plugin| plugin.filter_request(&call.request())))
    };
    response_filter, ResponseFilter, [2], |entries, _number, call| {
        let plugin = entries.entry(call.entry);
        let (request, reply) = call.exchange();
        outcome::<_, Patch>(plugin.and_then(|plugin| plugin.filter_response(&request, &reply)))
    };
    validator, Validator, [3], |entries, _number, call| {
        let plugin = entries.entry(call.entry);
        outcome::<_, ()>(plugin.and_then(|plugin| plugin.validate(&call.request())))
    };
    mapper, Mapper, [4, 5], |entries, number, call| {
        let plugin = entries.entry(call.entry);
        if number == 4 {
            return outcome::<_, Patch>(plugin.and_then(|plugin| plugin.map_request(&call.request())));
        }
        let (request, reply) = call.exchange();
        outcome::<_, Patch>(plugin.and_then(|plugin| plugin.map_response(&request, &reply)))
    };
    function, Function, [6], |entries, _number, call| {
        let plugin = entries.entry(call.entry);
        outcome::<_, Response>(plugin.and_then(|plugin| plugin.handle(&call.request())))
    };
    observer, Observer, [7], |entries, _number, call| {
        let plugin = entries.entry(call.entry);
        let (request, reply) = call.exchange();
        if let Ok(plugin) = plugin {
            plugin.observe(&request, &reply);
        }
        (Vec::new(), None)
    };
}

/// For a hook that the plugin does not have, which only a broken host calls.
pub fn no_such_hook() -> Outcome {
    outcome::<(), ()>(Err(Refusal::failure("no such hook")))
}

/// What a hook gives: a record of the contract, which is written as values, its body left beside.
trait Pack {
    fn pack(self, to: &mut Writer) -> Option<Vec<u8>>;
}

fn outcome<T: Into<R>, R: Pack>(result: Result<T, Refusal>) -> Outcome {
    let mut values = Writer::default();
    let body = match result {
        Ok(value) => {
            values.number(0);
            value.into().pack(&mut values)
        }
        Err(refusal) => {
            values.number(1);
            refusal.into_contract().pack(&mut values)
        }
    };
    (values.done(), body)
}

impl Pack for () {
    fn pack(self, _: &mut Writer) -> Option<Vec<u8>> {
        None
    }
}

impl Pack for Grant {
    fn pack(self, to: &mut Writer) -> Option<Vec<u8>> {
        to.text(&self.principal);
        to.pairs(&self.context);
        to.text(&self.usage_key);
        to.text(&self.policy);
        to.number(self.ttl);
        to.pairs(&self.extra);
        None
    }
}

impl Pack for types::Refusal {
    fn pack(self, to: &mut Writer) -> Option<Vec<u8>> {
        to.text(&self.code);
        to.text(&self.message);
        to.pairs(&self.headers);
        to.pairs(&self.context);
        to.pairs(&self.extra);
        None
    }
}

impl Pack for Response {
    fn pack(self, to: &mut Writer) -> Option<Vec<u8>> {
        to.number(self.status.into());
        to.pairs(&self.headers);
        to.pairs(&self.extra);
        Some(self.body)
    }
}

impl Pack for Patch {
    fn pack(self, to: &mut Writer) -> Option<Vec<u8>> {
        to.count(self.changes.len());
        for change in &self.changes {
            to.text(&change.code);
            to.text(&change.name);
            to.text(&change.value);
        }
        to.number(self.respond.is_some().into());
        let answer = self.respond.map(|response| response.pack(to));
        to.pairs(&self.extra);
        answer.unwrap_or(self.body)
    }
}

#[cfg(test)]
mod tests;
