//! JSON clients in front of SOAP and XML services, and the reverse.

use wasmgate_sdk::{media, prelude::*};

mod block;
mod config;
mod configure;
mod contract;
mod json_clients;
mod publish;
mod soap_clients;
mod target;
mod xml;

use config::{Clients, Config};
use contract::Contract;

/// One attachment, ready to map.
struct Soap {
    shape: Shape,
    clients: Clients,
    operation: Option<String>,
    path: Option<String>,
    blocks: Vec<block::Block>,
    headers: bool,
    faults: std::collections::BTreeMap<String, u16>,
    targets: std::collections::BTreeMap<String, target::Target>,
    limits: soap_engine::xml::Limits,
    /// The WSDL and what it imports, as clients may read them; nothing where they may not.
    published: Vec<String>,
}

/// What stands on the wire.
enum Shape {
    /// Envelopes.
    Soap(Contract),
    /// Documents.
    Xml(xml::Documents),
}

impl Plugin for Soap {
    type Config = Config;

    fn configure(config: Config) -> Result<Self, Problem> {
        configure::ready(config)
    }
}

impl Mapper for Soap {
    fn interest(&self) -> Interest {
        let interest = Interest::default()
            .header("content-type")
            .query("*")
            .path("*")
            .body()
            .reply_header("content-type")
            .reply_body();
        let interest = match self.clients {
            Clients::Json => interest.sets("soapaction"),
            Clients::Xml => interest
                .header("soapaction")
                .context(soap_clients::OPERATION)
                .context(soap_clients::VERSION),
        };
        self.blocks
            .iter()
            .fold(interest, |interest, block| block.interest(interest))
    }

    fn map_request(&self, request: &Request) -> Result<Patch, Refusal> {
        if let Some(answer) = self.described(request) {
            return Ok(answer);
        }
        match (&self.shape, self.clients) {
            (Shape::Soap(contract), Clients::Json) => self.json_request(contract, request),
            (Shape::Soap(contract), Clients::Xml) => self.soap_request(contract, request),
            (Shape::Xml(documents), Clients::Json) => documents.json_request(request, &self.limits),
            (Shape::Xml(documents), Clients::Xml) => documents.xml_request(request, &self.limits),
        }
    }

    fn map_response(&self, request: &Request, reply: &Reply) -> Result<Patch, Refusal> {
        match (&self.shape, self.clients) {
            (Shape::Soap(contract), Clients::Json) => self.json_reply(contract, request, reply),
            (Shape::Soap(contract), Clients::Xml) => self.soap_reply(contract, request, reply),
            (Shape::Xml(documents), Clients::Json) => documents.json_reply(reply, &self.limits),
            (Shape::Xml(documents), Clients::Xml) => documents.xml_reply(reply, &self.limits),
        }
    }
}

wasmgate_sdk::export!(Soap: mapper);

/// Whether a content type is one of XML.
fn is_xml(content_type: Option<&str>) -> bool {
    let kind = media::essence(content_type.unwrap_or_default());
    matches!(&*kind, "text/xml" | "application/xml") || kind.ends_with("+xml")
}

/// The JSON in a body; nothing where there is no body.
fn json<'b>(
    body: Option<&'b [u8]>,
    limits: &soap_engine::xml::Limits,
) -> Result<soap_engine::json::Value<'b>, String> {
    let text = std::str::from_utf8(body.unwrap_or_default());
    let text = text.map_err(|_| "the body is not UTF-8".to_owned())?;
    match text.trim_ascii().is_empty() {
        true => Ok(soap_engine::json::Value::Null),
        false => soap_engine::json::read(text, limits)
            .map_err(|unread| format!("the body is not JSON that can be read: {unread}")),
    }
}

/// The text of an XML body.
fn decoded<'b>(
    body: Option<&'b [u8]>,
    content_type: Option<&str>,
) -> Result<std::borrow::Cow<'b, str>, String> {
    let charset = content_type.and_then(|kind| soap_engine::envelope::parameter(kind, "charset"));
    soap_engine::xml::decode(body.unwrap_or_default(), charset.as_deref())
        .map_err(|message| format!("the body cannot be read: {message}"))
}

#[cfg(test)]
mod tests;
