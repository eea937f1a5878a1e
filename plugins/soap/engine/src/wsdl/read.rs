//! Reads a WSDL and the schemas that it imports.

use std::{collections::BTreeMap, fmt};

use super::{
    Message, Operation, Part, Service,
    definitions::{Definitions, Place, schemas},
};
use crate::{
    envelope::Version,
    json::Unread,
    schema::{Compiler, Document, Documents, Wrong, tag},
    xml::{self, Element, Limits},
};

/// Which port is meant, where there are several.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choice<'c> {
    /// The name of the service.
    pub service: Option<&'c str>,
    /// The name of the port.
    pub port: Option<&'c str>,
}

/// Why a WSDL cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which file: 0 is the WSDL, 1 the first of the schemas.
    pub file: usize,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem {
            line,
            column,
            message,
            ..
        } = self;
        write!(f, "{message} at line {line} column {column}")
    }
}

impl std::error::Error for Problem {}

/// Reads a WSDL; `files` are names and texts, the WSDL first, then schemas and definitions that it imports.
///
/// # Errors
/// The first problem.
pub fn read(files: &[(&str, &str)], choice: Choice<'_>) -> Result<Service, Problem> {
    let limits = Limits {
        depth: 100,
        nodes: 2_000_000,
    };
    let problem = |file: usize, unread: Unread| Problem {
        file,
        line: unread.line,
        column: unread.column,
        message: unread.message,
    };
    let roots = files.iter().enumerate().map(|(file, (_, text))| {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        xml::read(text, &limits).map_err(|unread| problem(file, unread))
    });
    let roots: Vec<Element<'_>> = roots.collect::<Result<_, _>>()?;
    let names: Vec<_> = files.iter().map(|(name, _)| *name).collect();
    let (documents, missing) = schemas(&roots, &names);
    let service = service(&roots, &documents, choice);
    service.map_err(|Stopped { file, offset, mut message }| {
        if let (true, Some(missing)) = (message.ends_with("is not defined"), missing.first()) {
            message += &format!("; perhaps it is in `{missing}`, which is imported: add that file to the schemas");
        }
        problem(file, Unread::at(files[file].1, offset, message))
    })
}

/// A problem, and where it is.
struct Stopped {
    file: usize,
    offset: usize,
    message: String,
}

impl From<Wrong<'_>> for Stopped {
    fn from(Wrong { at, message }: Wrong<'_>) -> Self {
        Stopped {
            file: at.map_or(0, |at| at.document.file),
            offset: at.map_or(0, |at| at.element.offset),
            message,
        }
    }
}

impl Place<'_> {
    fn wrong(&self, message: impl Into<String>) -> Stopped {
        Stopped {
            file: self.file,
            offset: self.element.offset,
            message: message.into(),
        }
    }
}

fn service<'e>(
    roots: &'e [Element<'e>],
    documents: &'e [Document<'e>],
    choice: Choice<'_>,
) -> Result<Service, Stopped> {
    let definitions = Definitions::of(roots);
    let port = port(&definitions, choice)?;
    let mut globals = Documents::default();
    documents.iter().for_each(|document| globals.add(document));
    let mut reader = Reader {
        definitions: &definitions,
        documents: &globals,
        compiler: Compiler::new(&globals),
    };
    let operations = reader.operations(&port)?;
    let schema = reader.compiler.finish()?;
    let head = [Version::V11, Version::V12].map(|version| version.open(&schema.namespaces));
    Ok(Service {
        name: port.name,
        documentation: port.documentation,
        version: port.version,
        location: port.location,
        operations,
        schema,
        head,
    })
}

/// A port that speaks SOAP.
struct Port<'e> {
    name: String,
    documentation: Option<String>,
    location: String,
    version: Version,
    binding: Place<'e>,
    /// The binding's own element, which names the style.
    style: &'e str,
}

