//! Reads a WSDL and the schemas that it imports.

use std::fmt;

use self::port::Port;
use super::{
    Service,
    definitions::{Definitions, Place, schemas},
};
use crate::{
    envelope::Version,
    json::Unread,
    schema::{Compiler, Document, Documents, Wrong},
    xml::{self, Element, Limits},
};

mod messages;
mod operations;
mod port;

/// Which port is meant, where there are several.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choice<'c> {
    /// The name of the service.
    pub service: Option<&'c str>,
    /// The name of the port.
    pub port: Option<&'c str>,
}

/// An operator's files may be larger than messages.
pub(super) const LIMITS: Limits = Limits {
    depth: 100,
    nodes: 2_000_000,
};

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

impl Problem {
    pub(super) fn of(file: usize, unread: Unread) -> Self {
        Problem {
            file,
            line: unread.line,
            column: unread.column,
            message: unread.message,
        }
    }
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
    let roots = files.iter().enumerate().map(|(file, (_, text))| {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        xml::read(text, &LIMITS).map_err(|unread| Problem::of(file, unread))
    });
    let roots: Vec<Element<'_>> = roots.collect::<Result<_, _>>()?;
    let names: Vec<_> = files.iter().map(|(name, _)| *name).collect();
    let (documents, missing) = schemas(&roots, &names);
    let service = service(&roots, &documents, choice);
    service.map_err(|Stopped { file, offset, mut message }| {
        if let (true, Some(missing)) = (message.ends_with("is not defined"), missing.first()) {
            message += &format!("; perhaps it is in `{missing}`, which is imported: add that file to the schemas");
        }
        Problem::of(file, Unread::at(files[file].1, offset, message))
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
    let port = Port::find(&definitions, choice)?;
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
        name: port.service,
        documentation: port.documentation,
        version: port.version,
        location: port.location,
        operations,
        schema,
        head,
    })
}

struct Reader<'e, 'd> {
    definitions: &'d Definitions<'e>,
    documents: &'d Documents<'e>,
    compiler: Compiler<'e, 'd>,
}
