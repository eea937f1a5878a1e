//! Envelopes, header blocks and faults of SOAP 1.1 and 1.2.

use std::borrow::Cow;

use crate::{
    Mistake,
    xml::{self, Element},
};

mod fault;

pub use self::fault::{Fault, Side};

/// A version of SOAP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// SOAP 1.1, as `text/xml` with the field `SOAPAction`.
    #[default]
    V11,
    /// SOAP 1.2, as `application/soap+xml` with the parameter `action`.
    V12,
}

impl Version {
    /// The namespace of its envelopes.
    pub fn namespace(self) -> &'static str {
        match self {
            Version::V11 => "http://schemas.xmlsoap.org/soap/envelope/",
            Version::V12 => "http://www.w3.org/2003/05/soap-envelope",
        }
    }

    /// What `content-type` says of a message; `action` is part of it in SOAP 1.2.
    pub fn content_type(self, action: Option<&str>) -> String {
        match (self, action) {
            (Version::V11, _) => "text/xml; charset=utf-8".to_owned(),
            (Version::V12, None | Some("")) => "application/soap+xml; charset=utf-8".to_owned(),
            (Version::V12, Some(action)) => {
                let action = quoted(action);
                format!("application/soap+xml; charset=utf-8; action={action}")
            }
        }
    }

    /// Begins an envelope; `namespaces` are declared as `ns0`, `ns1` and so on.
    pub fn open(self, namespaces: &[String]) -> String {
        let mut out = r#"<?xml version="1.0" encoding="UTF-8"?><soap:Envelope"#.to_owned();
        xml::attribute("xmlns:soap", self.namespace(), &mut out);
        xml::attribute("xmlns:xsi", xml::XSI, &mut out);
        for (place, namespace) in namespaces.iter().enumerate() {
            xml::attribute(&format!("xmlns:ns{place}"), namespace, &mut out);
        }
        out.push('>');
        out
    }
}

/// An action, or another text, between quotes.
pub fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    ["\"", &escaped, "\""].concat()
}

/// An envelope that came.
#[derive(Debug)]
pub struct Envelope<'e, 'a> {
    /// Its version.
    pub version: Version,
    /// Its header blocks.
    pub headers: Vec<&'e Element<'a>>,
    /// What is in its body.
    pub body: Vec<&'e Element<'a>>,
}

impl<'e, 'a> Envelope<'e, 'a> {
    /// Finds the parts of an envelope.
    ///
    /// # Errors
    /// Where the document is no envelope of a version that we know.
    pub fn of(root: &'e Element<'a>) -> Result<Self, Mistake> {
        let mut versions = [Version::V11, Version::V12].into_iter();
        let version = versions.find(|version| *version.namespace() == *root.name.namespace);
        let version = match version {
            Some(version) if root.name.local == "Envelope" => version,
            _ => {
                let name = format!("`{}` of `{}`", root.name.local, root.name.namespace);
                return Err(Mistake::here(format!(
                    "the root element {name} is no envelope of SOAP 1.1 or 1.2"
                )));
            }
        };
        let part = |local: &str| {
            root.elements()
                .find(|part| part.is(version.namespace(), local))
        };
        let headers = part("Header").map(|header| header.elements().collect());
        let body = part("Body").ok_or_else(|| Mistake::here("the envelope has no body"))?;
        Ok(Envelope {
            version,
            headers: headers.unwrap_or_default(),
            body: body.elements().collect(),
        })
    }

    /// The fault that it brings.
    pub fn fault(&self) -> Option<Fault<'e, 'a>> {
        let fault = self
            .body
            .iter()
            .find(|part| part.is(self.version.namespace(), "Fault"))?;
        Some(Fault::of(fault, self.version))
    }

    /// A header block that must be understood and is none of these.
    pub fn not_understood(&self, known: impl Fn(&Element<'a>) -> bool) -> Option<&'e Element<'a>> {
        let mut headers = self.headers.iter().copied();
        headers.find(|header| {
            let must = header.attribute(self.version.namespace(), "mustUnderstand");
            matches!(must, Some("1" | "true")) && self.ours(header) && !known(header)
        })
    }

    /// Whether a header block is meant for whoever gets the message.
    fn ours(&self, header: &Element<'_>) -> bool {
        let role = match self.version {
            Version::V11 => header.attribute(self.version.namespace(), "actor"),
            Version::V12 => header.attribute(self.version.namespace(), "role"),
        };
        role.is_none_or(|role| {
            role.is_empty() || role.ends_with("/next") || role.ends_with("/ultimateReceiver")
        })
    }
}

/// The action that a request names, in `SOAPAction` or in its content type.
pub fn action<'h>(
    soap_action: Option<&'h str>,
    content_type: Option<&'h str>,
) -> Option<Cow<'h, str>> {
    let named = soap_action
        .map(str::trim)
        .filter(|action| !action.is_empty());
    if let Some(named) = named {
        let bare = named
            .strip_prefix('"')
            .and_then(|named| named.strip_suffix('"'));
        return Some(bare.unwrap_or(named).into());
    }
    parameter(content_type?, "action")
}

/// A parameter of a content type.
pub fn parameter<'h>(content_type: &'h str, name: &str) -> Option<Cow<'h, str>> {
    let mut rest = content_type.split_once(';')?.1;
    loop {
        let (key, after) = rest.split_once('=')?;
        let is_wanted = key.trim().eq_ignore_ascii_case(name);
        let after = after.trim_start();
        let (value, left) = match after.strip_prefix('"') {
            Some(inner) => unquoted(inner),
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim().into(), &after[end..])
            }
        };
        if is_wanted {
            return Some(value);
        }
        rest = left.split_once(';')?.1;
    }
}

/// A text up to its quote, and what stands behind it.
fn unquoted(text: &str) -> (Cow<'_, str>, &str) {
    let mut escaped = false;
    let end = text.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    let end = end.unwrap_or(text.len());
    let (value, left) = (&text[..end], text.get(end + 1..).unwrap_or_default());
    match value.contains('\\') {
        false => (value.into(), left),
        true => (
            value.replace("\\\"", "\"").replace("\\\\", "\\").into(),
            left,
        ),
    }
}

#[cfg(test)]
mod tests;