fn port<'e>(definitions: &Definitions<'e>, choice: Choice<'_>) -> Result<Port<'e>, Stopped> {
    let wanted = |wanted: Option<&str>, place: &Place<'e>| {
        wanted.is_none_or(|wanted| place.get("name") == Some(wanted))
    };
    let services = definitions
        .all("service")
        .filter(|service| wanted(choice.service, service));
    let ports = services.flat_map(|service| {
        let ports = service
            .children("port")
            .filter(|port| wanted(choice.port, port));
        ports.map(move |port| (service, port)).collect::<Vec<_>>()
    });
    for (service, port) in ports {
        let written = port.get("binding").unwrap_or_default();
        let binding = definitions.find("binding", &port.name(written));
        let binding =
            binding.ok_or_else(|| port.wrong(format!("the binding `{written}` is not there")))?;
        let Some((version, extension)) = extension(&binding, "binding") else {
            continue;
        };
        let address = self::extension(&port, "address").map(|(_, address)| address);
        return Ok(Port {
            name: service.get("name").unwrap_or("Service").to_owned(),
            documentation: service.documentation(),
            location: address
                .and_then(|address| address.attribute("", "location"))
                .unwrap_or_default()
                .to_owned(),
            version,
            binding,
            style: extension.attribute("", "style").unwrap_or("document"),
        });
    }
    let named = [("service", choice.service), ("port", choice.port)];
    let named: String = named
        .iter()
        .filter_map(|(kind, name)| Some(format!(" {kind} `{}`", (*name)?)))
        .collect();
    Err(Stopped {
        file: 0,
        offset: 0,
        message: match named.is_empty() {
            true => {
                "no port with a binding for SOAP 1.1 or 1.2: this is no WSDL 1.1 of a SOAP service"
                    .to_owned()
            }
            false => format!("no port with a binding for SOAP of{named}"),
        },
    })
}

/// What SOAP says of a part of a binding or port.
fn extension<'e>(place: &Place<'e>, local: &str) -> Option<(Version, &'e Element<'e>)> {
    place.element.elements().find_map(|element| {
        let version = match &*element.name.namespace {
            "http://schemas.xmlsoap.org/wsdl/soap/" => Version::V11,
            "http://schemas.xmlsoap.org/wsdl/soap12/" => Version::V12,
            _ => return None,
        };
        (element.name.local == local).then_some((version, element))
    })
}

struct Reader<'e, 'd> {
    definitions: &'d Definitions<'e>,
    documents: &'d Documents<'e>,
    compiler: Compiler<'e, 'd>,
}

/// What a part of a binding says of one direction of an operation.
struct Direction<'e> {
    rpc: bool,
    /// The name of the element around the parts of an RPC message.
    wrapper: String,
    binding: Option<Place<'e>>,
    message: (String, String),
    place: Place<'e>,
}

