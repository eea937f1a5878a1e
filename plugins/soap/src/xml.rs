//! XML without SOAP.

use soap_engine::{
    json::Value,
    plain::{self, Rules},
    xml::{self, Limits},
};
use wasmgate_sdk::{Patch, Refusal, Reply, Request};

/// Root elements that have no member in the JSON, and the rules.
pub(crate) struct Documents {
    pub(crate) request: Option<String>,
    pub(crate) reply: Option<String>,
    pub(crate) rules: Rules,
}

const JSON: &str = "application/json";
const XML: &str = "application/xml; charset=utf-8";

impl Documents {
    /// A client's JSON as XML.
    pub(crate) fn json_request(
        &self,
        request: &Request,
        limits: &Limits,
    ) -> Result<Patch, Refusal> {
        let accept = Patch::new().set_header("accept", "application/xml, text/xml");
        let value = crate::json(request.body(), limits).map_err(Refusal::invalid)?;
        if value == Value::Null && self.request.is_none() {
            return Ok(accept);
        }
        let document = self
            .to_xml(value, self.request.as_ref())
            .map_err(Refusal::invalid)?;
        Ok(accept.set_header("content-type", XML).body(document))
    }

    /// The upstream's XML as JSON; what is no XML passes.
    pub(crate) fn json_reply(&self, reply: &Reply, limits: &Limits) -> Result<Patch, Refusal> {
        let content_type = reply.header("content-type");
        if !crate::is_xml(content_type) || reply.body().is_none_or(<[u8]>::is_empty) {
            return Ok(Patch::new());
        }
        let json = self.to_json(reply.body(), content_type, self.reply.as_ref(), limits);
        let json = json.map_err(Refusal::failure)?;
        Ok(Patch::new().set_header("content-type", JSON).body(json))
    }

    /// A client's XML as JSON.
    pub(crate) fn xml_request(&self, request: &Request, limits: &Limits) -> Result<Patch, Refusal> {
        let accept = Patch::new().set_header("accept", JSON);
        if request.body().is_none_or(<[u8]>::is_empty) {
            return Ok(accept);
        }
        let content_type = request.header("content-type");
        let json = self.to_json(request.body(), content_type, self.request.as_ref(), limits);
        let json = json.map_err(Refusal::invalid)?;
        Ok(accept.set_header("content-type", JSON).body(json))
    }

    /// The upstream's JSON as XML; an empty body passes.
    pub(crate) fn xml_reply(&self, reply: &Reply, limits: &Limits) -> Result<Patch, Refusal> {
        let value = crate::json(reply.body(), limits).map_err(Refusal::failure)?;
        if value == Value::Null {
            return Ok(Patch::new());
        }
        // Errors have a form of their own.
        let error = "error".to_owned();
        let root = if reply.status() < 400 {
            self.reply.as_ref()
        } else {
            Some(&error)
        };
        let document = self.to_xml(value, root).map_err(Refusal::failure)?;
        Ok(Patch::new().set_header("content-type", XML).body(document))
    }

    fn to_xml(&self, value: Value<'_>, root: Option<&String>) -> Result<String, String> {
        let value = match root {
            Some(root) => Value::object([(&**root, value)]),
            None => value,
        };
        plain::to_xml(&value, &self.rules).map_err(|mistake| mistake.to_string())
    }

    fn to_json(
        &self,
        body: Option<&[u8]>,
        content_type: Option<&str>,
        root: Option<&String>,
        limits: &Limits,
    ) -> Result<String, String> {
        let text = crate::decoded(body, content_type)?;
        let element = xml::read(&text, limits);
        let element =
            element.map_err(|unread| format!("the body is not XML that can be read: {unread}"))?;
        let whole = plain::to_json(&element, &self.rules);
        let Some(root) = root else {
            return Ok(whole.to_json());
        };
        match whole.get(root) {
            Some(inner) => Ok(inner.to_json()),
            None => Err(format!("the root element must be `{root}`")),
        }
    }
}
