//! Hooks of plugins that take their records as bytes: `wit/packed.wit` says how values are written.

use super::{
    Fault,
    bindings::{
        exports::wasmgate::plugin::{authorizer, packed::Outcome},
        wasmgate::plugin::types,
    },
    call::Instance,
    hooks::Target,
};

mod values;

use values::{Ended, Reader, Writer};

/// A function of a hook, by its number in the contract.
#[derive(Clone, Copy, Debug)]
pub(super) enum Function {
    Authorize = 0,
    FilterRequest = 1,
    FilterResponse = 2,
    Validate = 3,
    MapRequest = 4,
    MapResponse = 5,
    Handle = 6,
    Observe = 7,
}

/// Calls a function, where the plugin takes bytes.
pub(super) async fn call(
    function: Function,
    instance: &mut Instance,
    on: Target<'_>,
    request: &types::Request<'_>,
    reply: Option<&types::Reply<'_>>,
) -> wasmtime::Result<Option<Outcome>> {
    let Instance { guests, store, .. } = instance;
    let Some(guest) = guests.packed(&on.image.exports, store)? else {
        return Ok(None);
    };
    let values = write(request, reply);
    let reply_body = reply.and_then(|reply| reply.body);
    guest
        .call_call(
            store,
            function as u32,
            on.entry,
            &values,
            request.body,
            reply_body,
        )
        .await
        .map(Some)
}

fn write(request: &types::Request<'_>, reply: Option<&types::Reply<'_>>) -> Vec<u8> {
    let mut values = Writer::default();
    values.text(request.method);
    values.text(request.path);
    values.text(request.query);
    values.pairs(request.headers);
    values.pairs(request.query_parameters);
    values.pairs(request.path_parameters);
    values.pairs(request.context);
    values.pairs(request.extra);
    if let Some(reply) = reply {
        values.number(reply.status.into());
        values.pairs(reply.headers);
        values.pairs(reply.extra);
    }
    values.done()
}

/// What a hook gave: the contract's record, or its bytes.
pub(super) enum Raw<T> {
    Record(Result<T, types::Refusal>),
    Packed(Outcome),
}

impl<T: Unpack> Raw<T> {
    /// The record.
    pub(super) fn record(self) -> Result<Result<T, types::Refusal>, Fault> {
        match self {
            Raw::Record(record) => Ok(record),
            Raw::Packed(outcome) => unpack(outcome)
                .map_err(|Ended| Fault::Contract("gave values that are not a result's".into())),
        }
    }
}

fn unpack<T: Unpack>(outcome: Outcome) -> Result<Result<T, types::Refusal>, Ended> {
    let mut reader = Reader::new(&outcome.values);
    let result = match reader.number()? {
        0 => Ok(T::unpack(&mut reader, outcome.body)?),
        1 => Err(types::Refusal::unpack(&mut reader, None)?),
        _ => return Err(Ended),
    };
    reader.end()?;
    Ok(result)
}

/// A record that is read from values, and the body that stands beside them.
pub(super) trait Unpack: Sized {
    fn unpack(from: &mut Reader<'_>, body: Option<Vec<u8>>) -> Result<Self, Ended>;
}

impl Unpack for () {
    fn unpack(_: &mut Reader<'_>, _: Option<Vec<u8>>) -> Result<(), Ended> {
        Ok(())
    }
}

impl Unpack for authorizer::Grant {
    fn unpack(from: &mut Reader<'_>, _: Option<Vec<u8>>) -> Result<Self, Ended> {
        Ok(authorizer::Grant {
            principal: from.text()?,
            context: from.pairs()?,
            usage_key: from.text()?,
            policy: from.text()?,
            ttl: from.number()?,
            extra: from.pairs()?,
        })
    }
}

impl Unpack for types::Refusal {
    fn unpack(from: &mut Reader<'_>, _: Option<Vec<u8>>) -> Result<Self, Ended> {
        Ok(types::Refusal {
            code: from.text()?,
            message: from.text()?,
            headers: from.pairs()?,
            context: from.pairs()?,
            extra: from.pairs()?,
        })
    }
}

impl Unpack for types::Response {
    fn unpack(from: &mut Reader<'_>, body: Option<Vec<u8>>) -> Result<Self, Ended> {
        Ok(types::Response {
            status: from.number()?.try_into().map_err(|_| Ended)?,
            headers: from.pairs()?,
            body: body.unwrap_or_default(),
            extra: from.pairs()?,
        })
    }
}

impl Unpack for types::Patch {
    fn unpack(from: &mut Reader<'_>, mut body: Option<Vec<u8>>) -> Result<Self, Ended> {
        let changes = from.list(|from| {
            Ok(types::Change {
                code: from.text()?,
                name: from.text()?,
                value: from.text()?,
            })
        })?;
        let respond = match from.number()? {
            0 => None,
            1 => Some(types::Response::unpack(from, body.take())?),
            _ => return Err(Ended),
        };
        Ok(types::Patch {
            changes,
            body,
            respond,
            extra: from.pairs()?,
        })
    }
}

#[cfg(test)]
mod tests;