impl<'e> Reader<'e, '_> {
    fn operations(&mut self, port: &Port<'e>) -> Result<BTreeMap<String, Operation>, Stopped> {
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
        let mut direction =
            |local: &'static str, suffix: &str| -> Result<Option<Message>, Stopped> {
                let Some(place) = abstraction.children(local).next() else {
                    return Ok(None);
                };
                let written = place.get("message").unwrap_or_default();
                let direction = Direction {
                    rpc,
                    wrapper: [name, suffix].concat(),
                    binding: bound.children(local).next(),
                    message: Place {
                        definitions: abstraction.definitions,
                        ..place
                    }
                    .name(written),
                    place,
                };
                self.message(&direction).map(Some)
            };
        let input = direction("input", "")?;
        let output = direction("output", "Response")?;
        Ok(Operation {
            name: name.to_owned(),
            documentation: abstraction.documentation(),
            action: get("soapAction").unwrap_or_default().to_owned(),
            input: input.unwrap_or_default(),
            output,
            faults: self.faults(abstraction)?,
        })
    }

    fn message(&mut self, direction: &Direction<'e>) -> Result<Message, Stopped> {
        let message = self.find(&direction.message, &direction.place)?;
        let bound = direction
            .binding
            .and_then(|binding| Some((binding, extension(&binding, "body")?.1)));
        let get = |name: &str| bound.and_then(|(_, body)| body.attribute("", name));
        if get("use") == Some("encoded") {
            let message = "messages that are encoded (`use=\"encoded\"`) are not supported: only literal ones are";
            return Err(bound
                .map_or(direction.place, |(binding, body)| binding.to(body))
                .wrong(message));
        }
        let headers = self.headers(direction.binding)?;
        let named = get("parts").map(|parts| parts.split_ascii_whitespace().collect::<Vec<_>>());
        let parts = message.children("part").filter(|part| match &named {
            Some(named) => part.get("name").is_some_and(|name| named.contains(&name)),
            None => true,
        });
        let parts: Vec<_> = parts.collect();
        let body = match direction.rpc {
            true => Some(self.wrapper(direction, get("namespace").unwrap_or_default(), &parts)?),
            false => self.document(direction, &parts)?,
        };
        Ok(Message { body, headers })
    }

    fn find(&self, name: &(String, String), place: &Place<'e>) -> Result<Place<'e>, Stopped> {
        let message = self.definitions.find("message", name);
        message.ok_or_else(|| place.wrong(format!("the message `{}` is not there", name.1)))
    }

    fn document(
        &mut self,
        direction: &Direction<'e>,
        parts: &[Place<'e>],
    ) -> Result<Option<Part>, Stopped> {
        match parts {
            [] => Ok(None),
            [part] => self.element(part).map(Some),
            [_, second, ..] => Err(second.wrong(format!(
                "a message of document style has one part in its body, and that of `{}` has more",
                direction.wrapper
            ))),
        }
    }

    /// The global element that a part names.
    fn element(&mut self, part: &Place<'e>) -> Result<Part, Stopped> {
        let written = part
            .get("element")
            .ok_or_else(|| part.wrong("a part of document style names an `element`"))?;
        let name = part.name(written);
        let found = self.documents.find("element", &name);
        let found = found.ok_or_else(|| {
            part.wrong(format!(
                "the element `{written}` of `{}` is not defined",
                name.0
            ))
        })?;
        let field = self.compiler.global(found)?;
        Ok(Part {
            local: field.local,
            namespace: name.0,
            tag: field.tag,
            kind: field.kind,
        })
    }

    /// The element around the parts of an RPC message, which no schema defines.
    fn wrapper(
        &mut self,
        direction: &Direction<'e>,
        namespace: &str,
        parts: &[Place<'e>],
    ) -> Result<Part, Stopped> {
        let mut fields = Vec::new();
        for part in parts {
            let name = part
                .get("name")
                .ok_or_else(|| part.wrong("`name` is missing"))?;
            let Some(written) = part.get("type") else {
                return Err(part.wrong("a part of RPC style names a `type`"));
            };
            let field = self.compiler.accessor(name, part.name(written));
            fields.push(field.map_err(|message| part.wrong(message))?);
        }
        let place = self.compiler.namespace(namespace);
        Ok(Part {
            local: direction.wrapper.clone(),
            namespace: namespace.to_owned(),
            tag: tag(place, &direction.wrapper),
            kind: self.compiler.wrapper(fields),
        })
    }

    fn headers(&mut self, binding: Option<Place<'e>>) -> Result<Vec<Part>, Stopped> {
        let Some(binding) = binding else {
            return Ok(Vec::new());
        };
        let headers = binding.element.elements().filter(|element| {
            element.name.local == "header"
                && element
                    .name
                    .namespace
                    .starts_with("http://schemas.xmlsoap.org/wsdl/soap")
        });
        let mut parts = Vec::new();
        for header in headers.map(|header| binding.to(header)) {
            let written = header.get("message").unwrap_or_default();
            let message = self.find(&header.name(written), &header)?;
            let named = header.get("part");
            // Many a WSDL declares header blocks that no schema defines; whoever sends one is told so.
            let known = message
                .children("part")
                .filter(|part| part.get("name") == named);
            let known: Vec<_> = known.collect();
            for part in known {
                let name = part.name(part.get("element").unwrap_or_default());
                if self.documents.find("element", &name).is_some() {
                    parts.push(self.element(&part)?);
                }
            }
        }
        Ok(parts)
    }

    fn faults(&mut self, abstraction: Place<'e>) -> Result<Vec<Part>, Stopped> {
        let mut parts = Vec::new();
        let faults: Vec<_> = abstraction.children("fault").collect();
        for fault in faults {
            let written = fault.get("message").unwrap_or_default();
            let message = self.find(&fault.name(written), &fault)?;
            let named: Vec<_> = message
                .children("part")
                .filter(|part| part.get("element").is_some())
                .collect();
            for part in named {
                parts.push(self.element(&part)?);
            }
        }
        Ok(parts)
    }
}
