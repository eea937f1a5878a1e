//! The operations of a WSDL 1.1: document/literal, wrapped and bare, and rpc/literal, over SOAP 1.1 and 1.2, and
//! rpc/encoded over SOAP 1.1.

use std::collections::BTreeMap;

use crate::{
    Mistake,
    envelope::{Envelope, Version},
    json::Value,
    plain,
    schema::{SOAP_ENCODING, Schema, TypeId},
    typed::{self, Strictness},
    xml::Element,
};

mod definitions;
mod publish;
mod read;

pub use self::{
    publish::publish,
    read::{Choice, Problem, read},
};

/// A service: one port of a WSDL.
#[derive(Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// What the WSDL says of it.
    pub documentation: Option<String>,
    /// The version of SOAP that the port speaks.
    pub version: Version,
    /// Where it is; empty where the WSDL does not say it.
    pub location: String,
    /// Its operations by name.
    pub operations: BTreeMap<String, Operation>,
    /// The types of their messages.
    pub schema: Schema,
    /// How envelopes begin.
    head: [String; 2],
}

/// An operation.
#[derive(Debug)]
pub struct Operation {
    /// Its name.
    pub name: String,
    /// What the WSDL says of it.
    pub documentation: Option<String>,
    /// What `SOAPAction` says.
    pub action: String,
    /// The request.
    pub input: Message,
    /// The reply; none for a one-way operation.
    pub output: Option<Message>,
    /// What may be in the details of faults.
    pub faults: Vec<Part>,
}

/// A message.
#[derive(Debug, Default)]
pub struct Message {
    /// What is in its body; none for an empty one.
    pub body: Option<Part>,
    /// Header blocks that it may have.
    pub headers: Vec<Part>,
    /// Whether its body is encoded (SOAP 1.1, section 5).
    pub encoded: bool,
}

/// An element in a header, body or detail.
#[derive(Clone, Debug)]
pub struct Part {
    /// The name without prefix, which is that of its member.
    pub local: String,
    /// The namespace.
    pub namespace: String,
    /// The name as it is written.
    pub tag: String,
    /// Its type.
    pub kind: TypeId,
}

/// The member that holds header blocks.
pub const HEADER: &str = "#header";

impl Service {
    /// The envelope of a message. `blocks` are header blocks besides those that the value brings in `#header`.
    ///
    /// # Errors
    /// Where the value is not what the operation wants.
    pub fn write(
        &self,
        message: &Message,
        value: &Value<'_>,
        blocks: &str,
        version: Version,
    ) -> Result<String, Mistake> {
        let mut out = self.head[usize::from(version == Version::V12)].clone();
        let headers = value.get(HEADER);
        if headers.is_some() || !blocks.is_empty() {
            out.push_str("<soap:Header>");
            out.push_str(blocks);
            if let Some(headers) = headers {
                let written = self.headers(message, headers, &mut out);
                written.map_err(|mistake| mistake.within(HEADER))?;
            }
            out.push_str("</soap:Header>");
        }
        out.push_str("<soap:Body>");
        let without;
        let value = match (headers, value) {
            (Some(_), Value::Object(members)) => {
                let members = members.iter().filter(|(name, _)| name != HEADER);
                without = Value::Object(members.cloned().collect());
                &without
            }
            _ => value,
        };
        match (&message.body, value) {
            (Some(body), value) => {
                let write = if message.encoded {
                    typed::encode
                } else {
                    typed::write
                };
                write(&self.schema, body.kind, &body.tag, value, &mut out)?;
            }
            (None, Value::Null) => {}
            (None, Value::Object(members)) if members.is_empty() => {}
            (None, _) => return Err(Mistake::here("must be empty: the operation takes nothing")),
        }
        out.push_str("</soap:Body></soap:Envelope>");
        Ok(out)
    }

