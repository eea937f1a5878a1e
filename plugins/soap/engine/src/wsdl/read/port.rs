//! Which port of a WSDL is meant, and what SOAP says of it.

use super::{Choice, Stopped};
use crate::{
    envelope::Version,
    wsdl::definitions::{Definitions, Place},
    xml::Element,
};

/// A port that speaks SOAP.
pub(super) struct Port<'e> {
    pub(super) service: String,
    pub(super) documentation: Option<String>,
    pub(super) location: String,
    pub(super) version: Version,
    pub(super) binding: Place<'e>,
    /// The binding's own element, which names the style.
    pub(super) style: &'e str,
}

impl<'e> Port<'e> {
    /// The first of those that are meant.
    pub(super) fn find(definitions: &Definitions<'e>, choice: Choice<'_>) -> Result<Self, Stopped> {
        for service in definitions.all("service") {
            for port in service.children("port") {
                if !choice.means(&service, &port) {
                    continue;
                }
                if let Some(port) = Port::of(definitions, &service, &port)? {
                    return Ok(port);
                }
            }
        }
        Err(Stopped {
            file: 0,
            offset: 0,
            message: choice.nowhere(),
        })
    }

    /// A port; none where its binding is no SOAP.
    fn of(
        definitions: &Definitions<'e>,
        service: &Place<'e>,
        port: &Place<'e>,
    ) -> Result<Option<Self>, Stopped> {
        let written = port.get("binding").unwrap_or_default();
        let binding = definitions.find("binding", &port.name(written));
        let binding =
            binding.ok_or_else(|| port.wrong(format!("the binding `{written}` is not there")))?;
        let Some((version, extension)) = extension(&binding, "binding") else {
            return Ok(None);
        };
        let address = self::extension(port, "address");
        let location = address.and_then(|(_, address)| address.attribute("", "location"));
        Ok(Some(Port {
            service: service.get("name").unwrap_or("Service").to_owned(),
            documentation: service.documentation(),
            location: location.unwrap_or_default().to_owned(),
            version,
            binding,
            style: extension.attribute("", "style").unwrap_or("document"),
        }))
    }
}

impl Choice<'_> {
    fn means(&self, service: &Place<'_>, port: &Place<'_>) -> bool {
        let is = |wanted: Option<&str>, place: &Place<'_>| {
            wanted.is_none_or(|wanted| place.get("name") == Some(wanted))
        };
        is(self.service, service) && is(self.port, port)
    }

    /// That there is no such port.
    fn nowhere(&self) -> String {
        let named = [("service", self.service), ("port", self.port)];
        let named: String = named
            .iter()
            .filter_map(|(kind, name)| Some(format!(" {kind} `{}`", (*name)?)))
            .collect();
        match named.is_empty() {
            true => {
                "no port with a binding for SOAP 1.1 or 1.2: this is no WSDL 1.1 of a SOAP service"
                    .to_owned()
            }
            false => format!("no port with a binding for SOAP of{named}"),
        }
    }
}

/// What SOAP says of a part of a binding or port.
pub(super) fn extension<'e>(place: &Place<'e>, local: &str) -> Option<(Version, &'e Element<'e>)> {
    place.element.elements().find_map(|element| {
        let version = match &*element.name.namespace {
            "http://schemas.xmlsoap.org/wsdl/soap/" => Version::V11,
            "http://schemas.xmlsoap.org/wsdl/soap12/" => Version::V12,
            _ => return None,
        };
        (element.name.local == local).then_some((version, element))
    })
}
