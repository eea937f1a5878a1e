//! What operations there are and what their messages look like: by a WSDL, or by rules.

use std::borrow::Cow;

use soap_engine::{
    Mistake,
    envelope::{Envelope, Fault, Version},
    json::Value,
    plain,
    typed::Strictness,
    wsdl::{HEADER, Message, Operation, Service},
    xml,
};

/// A service.
pub(crate) enum Contract {
    /// With types.
    Wsdl(Box<Service>),
    /// Without.
    Rules(Box<Untyped>),
}

/// A service of which nobody wrote down the types.
pub(crate) struct Untyped {
    pub(crate) namespace: String,
    pub(crate) element: Option<String>,
    pub(crate) action: String,
    pub(crate) version: Version,
    pub(crate) qualified: bool,
    pub(crate) rules: plain::Rules,
}

/// A request or a reply.
#[derive(Clone, Copy)]
pub(crate) enum Direction {
    Request,
    Reply,
}

impl Contract {
    pub(crate) fn version(&self) -> Version {
        match self {
            Contract::Wsdl(service) => service.version,
            Contract::Rules(untyped) => untyped.version,
        }
    }

    /// Whether there is such an operation.
    pub(crate) fn knows(&self, operation: &str) -> bool {
        match self {
            Contract::Wsdl(service) => service.operations.contains_key(operation),
            Contract::Rules(_) => xml::is_name(operation),
        }
    }

    pub(crate) fn action<'c>(&'c self, operation: &str) -> Cow<'c, str> {
        match self {
            Contract::Wsdl(service) => service
                .operations
                .get(operation)
                .map_or("", |operation| &operation.action)
                .into(),
            Contract::Rules(untyped) => untyped.action.replace("${operation}", operation).into(),
        }
    }

    /// Whether a request has a member of this name.
    pub(crate) fn takes(&self, operation: &str, member: &str) -> bool {
        match self {
            Contract::Wsdl(service) => {
                let body = service
                    .operations
                    .get(operation)
                    .and_then(|operation| operation.input.body.as_ref());
                body.is_some_and(|body| match service.schema.kind(body.kind) {
                    soap_engine::schema::Type::Complex(complex) => {
                        complex.fields.iter().any(|field| field.name == member)
                    }
                    _ => false,
                })
            }
            Contract::Rules(_) => xml::is_name(member),
        }
    }

    /// A message as an envelope.
    pub(crate) fn write(
        &self,
        operation: &str,
        direction: Direction,
        value: &Value<'_>,
        blocks: &str,
        version: Version,
    ) -> Result<String, Mistake> {
        match self {
            Contract::Wsdl(service) => match message(service, operation, direction) {
                Some(message) => service.write(message, value, blocks, version),
                None => Err(Mistake::here("the operation has no reply")),
            },
            Contract::Rules(untyped) => untyped.write(operation, direction, value, blocks, version),
        }
    }

    /// An envelope as JSON.
    pub(crate) fn read<'a>(
        &'a self,
        operation: &str,
        direction: Direction,
        envelope: &Envelope<'a, '_>,
        headers: bool,
    ) -> Result<Value<'a>, Mistake> {
        let strictness = match direction {
            Direction::Request => Strictness::Strict,
            Direction::Reply => Strictness::Lenient,
        };
        match self {
            Contract::Wsdl(service) => {
                let nothing = || Mistake::here("the operation has no reply");
                let message = message(service, operation, direction).ok_or_else(nothing)?;
                service.read(message, envelope, headers, strictness)
            }
            Contract::Rules(untyped) => Ok(untyped.read(envelope, headers)),
        }
    }

    /// The operation of a request.
    pub(crate) fn operation<'e>(
        &'e self,
        envelope: &Envelope<'e, '_>,
        action: Option<&str>,
    ) -> Option<&'e str> {
        match self {
            Contract::Wsdl(service) => Some(&service.operation(envelope, action)?.name),
            Contract::Rules(_) => Some(envelope.body.first()?.name.local),
        }
    }

    /// Whether a header block is one that the operation knows.
    pub(crate) fn understands(&self, operation: &str, block: &xml::Element<'_>) -> bool {
        match self {
            Contract::Wsdl(service) => {
                let operation = service.operations.get(operation);
                let known = operation.map_or(&[][..], |operation| &operation.input.headers);
                known
                    .iter()
                    .any(|part| block.is(&part.namespace, &part.local))
            }
            Contract::Rules(_) => false,
        }
    }

    /// What a fault says besides, as JSON.
    pub(crate) fn detail<'a>(
        &'a self,
        operation: &str,
        fault: &Fault<'a, '_>,
    ) -> Option<Value<'a>> {
        let detail = fault.detail?;
        if detail.elements().next().is_none() {
            let text = detail.text();
            return (!text.trim_ascii().is_empty()).then_some(Value::Text(text));
        }
        let members = detail.elements().filter_map(|element| match self {
            Contract::Wsdl(service) => {
                let known = service
                    .operations
                    .get(operation)
                    .map_or(&[][..], |operation| &operation.faults);
                service.part(known, element, Strictness::Lenient).ok()
            }
            Contract::Rules(untyped) => Some((
                element.name.local.into(),
                plain::content(element, &untyped.rules),
            )),
        });
        Some(Value::Object(members.collect()))
    }

    /// The details of a fault as XML; nothing where they are not what the operation declares.
    pub(crate) fn write_detail(&self, operation: &str, detail: &Value<'_>) -> String {
        let (Contract::Wsdl(service), Value::Object(members)) = (self, detail) else {
            return String::new();
        };
        let known = service
            .operations
            .get(operation)
            .map_or(&[][..], |operation| &operation.faults);
        let mut out = String::new();
        for (name, value) in members {
            let before = out.len();
            let part = known.iter().find(|part| part.local == *name);
            let written = part.map(|part| {
                soap_engine::typed::write(&service.schema, part.kind, &part.tag, value, &mut out)
            });
            if let Some(Err(_)) = written {
                out.truncate(before);
            }
        }
        out
    }

    /// The namespaces that envelopes declare.
    pub(crate) fn namespaces(&self) -> &[String] {
        match self {
            Contract::Wsdl(service) => &service.schema.namespaces,
            Contract::Rules(_) => &[],
        }
    }
}

