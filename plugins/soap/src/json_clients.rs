//! JSON clients in front of a SOAP service.

use soap_engine::{
    Mistake,
    envelope::{self, Envelope, Fault, Side, Version},
    json::Value,
    xml,
};
use wasmgate_sdk::{Patch, Refusal, Reply, Request, Response, log};

use crate::{
    Soap,
    contract::{Contract, Direction},
};

impl Soap {
    /// A JSON request as an envelope.
    pub(crate) fn json_request(
        &self,
        contract: &Contract,
        request: &Request,
    ) -> Result<Patch, Refusal> {
        let Some(operation) = self.named(request).filter(|name| contract.knows(name)) else {
            return Ok(Patch::respond(not_found()));
        };
        let value = crate::json(request.body(), &self.limits).map_err(Refusal::invalid)?;
        let value = parameters(contract, operation, request, value).map_err(invalid)?;
        let mut blocks = String::new();
        for block in &self.blocks {
            block.write(request, &mut blocks);
        }
        let version = contract.version();
        let written = contract.write(operation, Direction::Request, &value, &blocks, version);
        let message = written.map_err(invalid)?;
        let action = contract.action(operation);
        let mut patch = Patch::new().set_method("POST");
        if let Some(path) = &self.path {
            patch = patch.set_path(path);
        }
        for (name, _) in request.query_parameters() {
            patch = patch.remove_query(name);
        }
        patch = match version {
            Version::V11 => patch.set_header("soapaction", envelope::quoted(&action)),
            Version::V12 => patch,
        };
        let patch = patch
            .set_header("content-type", version.content_type(Some(&action)))
            .set_header("accept", "text/xml, application/soap+xml");
        Ok(patch.body(message))
    }

    /// The reply's envelope as JSON.
    pub(crate) fn json_reply(
        &self,
        contract: &Contract,
        request: &Request,
        reply: &Reply,
    ) -> Result<Patch, Refusal> {
        let operation = self.named(request).unwrap_or_default();
        let content_type = reply.header("content-type");
        let body = reply.body().filter(|body| !body.is_empty());
        let answered = (200..300).contains(&reply.status());
        match (body, crate::is_xml(content_type)) {
            // A one-way operation.
            (None, _) if answered => return Ok(Patch::new()),
            (Some(_), true) => {}
            _ => return unintelligible(&format!("status {} and no envelope", reply.status())),
        }
        let text = match crate::decoded(body, content_type) {
            Ok(text) => text,
            Err(message) => return unintelligible(&message),
        };
        let root = match xml::read(&text, &self.limits) {
            Ok(root) => root,
            Err(unread) => return unintelligible(&unread.to_string()),
        };
        let envelope = match Envelope::of(&root) {
            Ok(envelope) => envelope,
            Err(mistake) => return unintelligible(&mistake.message),
        };
        if let Some(fault) = envelope.fault() {
            return Ok(self.fault(contract, operation, &fault));
        }
        match contract.read(operation, Direction::Reply, &envelope, self.headers) {
            Ok(value) => Ok(answer(200, &value)),
            Err(mistake) => unintelligible(&mistake.to_string()),
        }
    }

    /// The operation that the route or the path names.
    fn named<'r>(&'r self, request: &'r Request) -> Option<&'r str> {
        let named = self.operation.as_deref();
        named.or_else(|| request.path_parameter("operation"))
    }

    fn fault(&self, contract: &Contract, operation: &str, fault: &Fault<'_, '_>) -> Patch {
        let detail = contract.detail(operation, fault);
        let names = match &detail {
            Some(Value::Object(members)) => members.iter().map(|(name, _)| &**name).collect(),
            _ => Vec::new(),
        };
        let mut names: Vec<&str> = names;
        names.insert(0, &fault.code);
        let status = names.iter().find_map(|name| self.faults.get(*name));
        let status = status.copied().unwrap_or(match fault.side {
            Side::Sender => 400,
            Side::Receiver => 500,
            // What it does not understand came from here.
            Side::MustUnderstand | Side::VersionMismatch => 502,
        });
        let mut members = vec![
            ("message".into(), Value::text(&*fault.reason)),
            ("code".into(), Value::text(&*fault.code)),
        ];
        members.extend(
            fault
                .actor
                .as_deref()
                // Servers such as spyne always write the element.
                .filter(|actor| !actor.is_empty())
                .map(|actor| ("actor".into(), Value::text(actor))),
        );
        members.extend(detail.map(|detail| ("detail".into(), detail)));
        answer(status, &Value::Object(members))
    }
}

/// Members that path and query name: those of the path stand for themselves, those of the query where the body has none.
fn parameters<'v>(
    contract: &Contract,
    operation: &str,
    request: &'v Request,
    body: Value<'v>,
) -> Result<Value<'v>, Mistake> {
    let takes = |name: &str| contract.takes(operation, name);
    let path = request
        .path_parameters()
        .filter(|(name, _)| *name != "operation" && takes(name));
    let path = path.map(|(name, value)| Ok((name, Value::Word(percent_decoded(value)?.into()))));
    let path = path.collect::<Result<Vec<_>, Mistake>>()?;
    let query = request.query_parameters().filter(|(name, _)| takes(name));
    let query: Vec<_> = query
        .map(|(name, value)| (name, Value::Word(value.into())))
        .collect();
    let mut members = match body {
        Value::Object(members) => members,
        Value::Null => Vec::new(),
        other if path.is_empty() && query.is_empty() => return Ok(other),
        other => {
            return Err(Mistake::here(format!(
                "must be an object, not {}",
                other.kind()
            )));
        }
    };
    members.retain(|(name, _)| !path.iter().any(|(own, _)| own == name));
    members.extend(path.into_iter().map(|(name, value)| (name.into(), value)));
    let of_body = members.len();
    for (name, value) in query {
        if members[..of_body].iter().any(|(known, _)| known == name) {
            continue;
        }
        match members[of_body..]
            .iter_mut()
            .find(|(known, _)| known == name)
        {
            None => members.push((name.into(), value)),
            Some((_, Value::Array(items))) => items.push(value),
            Some((_, first)) => {
                let one = std::mem::replace(first, Value::Null);
                *first = Value::Array(vec![one, value]);
            }
        }
    }
    Ok(Value::Object(members))
}

fn percent_decoded(text: &str) -> Result<String, Mistake> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = match (first, after) {
            (b'%', [high, low, ..]) => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                digit(high)
                    .zip(digit(low))
                    .and_then(|(high, low)| u8::try_from(high * 16 + low).ok())
            }
            _ => None,
        };
        bytes.push(code.unwrap_or(*first));
        rest = &after[if code.is_some() { 2 } else { 0 }..];
    }
    String::from_utf8(bytes).map_err(|_| Mistake::here("a path parameter is not UTF-8"))
}

fn answer(status: u16, value: &Value<'_>) -> Patch {
    Patch::new()
        .set_status(status)
        .set_header("content-type", "application/json")
        .body(value.to_json())
}

fn not_found() -> Response {
    let response = Response::new(404).header("content-type", "application/json");
    response.body(r#"{"message":"Not Found"}"#)
}

/// What the service answered is nothing that a client could use, or should see.
fn unintelligible(why: &str) -> Result<Patch, Refusal> {
    log::error!("the SOAP service answered what cannot be understood: {why}");
    let response = Response::new(502).header("content-type", "application/json");
    Ok(Patch::respond(
        response.body(r#"{"message":"Bad Gateway"}"#),
    ))
}

fn invalid(mistake: Mistake) -> Refusal {
    Refusal::invalid(mistake.to_string())
}
