//! The built-in plugins as routes have them: those of `examples/orders`, where an order is placed.

use bytes::Bytes;
use http::HeaderValue;
use serde_json::{Value, json};
use wasmgate::plugin::Hook;
use wasmgate_tests::Directory;

use crate::{Call, Subject, attach};

pub const NAMES: [&str; 8] = [
    "access",
    "api-key",
    "jwt",
    "rate-limit",
    "schema",
    "soap",
    "transform",
    "vtl",
];

/// A call of one of them, with what it needs written to the directory.
pub fn call(name: &str, directory: &Directory) -> Call {
    for (file, text) in FILES {
        directory.write(file, text);
    }
    match name {
        "access" => order(Hook::RequestFilter, name, access()),
        "api-key" => attach(Subject::Keys(1_000), directory),
        "jwt" => attach(Subject::Claims(10), directory),
        "rate-limit" => limited(name),
        "schema" => order(Hook::Validator, name, schema()),
        "soap" => Call {
            body: Some(Bytes::from_static(TYPED.as_bytes())),
            ..order(Hook::Mapper, name, soap())
        },
        "transform" => order(Hook::RequestFilter, name, transform()),
        "vtl" => order(Hook::Mapper, name, vtl()),
        _ => panic!("no configuration for the built-in plugin `{name}`"),
    }
}

/// An order on its way through one plugin.
fn order(hook: Hook, name: &str, with: Value) -> Call {
    let mut call = Call::authorize(json!({ "use": name, "with": with }));
    let json = HeaderValue::from_static("application/json");
    call.headers.insert("content-type", json);
    let page = HeaderValue::from_static("https://shop.example.com");
    call.headers.insert("origin", page);
    Call {
        hook,
        method: "POST",
        path: "/orders",
        body: Some(Bytes::from_static(ORDER.as_bytes())),
        ..call
    }
}

fn access() -> Value {
    json!({
        "deny": [{ "address": ["203.0.113.0/24", "2001:db8:bad::/48"] }],
        "allow": [{ "address": ["127.0.0.0/8", "192.0.2.0/24"] }],
        "cors": {
            "allow_origins": ["https://shop.example.com"],
            "allow_methods": ["GET", "POST"],
            "allow_headers": ["authorization", "content-type", "x-api-key"],
        },
    })
}

/// A limit that no measurement reaches.
fn limited(name: &str) -> Call {
    let with = json!({ "limit": 1_000_000, "per": "1s", "by": ["address"] });
    Call {
        settings: json!({ name: { "grant": { "kv": true } } }),
        ..order(Hook::RequestFilter, name, with)
    }
}

fn schema() -> Value {
    json!({ "body": { "application/json": { "file": "order.schema.json" } } })
}

fn soap() -> Value {
    json!({ "wsdl": { "file": "shop.wsdl" }, "operation": "PlaceOrder" })
}

fn transform() -> Value {
    json!({
        "request": {
            "headers": { "remove": ["authorization", "x-api-key"], "set": { "x-request-id": "${context.requestId}" } },
            "body": { "set": { "/customer": "${context.sourceIp}" } },
        },
    })
}

fn vtl() -> Value {
    json!({ "request": { "templates": { "application/json": { "file": "place-order.vtl" } } } })
}

/// What a client sends.
const ORDER: &str = r#"{"id":7,"items":[{"sku":"tea","quantity":2,"price":1.50},{"sku":"cup","quantity":1,"price":0.25}]}"#;

/// The order as the service takes it.
const TYPED: &str = r#"{"order":{"id":7,"customer":"shop","item":[{"@currency":"EUR","sku":"tea","quantity":2,"price":1.50},{"@currency":"EUR","sku":"cup","quantity":1,"price":0.25}],"state":"open"}}"#;

const FILES: [(&str, &str); 3] = [
    (
        "order.schema.json",
        include_str!("../../../examples/orders/order.schema.json"),
    ),
    (
        "place-order.vtl",
        include_str!("../../../examples/orders/place-order.vtl"),
    ),
    (
        "shop.wsdl",
        include_str!("../../../examples/orders/shop.wsdl"),
    ),
];