fn message<'s>(service: &'s Service, operation: &str, direction: Direction) -> Option<&'s Message> {
    let Operation { input, output, .. } = service.operations.get(operation)?;
    match direction {
        Direction::Request => Some(input),
        Direction::Reply => output.as_ref(),
    }
}

impl Untyped {
    fn write(
        &self,
        operation: &str,
        direction: Direction,
        value: &Value<'_>,
        blocks: &str,
        version: Version,
    ) -> Result<String, Mistake> {
        let element = self.element.as_deref().unwrap_or(operation);
        let suffix = match direction {
            Direction::Request => "",
            Direction::Reply => "Response",
        };
        let (prefix, declaration) = match (&*self.namespace, self.qualified) {
            ("", _) => ("", ""),
            (_, true) => ("", "xmlns"),
            (_, false) => ("m:", "xmlns:m"),
        };
        let mut more = plain::declarations(&self.rules);
        if !declaration.is_empty() {
            xml::attribute(declaration, &self.namespace, &mut more);
        }
        let nothing = Value::Object(Vec::new());
        let value = if *value == Value::Null {
            &nothing
        } else {
            value
        };
        let mut out = version.open(&[]);
        if !blocks.is_empty() {
            out.extend(["<soap:Header>", blocks, "</soap:Header>"]);
        }
        out.push_str("<soap:Body>");
        let tag = [prefix, element, suffix].concat();
        plain::write(&tag, &more, value, &self.rules, &mut out)?;
        out.push_str("</soap:Body></soap:Envelope>");
        Ok(out)
    }

    fn read<'a>(&'a self, envelope: &Envelope<'a, '_>, headers: bool) -> Value<'a> {
        let mut value = match envelope.body.first() {
            Some(element) => plain::content(element, &self.rules),
            None => Value::Object(Vec::new()),
        };
        if let (true, Value::Object(members)) =
            (headers && !envelope.headers.is_empty(), &mut value)
        {
            let blocks = envelope
                .headers
                .iter()
                .map(|block| (block.name.local, plain::content(block, &self.rules)));
            members.push((HEADER.into(), Value::object(blocks)));
        }
        // An empty element is an empty message, not an empty text.
        match value {
            Value::Text(text) if text.is_empty() => Value::Object(Vec::new()),
            value => value,
        }
    }
}
