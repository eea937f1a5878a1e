//! The settings, as an operator writes them.

use std::collections::BTreeMap;

use wasmgate_sdk::{assets::Asset, prelude::*};

/// What clients and the upstream speak, and how one becomes the other.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The WSDL 1.1 of the service: its operations become JSON operations with types.
    #[serde(default)]
    pub(crate) wsdl: Option<Asset>,
    /// Schemas, and other definitions, that the WSDL imports, found by the ends of their paths.
    #[serde(default)]
    pub(crate) schemas: Vec<Asset>,
    /// The service that is meant where the WSDL has several.
    #[serde(default)]
    pub(crate) service: Option<String>,
    /// The port that is meant where the service has several; the first that speaks SOAP otherwise.
    #[serde(default)]
    pub(crate) port: Option<String>,
    /// SOAP without a WSDL.
    #[serde(default)]
    pub(crate) soap: Option<Soap>,
    /// XML without SOAP.
    #[serde(default)]
    pub(crate) xml: Option<Xml>,
    /// What clients speak; the upstream speaks the other.
    #[serde(default)]
    pub(crate) clients: Clients,
    /// The URL of this route, where SOAP clients may read the WSDL: `GET` with `?wsdl` answers it, with this for the
    /// address.
    #[serde(default)]
    pub(crate) publish: Option<String>,
    /// The operation of JSON clients on this route. Without it, the path parameter `operation` names it.
    #[serde(default)]
    pub(crate) operation: Option<String>,
    /// The path of the SOAP service; that of its address in the WSDL otherwise, or the request's.
    #[serde(default)]
    pub(crate) path: Option<String>,
    /// Header blocks of requests to the SOAP service: each an element, in which `${header.NAME}`, `${query.NAME}`,
    /// `${path.NAME}`, `${context.NAME}` and `${secret.NAME}` are filled in. One of which a value is missing is left
    /// out.
    #[serde(default)]
    pub(crate) blocks: Vec<String>,
    /// Whether header blocks of messages that come are in the JSON, as `#header`.
    #[serde(default)]
    pub(crate) headers: bool,
    /// The status for faults, by their code, such as `Client.NotFound`, or by the name of an element in their details.
    #[serde(default)]
    pub(crate) faults: BTreeMap<String, u16>,
    /// Where the operations of SOAP clients are in the JSON service: method and path, such as `GET /orders/{id}`.
    /// Members of the request fill the path; what is left is the body, or the query where there is none. Without it,
    /// an operation is `POST /NAME`.
    #[serde(default)]
    pub(crate) operations: BTreeMap<String, String>,
    /// How elements and members correspond where no schema says it.
    #[serde(default)]
    pub(crate) rules: Rules,
    /// What a message may be at most.
    #[serde(default)]
    pub(crate) limits: Limits,
}

/// What clients speak.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Clients {
    /// JSON, and the upstream XML or SOAP.
    #[default]
    Json,
    /// XML or SOAP, and the upstream JSON.
    Xml,
}

/// SOAP without a WSDL.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Soap {
    /// The namespace of the element in the body.
    #[serde(default)]
    pub(crate) namespace: String,
    /// The element in the body of requests; the name of the operation otherwise. That of replies has `Response` behind
    /// it.
    #[serde(default)]
    pub(crate) element: Option<String>,
    /// What `SOAPAction` says, in which `${operation}` is the operation.
    #[serde(default)]
    pub(crate) action: String,
    /// The version of SOAP.
    #[serde(default)]
    pub(crate) version: Version,
    /// Whether the elements in that element have its namespace too.
    #[serde(default = "yes")]
    pub(crate) qualified: bool,
}

/// A version of SOAP.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
pub(crate) enum Version {
    /// SOAP 1.1
    #[default]
    #[serde(rename = "1.1")]
    V11,
    /// SOAP 1.2
    #[serde(rename = "1.2")]
    V12,
}

/// XML without SOAP.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Xml {
    /// The root element of requests that has no member in the JSON. Without it, the JSON has one member, which is the
    /// root element.
    #[serde(default)]
    pub(crate) request: Option<String>,
    /// The same of replies.
    #[serde(default)]
    pub(crate) reply: Option<String>,
}

/// How elements and members correspond.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Rules {
    /// What stands before the names of attributes.
    pub(crate) attribute: String,
    /// The member that holds the text of an element with attributes.
    pub(crate) text: String,
    /// The member that holds elements and texts that are mixed, in their order.
    pub(crate) content: String,
    /// The member that holds a CDATA section; without it, CDATA is text.
    pub(crate) cdata: Option<String>,
    /// What becomes of namespaces.
    pub(crate) namespaces: Namespaces,
    /// Prefixes and their namespaces: names of these are written with that prefix, whatever a document uses; an empty
    /// prefix for the default namespace.
    pub(crate) prefixes: BTreeMap<String, String>,
    /// Elements that are arrays even when there is one: a name, or the end of a path such as `orders/order`.
    pub(crate) arrays: Vec<String>,
    /// Whether texts that JSON would write as numbers or booleans become such.
    pub(crate) scalars: bool,
    /// Whether the order among elements of different names that are mixed is kept.
    pub(crate) order: bool,
}

impl Default for Rules {
    fn default() -> Self {
        let rules = soap_engine::plain::Rules::default();
        Rules {
            attribute: rules.attribute,
            text: rules.text,
            content: rules.content,
            cdata: None,
            namespaces: Namespaces::Drop,
            prefixes: BTreeMap::new(),
            arrays: Vec::new(),
            scalars: false,
            order: false,
        }
    }
}

/// What becomes of namespaces.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Namespaces {
    /// Names lose their prefixes.
    Drop,
    /// Names keep their prefixes, and declarations are members.
    Keep,
}

/// What a message may be at most.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// Levels of elements, or of objects and arrays; at most 100.
    #[schemars(range(min = 1, max = 100))]
    pub(crate) depth: usize,
    /// Elements and attributes, or JSON values.
    pub(crate) nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let limits = soap_engine::xml::Limits::default();
        Limits {
            depth: limits.depth,
            nodes: limits.nodes,
        }
    }
}

fn yes() -> bool {
    true
}
