//! Hooks of plugins that take their records as bytes: `wit/packed.wit` says how values are written.

use super::{
    Refusal,
    bindings::{exports::wasmgate::plugin::authorizer, wasmgate::plugin::types},
    hooks::{Function, Given, Target},
    instance::Instance,
    shown::{ShownReply, ShownRequest},
};

mod values;

use values::{Reader, Writer};

pub(super) use super::bindings::exports::wasmgate::plugin::packed::Outcome;
pub(super) use values::Ended;

/// A request, and the reply behind it where there is one, as a guest takes them.
pub(super) struct Packed<'a> {
    values: Vec<u8>,
    request_body: Option<&'a [u8]>,
    reply_body: Option<&'a [u8]>,
}

/// Writes what a guest is shown. Refused where the interest asks for a field or parameter that is not UTF-8.
pub(super) fn pack<'a>(
    request: ShownRequest<'a>,
    reply: Option<ShownReply<'a>>,
) -> Result<Packed<'a>, Box<Refusal>> {
    let mut values = Writer::default();
    values.text(request.view.method);
    values.text(request.view.path);
    values.text(request.query());
    values.pairs(|pairs| request.headers(|name, value| pairs.add(&name, &value)))?;
    values.pairs(|pairs| request.query_parameters(|name, value| pairs.add(&name, &value)))?;
    values.pairs(|pairs| request.path_parameters(|name, value| pairs.add(&name, &value)));
    values.pairs(|pairs| request.context(|name, value| pairs.add(&name, &value)));
    values.pairs(|_extra| ());
    if let Some(reply) = reply {
        values.number(reply.view.status.as_u16().into());
        values.pairs(|pairs| reply.headers(|name, value| pairs.add(&name, &value)));
        values.pairs(|pairs| reply.extra(|name, value| pairs.add(&name, &value)));
    }
    Ok(Packed {
        values: values.done(),
        request_body: request.body(),
        reply_body: reply.and_then(ShownReply::body),
    })
}

/// Calls a function of a plugin that takes bytes.
pub(super) async fn call<F: Function>(
    instance: &mut Instance,
    on: Target<'_>,
    packed: Packed<'_>,
) -> wasmtime::Result<Outcome> {
    let Instance { guests, store, .. } = instance;
    let guest = guests.packed(&on.image.exports, store)?;
    let Packed {
        values,
        request_body,
        reply_body,
    } = packed;
    guest
        .call_call(
            store,
            F::NUMBER,
            on.entry,
            &values,
            request_body,
            reply_body,
        )
        .await
}

/// Reads the result of a function.
pub(super) fn unpack<T: Unpack>(outcome: Outcome) -> Result<Given<T>, Ended> {
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
