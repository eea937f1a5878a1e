//! Messages: what is in a body, in header blocks and in the details of faults.

use super::{Reader, Stopped, port::extension};
use crate::{
    envelope::Version,
    schema::{SOAP_ENCODING, tag},
    wsdl::{Message, Part, definitions::Place},
    xml::Element,
};

/// What a part of a binding says of one direction of an operation.
pub(super) struct Direction<'e> {
    pub(super) rpc: bool,
    pub(super) version: Version,
    /// The name of the element around the parts of an RPC message.
    pub(super) wrapper: String,
    pub(super) binding: Option<Place<'e>>,
    pub(super) message: (String, String),
    pub(super) place: Place<'e>,
}

impl<'e> Reader<'e, '_> {
    pub(super) fn message(&mut self, direction: &Direction<'e>) -> Result<Message, Stopped> {
        let message = self.find(&direction.message, &direction.place)?;
        let bound = direction
            .binding
            .and_then(|binding| Some((binding, extension(&binding, "body")?.1)));
        let get = |name: &str| bound.and_then(|(_, body)| body.attribute("", name));
        let encoded = get("use") == Some("encoded");
        if let Some((binding, body)) = bound.filter(|_| encoded) {
            let refused = unencoded(direction, body).map(|message| binding.to(body).wrong(message));
            refused.map_or(Ok(()), Err)?;
        }
        let headers = self.headers(direction.binding)?;
        let named = get("parts").map(|parts| parts.split_ascii_whitespace().collect::<Vec<_>>());
        let parts = message.children("part").filter(|part| match &named {
            Some(named) => part.get("name").is_some_and(|name| named.contains(&name)),
            None => true,
        });
        let parts: Vec<_> = parts.collect();
        let body = match direction.rpc {
            true => {
                let namespace = get("namespace").unwrap_or_default();
                Some(self.wrapper(direction, (namespace, encoded), &parts)?)
            }
            false => self.document(direction, &parts)?,
        };
        Ok(Message {
            body,
            headers,
            encoded,
        })
    }

    fn find(&self, name: &(String, String), place: &Place<'e>) -> Result<Place<'e>, Stopped> {
        let message = self.definitions.find("message", name);
        message.ok_or_else(|| place.wrong(format!("the message `{}` is not there", name.1)))
    }

    fn document(
        &mut self,
        direction: &Direction<'e>,
        parts: &[Place<'e>],
    ) -> Result<Option<Part>, Stopped> {
        match parts {
            [] => Ok(None),
            [part] => self.element(part).map(Some),
            [_, second, ..] => Err(second.wrong(format!(
                "a message of document style has one part in its body, and that of `{}` has more",
                direction.wrapper
            ))),
        }
    }

    /// The global element that a part names.
    fn element(&mut self, part: &Place<'e>) -> Result<Part, Stopped> {
        let written = part
            .get("element")
            .ok_or_else(|| part.wrong("a part of document style names an `element`"))?;
        let name = part.name(written);
        let found = self.documents.find("element", &name);
        let found = found.ok_or_else(|| {
            part.wrong(format!(
                "the element `{written}` of `{}` is not defined",
                name.0
            ))
        })?;
        let field = self.compiler.global(found)?;
        Ok(Part {
            local: field.local,
            namespace: name.0,
            tag: field.tag,
            kind: field.kind,
        })
    }

    /// The element around the parts of an RPC message, which no schema defines.
    fn wrapper(
        &mut self,
        direction: &Direction<'e>,
        (namespace, encoded): (&str, bool),
        parts: &[Place<'e>],
    ) -> Result<Part, Stopped> {
        let mut fields = Vec::new();
        for part in parts {
            let name = part
                .get("name")
                .ok_or_else(|| part.wrong("`name` is missing"))?;
            let Some(written) = part.get("type") else {
                return Err(part.wrong("a part of RPC style names a `type`"));
            };
            // Those of literal messages may not be nil (WS-I Basic Profile 1.1, R2211).
            let field = self.compiler.accessor(name, part.name(written), encoded);
            fields.push(field.map_err(|message| part.wrong(message))?);
        }
        let place = self.compiler.namespace(namespace);
        Ok(Part {
            local: direction.wrapper.clone(),
            namespace: namespace.to_owned(),
            tag: tag(place, &direction.wrapper),
            kind: self.compiler.wrapper(fields),
        })
    }

    fn headers(&mut self, binding: Option<Place<'e>>) -> Result<Vec<Part>, Stopped> {
        let Some(binding) = binding else {
            return Ok(Vec::new());
        };
        let headers = binding.element.elements().filter(|element| {
            element.name.local == "header"
                && element
                    .name
                    .namespace
                    .starts_with("http://schemas.xmlsoap.org/wsdl/soap")
        });
        let mut parts = Vec::new();
        for header in headers.map(|header| binding.to(header)) {
            let written = header.get("message").unwrap_or_default();
            let message = self.find(&header.name(written), &header)?;
            let named = header.get("part");
            for part in message.children("part") {
                // Many a WSDL declares header blocks that no schema defines; whoever sends one is told so.
                if part.get("name") == named && self.defined(&part) {
                    parts.push(self.element(&part)?);
                }
            }
        }
        Ok(parts)
    }

    fn defined(&self, part: &Place<'e>) -> bool {
        let name = part.name(part.get("element").unwrap_or_default());
        self.documents.find("element", &name).is_some()
    }

    pub(super) fn faults(&mut self, abstraction: Place<'e>) -> Result<Vec<Part>, Stopped> {
        let mut parts = Vec::new();
        for fault in abstraction.children("fault") {
            let written = fault.get("message").unwrap_or_default();
            let message = self.find(&fault.name(written), &fault)?;
            let named = message.children("part");
            for part in named.filter(|part| part.get("element").is_some()) {
                parts.push(self.element(&part)?);
            }
        }
        Ok(parts)
    }
}

/// Why messages of this encoding cannot be read.
fn unencoded(direction: &Direction<'_>, body: &Element<'_>) -> Option<&'static str> {
    let mut styles = body
        .attribute("", "encodingStyle")
        .unwrap_or(SOAP_ENCODING)
        .split_ascii_whitespace();
    if !direction.rpc {
        Some(
            "messages of document style cannot be encoded: write `use=\"literal\"`, or the style `rpc`",
        )
    } else if direction.version == Version::V12 {
        Some(
            "encoded messages are read of SOAP 1.1 only: name a port of that, or one with `use=\"literal\"`",
        )
    } else if styles.all(|style| style != SOAP_ENCODING) {
        Some(
            "this encoding is not known: only that of SOAP 1.1, `http://schemas.xmlsoap.org/soap/encoding/`, is",
        )
    } else {
        None
    }
}