    fn headers(
        &self,
        message: &Message,
        headers: &Value<'_>,
        out: &mut String,
    ) -> Result<(), Mistake> {
        let Value::Object(members) = headers else {
            return Err(Mistake::here("must be an object of header blocks"));
        };
        members.iter().try_for_each(|(name, value)| {
            let part = message.headers.iter().find(|part| part.local == *name);
            let part = part.ok_or_else(|| {
                Mistake::here("is not known: the operation has no such header block")
            });
            let written =
                part.and_then(|part| typed::write(&self.schema, part.kind, &part.tag, value, out));
            written.map_err(|mistake| mistake.within(name))
        })
    }

    /// What an envelope says, as JSON; with `headers`, its header blocks are in `#header`.
    ///
    /// # Errors
    /// Where it must follow its schema and does not.
    pub fn read<'a>(
        &'a self,
        message: &'a Message,
        envelope: &Envelope<'a, '_>,
        headers: bool,
        strictness: Strictness,
    ) -> Result<Value<'a>, Mistake> {
        let mut value = match (&message.body, root(envelope)) {
            (Some(body), Some(element)) if message.encoded => {
                let references = typed::References::of(&envelope.body);
                typed::decode(&self.schema, body.kind, element, strictness, &references)?
            }
            (Some(body), Some(element)) => {
                typed::read(&self.schema, body.kind, element, strictness)?
            }
            (None, Some(element)) if strictness == Strictness::Lenient => {
                plain::content(element, &self.schema.rules)
            }
            (Some(_), None) if strictness == Strictness::Strict => {
                return Err(Mistake::here("the body is empty"));
            }
            _ => Value::Object(Vec::new()),
        };
        if headers && !envelope.headers.is_empty() {
            let blocks = envelope
                .headers
                .iter()
                .map(|block| self.part(&message.headers, block, strictness));
            let blocks = Value::Object(blocks.collect::<Result<_, _>>()?);
            match &mut value {
                Value::Object(members) => members.push((HEADER.into(), blocks)),
                scalar => {
                    let text = std::mem::replace(scalar, Value::Null);
                    *scalar = Value::object([("#text", text), (HEADER, blocks)]);
                }
            }
        }
        Ok(value)
    }

    /// A header block, or what is in the details of a fault, by its type where it is known.
    ///
    /// # Errors
    /// Where it must follow its schema and does not.
    pub fn part<'a>(
        &'a self,
        known: &'a [Part],
        element: &'a Element<'_>,
        strictness: Strictness,
    ) -> Result<(std::borrow::Cow<'a, str>, Value<'a>), Mistake> {
        let part = known
            .iter()
            .find(|part| element.is(&part.namespace, &part.local));
        let value = match part {
            Some(part) => {
                let value = typed::read(&self.schema, part.kind, element, strictness);
                value.map_err(|mistake| mistake.within(&part.local))?
            }
            None => plain::content(element, &self.schema.rules),
        };
        Ok((element.name.local.into(), value))
    }

    /// The operation of a request: what its body holds decides, and its action where that is not unique.
    pub fn operation(
        &self,
        envelope: &Envelope<'_, '_>,
        action: Option<&str>,
    ) -> Option<&Operation> {
        let holds = |operation: &&Operation| match (&operation.input.body, root(envelope)) {
            (Some(part), Some(element)) => element.is(&part.namespace, &part.local),
            (None, None) => true,
            _ => false,
        };
        let fitting = || self.operations.values().filter(holds);
        let of_action = |operation: &&Operation| action == Some(&operation.action);
        fitting().find(of_action).or_else(|| fitting().next())
    }
}

/// The element of the body that is the message; others hold what it refers to (SOAP 1.1, 5.6).
fn root<'a, 'x>(envelope: &Envelope<'a, 'x>) -> Option<&'a Element<'x>> {
    let mut body = envelope.body.iter().copied();
    body.find(|element| element.attribute(SOAP_ENCODING, "root") != Some("0"))
}

#[cfg(test)]
mod tests;
