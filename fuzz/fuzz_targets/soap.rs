//! The plugin `soap`: no bytes panic, whether they are read as JSON, as XML, as an envelope or as a WSDL; what a reader
//! took, a writer writes so that it reads the same again. Patterns of a schema do not panic either, nor do texts that they
//! are held against.
//!
//! `cargo +nightly fuzz run soap` in the folder above.
#![no_main]

use libfuzzer_sys::fuzz_target;
use soap_engine::{
    envelope::{Envelope, Version},
    json, openapi,
    plain::{self, Namespaces, Rules},
    schema::Pattern,
    typed::Strictness,
    wsdl::{self, Choice, Operation, Service},
    xml::{self, Limits},
};

const SHOP: &str = include_str!("../../tests/cases/soap/shop.wsdl");
/// Encoded messages.
const STOCK: &str = include_str!("../../tests/cases/soap/stock.wsdl");

thread_local! {
    static SERVICES: [Service; 2] = [SHOP, STOCK]
        .map(|wsdl| wsdl::read(&[("service.wsdl", wsdl)], Choice::default()).expect("a WSDL"));
}

fuzz_target!(|input: (u8, &[u8])| {
    let (kind, bytes) = input;
    let Ok(text) = xml::decode(bytes, None) else {
        return;
    };
    match kind % 5 {
        0 => from_json(&text),
        1 => from_xml(&text),
        2 => SERVICES.with(|services| services.iter().for_each(|service| envelope(service, &text))),
        3 => {
            if let Ok(service) = wsdl::read(&[("fuzzed.wsdl", &text)], Choice::default()) {
                openapi::document(&service, "");
            }
        }
        _ => {
            let (source, text) = text.split_once('\n').unwrap_or((&text, ""));
            if let Ok(pattern) = Pattern::compile(&[source]) {
                pattern.matches(text);
            }
        }
    }
});

fn operations(service: &Service) -> impl Iterator<Item = (&Service, &Operation)> {
    service.operations.values().map(move |operation| (service, operation))
}

/// With everything kept, so that a document comes back as it was.
fn lossless() -> Rules {
    Rules {
        namespaces: Namespaces::Keep,
        cdata: Some("#cdata".to_owned()),
        order: true,
        ..Rules::default()
    }
}

fn from_json(text: &str) {
    let Ok(value) = json::read(text, &Limits::default()) else {
        return;
    };
    let written = value.to_json();
    assert_eq!(json::read(&written, &Limits::default()).expect("what was written").to_json(), written);
    if let Ok(document) = plain::to_xml(&value, &Rules::default()) {
        // Names may be declared twice, and prefixes for nothing: then it is not well-formed, which a peer would tell.
        _ = xml::read(&document, &Limits::default());
    }
    SERVICES.with(|services| {
        for (service, operation) in services.iter().flat_map(operations) {
            if let Ok(envelope) = service.write(&operation.input, &value, "", Version::V11) {
                let root = xml::read(&envelope, &Limits { depth: 100, nodes: 1_000_000 }).expect("what was written");
                let envelope = Envelope::of(&root).expect("an envelope");
                service.read(&operation.input, &envelope, true, Strictness::Strict).expect("what was checked");
            }
        }
    });
}

fn from_xml(text: &str) {
    let rules = lossless();
    let Ok(root) = xml::read(text, &Limits::default()) else {
        return;
    };
    let value = plain::to_json(&root, &rules);
    let Ok(document) = plain::to_xml(&value, &rules) else {
        return;
    };
    let Ok(root) = xml::read(&document, &Limits { depth: 100, nodes: 1_000_000 }) else {
        return;
    };
    assert_eq!(plain::to_json(&root, &rules).to_json(), value.to_json());
}

fn envelope(service: &Service, text: &str) {
    let Ok(root) = xml::read(text, &Limits::default()) else {
        return;
    };
    let Ok(envelope) = Envelope::of(&root) else {
        return;
    };
    envelope.fault();
    envelope.not_understood(|_| false);
    for (_, operation) in operations(service) {
        let read = service.read(&operation.input, &envelope, false, Strictness::Lenient);
        match read {
            Ok(value) => _ = value.to_json(),
            Err(mistake) => assert!(operation.input.encoded, "lenient readers take everything: {mistake}"),
        }
        _ = service.read(&operation.input, &envelope, true, Strictness::Strict);
    }
}
