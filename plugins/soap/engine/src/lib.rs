//! JSON and XML, SOAP envelopes, and the typed operations of a WSDL. Nothing in here knows of gateways or WebAssembly.

/// JSON that keeps the order of members and the digits of numbers.
pub mod json;

/// XML as a tree, of bounded size and depth, without DTDs.
pub mod xml;

/// XML to JSON and back by rules, without a schema.
pub mod plain;

/// Envelopes, header blocks and faults of SOAP 1.1 and 1.2.
pub mod envelope;

/// The types of an XML Schema.
pub mod schema;

/// XML to JSON and back by the types of a schema.
pub mod typed;

/// The operations of a WSDL 1.1.
pub mod wsdl;

/// The operations of a WSDL as an OpenAPI document.
pub mod openapi;

mod mistake;

pub use mistake::Mistake;
