//! SOAP clients in front of a JSON service.

use soap_engine::{
    envelope::{self, Envelope, Side, Version},
    json::Value,
    xml,
};
use wasmgate_sdk::{Patch, Refusal, Reply, Request, Response, log};

use crate::{
    Soap,
    contract::{Contract, Direction},
    target::Target,
};

/// What the request tells the reply, and the access log.
pub(crate) const OPERATION: &str = "authorizer.soapOperation";
/// The version of the request's envelope, which the reply's has too.
pub(crate) const VERSION: &str = "authorizer.soapVersion";

/// A fault that is answered at once.
struct Refused(Version, Side, String);

impl Soap {
    /// A request's envelope as JSON.
    pub(crate) fn soap_request(
        &self,
        contract: &Contract,
        request: &Request,
    ) -> Result<Patch, Refusal> {
        let mapped = self.mapped(contract, request);
        Ok(mapped.unwrap_or_else(|Refused(version, side, reason)| {
            let response = Response::new(side.status(version));
            let response = response.header("content-type", version.content_type(None));
            Patch::respond(response.body(side.envelope(version, &[], &reason, "")))
        }))
    }

    fn mapped(&self, contract: &Contract, request: &Request) -> Result<Patch, Refused> {
        let content_type = request.header("content-type");
        let version =
            match content_type.is_some_and(|kind| kind.starts_with("application/soap+xml")) {
                true => Version::V12,
                false => Version::V11,
            };
        let refused = |message: String| Refused(version, Side::Sender, message);
        let text = crate::decoded(request.body(), content_type).map_err(refused)?;
        let root = xml::read(&text, &self.limits);
        let root = root
            .map_err(|unread| refused(format!("the body is not XML that can be read: {unread}")))?;
        let envelope = Envelope::of(&root)
            .map_err(|mistake| Refused(version, Side::VersionMismatch, mistake.message))?;
        let version = envelope.version;
        let refused = |message: String| Refused(version, Side::Sender, message);
        let action = envelope::action(request.header("soapaction"), content_type);
        let operation = contract.operation(&envelope, action.as_deref());
        let operation = operation
            .ok_or_else(|| refused("the body holds no operation that is known here".to_owned()))?;
        let understood =
            |block: &xml::Element<'_>| self.headers || contract.understands(operation, block);
        if let Some(block) = envelope.not_understood(understood) {
            let message = format!("the header block `{}` is not understood", block.name.local);
            return Err(Refused(version, Side::MustUnderstand, message));
        }
        let value = contract.read(operation, Direction::Request, &envelope, self.headers);
        let value = value.map_err(|mistake| refused(mistake.to_string()))?;
        let patch = Patch::new()
            .set_context(bare(OPERATION), operation)
            .set_context(bare(VERSION), name(version))
            .remove_header("soapaction")
            .set_header("accept", "application/json");
        let own = Target::of(operation);
        let target = self.targets.get(operation).unwrap_or(&own);
        target
            .send(value, patch)
            .map_err(|mistake| refused(mistake.to_string()))
    }

    /// The JSON reply as an envelope.
    pub(crate) fn soap_reply(
        &self,
        contract: &Contract,
        request: &Request,
        reply: &Reply,
    ) -> Result<Patch, Refusal> {
        let (Some(operation), Some(version)) =
            (request.context(OPERATION), request.context(VERSION))
        else {
            return Err(Refusal::failure(
                "the request was not mapped by this plugin",
            ));
        };
        let version = match version == name(Version::V12) {
            true => Version::V12,
            false => Version::V11,
        };
        let body = crate::json(reply.body(), &self.limits);
        let written = match (reply.status(), &body) {
            (200..300, Ok(value)) => contract
                .write(operation, Direction::Reply, value, "", version)
                .map_err(|mistake| mistake.to_string()),
            (200..300, Err(message)) => Err(message.clone()),
            (status, body) => {
                return Ok(fault(
                    contract,
                    operation,
                    version,
                    status,
                    body.as_ref().ok(),
                ));
            }
        };
        match written {
            Ok(message) => Ok(answer(200, version, message)),
            Err(message) => {
                log::error!("the reply of `{operation}` cannot be an envelope: {message}");
                let message = Side::Receiver.envelope(version, &[], "Internal Server Error", "");
                Ok(answer(500, version, message))
            }
        }
    }
}

/// What went wrong in the JSON service, as a fault.
fn fault(
    contract: &Contract,
    operation: &str,
    version: Version,
    status: u16,
    body: Option<&Value<'_>>,
) -> Patch {
    let side = match status {
        400..500 => Side::Sender,
        _ => Side::Receiver,
    };
    let reason = body
        .and_then(|body| body.get("message"))
        .and_then(Value::scalar);
    let reason = reason.unwrap_or(match side {
        Side::Sender => "the service refused the request",
        _ => "the service failed",
    });
    let reason = if xml::is_text(reason) {
        reason
    } else {
        "the service failed"
    };
    let detail = body.and_then(|body| body.get("detail"));
    let detail = detail
        .map(|detail| contract.write_detail(operation, detail))
        .unwrap_or_default();
    let message = side.envelope(version, contract.namespaces(), reason, &detail);
    answer(side.status(version), version, message)
}

fn answer(status: u16, version: Version, message: String) -> Patch {
    Patch::new()
        .set_status(status)
        .set_header("content-type", version.content_type(None))
        .body(message)
}

fn name(version: Version) -> &'static str {
    match version {
        Version::V11 => "1.1",
        Version::V12 => "1.2",
    }
}

/// The name of a context value as it is set.
fn bare(name: &str) -> &str {
    name.strip_prefix("authorizer.").unwrap_or(name)
}
