//! Faults: what went wrong, and on whose side.

use std::borrow::Cow;

use super::Version;
use crate::xml::{self, Element};

/// A fault.
#[derive(Clone, Debug)]
pub struct Fault<'e, 'a> {
    /// Whose fault it is.
    pub side: Side,
    /// The code without prefixes, the outermost first: `Client.NotFound` in SOAP 1.1, `Sender.NotFound` where 1.2
    /// has a subcode.
    pub code: String,
    /// What went wrong, for people.
    pub reason: Cow<'e, str>,
    /// Who found it.
    pub actor: Option<Cow<'e, str>>,
    /// What the service has to say besides.
    pub detail: Option<&'e Element<'a>>,
}

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The request was wrong: `Client`, or `Sender` in SOAP 1.2.
    Sender,
    /// The service failed: `Server`, or `Receiver`.
    Receiver,
    /// A header block was not understood.
    MustUnderstand,
    /// The envelope is of another version.
    VersionMismatch,
}

impl<'e, 'a> Fault<'e, 'a> {
    pub(super) fn of(fault: &'e Element<'a>, version: Version) -> Self {
        let text = |local: &str| fault.child(local).map(Element::text);
        let (code, reason, actor, detail) = match version {
            Version::V11 => {
                let code = text("faultcode").unwrap_or_default();
                (
                    local(&code).to_owned(),
                    text("faultstring"),
                    text("faultactor"),
                    "detail",
                )
            }
            Version::V12 => {
                let code = fault.child("Code").map(codes).unwrap_or_default();
                let reason = fault.child("Reason").and_then(reason);
                (
                    code,
                    reason,
                    text("Role").or_else(|| text("Node")),
                    "Detail",
                )
            }
        };
        Fault {
            side: Side::of(&code),
            code,
            reason: reason.unwrap_or_default(),
            actor,
            detail: fault.child(detail),
        }
    }
}

impl Side {
    fn of(code: &str) -> Side {
        match code.split('.').next() {
            Some("Client" | "Sender") => Side::Sender,
            Some("MustUnderstand") => Side::MustUnderstand,
            Some("VersionMismatch") => Side::VersionMismatch,
            _ => Side::Receiver,
        }
    }

    /// Its code.
    pub fn code(self, version: Version) -> &'static str {
        match (self, version) {
            (Side::Sender, Version::V11) => "Client",
            (Side::Sender, Version::V12) => "Sender",
            (Side::Receiver, Version::V11) => "Server",
            (Side::Receiver, Version::V12) => "Receiver",
            (Side::MustUnderstand, _) => "MustUnderstand",
            (Side::VersionMismatch, _) => "VersionMismatch",
        }
    }

    /// The status that an answer with such a fault has (SOAP 1.1, 6.2; SOAP 1.2 part 2, 7.5.2.2).
    pub fn status(self, version: Version) -> u16 {
        match (self, version) {
            (Side::Sender, Version::V12) => 400,
            _ => 500,
        }
    }

    /// An envelope with such a fault; `detail` is XML.
    pub fn envelope(
        self,
        version: Version,
        namespaces: &[String],
        reason: &str,
        detail: &str,
    ) -> String {
        let mut out = version.open(namespaces);
        let code = self.code(version);
        out.push_str("<soap:Body><soap:Fault>");
        match version {
            Version::V11 => {
                out.extend(["<faultcode>soap:", code, "</faultcode><faultstring>"]);
                xml::text(reason, &mut out);
                out.push_str("</faultstring>");
                if !detail.is_empty() {
                    out.extend(["<detail>", detail, "</detail>"]);
                }
            }
            Version::V12 => {
                out.extend([
                    "<soap:Code><soap:Value>soap:",
                    code,
                    "</soap:Value></soap:Code>",
                ]);
                out.push_str(r#"<soap:Reason><soap:Text xml:lang="en">"#);
                xml::text(reason, &mut out);
                out.push_str("</soap:Text></soap:Reason>");
                if !detail.is_empty() {
                    out.extend(["<soap:Detail>", detail, "</soap:Detail>"]);
                }
            }
        }
        out.push_str("</soap:Fault></soap:Body></soap:Envelope>");
        out
    }
}

/// The codes of SOAP 1.2, which stand in each other.
fn codes(code: &Element<'_>) -> String {
    let nested = std::iter::successors(Some(code), |code| code.child("Subcode"));
    let values = nested.filter_map(|code| code.child("Value"));
    let codes: Vec<_> = values
        .map(|value| local(&value.text()).to_owned())
        .collect();
    codes.join(".")
}

/// The reason in English, or in the first language that there is.
fn reason<'e>(reason: &'e Element<'_>) -> Option<Cow<'e, str>> {
    let texts = || reason.elements().filter(|text| text.name.local == "Text");
    let english = |text: &&Element<'_>| {
        text.attribute(XML, "lang")
            .is_some_and(|lang| lang.starts_with("en"))
    };
    texts()
        .find(english)
        .or_else(|| texts().next())
        .map(Element::text)
}

fn local(name: &str) -> &str {
    let name = name.trim();
    name.split_once(':').map_or(name, |(_, local)| local)
}

const XML: &str = "http://www.w3.org/XML/1998/namespace";
