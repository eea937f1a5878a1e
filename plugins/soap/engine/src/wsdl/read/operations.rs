//! The operations of a port.

use std::collections::BTreeMap;

use super::{
    Reader, Stopped,
    messages::Direction,
    port::{Port, extension},
};
use crate::wsdl::{Message, Operation, definitions::Place};

impl<'e> Reader<'e, '_> {
    pub(super) fn operations(
        &mut self,
        port: &Port<'e>,
    ) -> Result<BTreeMap<String, Operation>, Stopped> {
        let written = port.binding.get("type").unwrap_or_default();
        let port_type = self
            .definitions
            .find("portType", &port.binding.name(written));
        let port_type = port_type.ok_or_else(|| {
            port.binding
                .wrong(format!("the port type `{written}` is not there"))
        })?;
        let mut operations = BTreeMap::new();
        for bound in port.binding.children("operation") {
            let name = bound.get("name").unwrap_or_default();
            let mut all = port_type.children("operation");
            let abstraction = all.find(|operation| operation.get("name") == Some(name));
            let abstraction = abstraction
                .ok_or_else(|| bound.wrong(format!("the port type has no operation `{name}`")))?;
            let operation = self.operation(port, bound, abstraction)?;
            operations.entry(name.to_owned()).or_insert(operation);
        }
        match operations.is_empty() {
            true => Err(port.binding.wrong("the binding has no operations")),
            false => Ok(operations),
        }
    }

    fn operation(
        &mut self,
        port: &Port<'e>,
        bound: Place<'e>,
        abstraction: Place<'e>,
    ) -> Result<Operation, Stopped> {
        let extension = extension(&bound, "operation").map(|(_, extension)| extension);
        let get = |name: &str| extension.and_then(|extension| extension.attribute("", name));
        let rpc = get("style").unwrap_or(port.style) == "rpc";
        let name = bound.get("name").unwrap_or_default();
        let mut message = |local: &'static str, suffix: &str| {
            let place = abstraction.children(local).next();
            let direction = place.map(|place| Direction {
                rpc,
                version: port.version,
                wrapper: [name, suffix].concat(),
                binding: bound.children(local).next(),
                message: place.name(place.get("message").unwrap_or_default()),
                place,
            });
            direction
                .map(|direction| self.message(&direction))
                .transpose()
        };
        let input: Option<Message> = message("input", "")?;
        let output = message("output", "Response")?;
        Ok(Operation {
            name: name.to_owned(),
            documentation: abstraction.documentation(),
            action: get("soapAction").unwrap_or_default().to_owned(),
            input: input.unwrap_or_default(),
            output,
            faults: self.faults(abstraction)?,
        })
    }
}
