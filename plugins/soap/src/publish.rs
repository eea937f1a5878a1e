//! The WSDL, for SOAP clients that ask for it.

use wasmgate_sdk::{Patch, Request, Response};

use crate::Soap;

impl Soap {
    /// The answer to `GET` with `?wsdl`, or with `?wsdl=1` and `?xsd=1` for the files that it imports; none for other
    /// requests, and where nothing is published.
    pub(crate) fn described(&self, request: &Request) -> Option<Patch> {
        if !matches!(request.method(), "GET" | "HEAD") || self.published.is_empty() {
            return None;
        }
        let names = ["wsdl", "xsd"];
        let (_, file) = request
            .query_parameters()
            .find(|(name, _)| names.iter().any(|known| name.eq_ignore_ascii_case(known)))?;
        let file = if file.is_empty() { "0" } else { file };
        let text = file
            .parse()
            .ok()
            .and_then(|file: usize| self.published.get(file));
        Some(Patch::respond(match text {
            Some(text) => Response::new(200)
                .header("content-type", "text/xml; charset=utf-8")
                .body(text.as_str()),
            None => Response::new(404)
                .header("content-type", "application/json")
                .body(r#"{"message":"Not Found"}"#),
        }))
    }
}
