//! Whatever a file holds becomes a component, or a message that says what the file is instead.

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME as PREVIEW1,
    WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER as ADAPTER,
};
use wasmparser::{Encoding, Parser, Payload};
use wit_component::ComponentEncoder;

use super::{flatten::flat, merge::merged, typed::typed};

/// Bytes of a plugin file.
const MOST_BYTES: usize = 64 << 20;
/// See the file.
const STAND_INS: &str = include_str!("stand_ins.wat");
const MAGIC: &[u8] = b"\0asm";

/// Why a file is not a component and cannot be made one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAComponent {
    #[error("the file is empty")]
    Empty,
    #[error("the file has {0} bytes; a plugin has at most {MOST_BYTES}")]
    TooLarge(usize),
    #[error("this is WebAssembly as text: make it binary with `wasm-tools parse`")]
    Text,
    #[error("not a WebAssembly file")]
    NotWasm,
    #[error("not valid WebAssembly, or only a part of it: {0}")]
    Invalid(String),
    #[error(
        "a core module that does not say which contract it speaks: its section `component-type` is missing. \
         Build it with the SDK, and do not strip custom sections from it; or add the section with `wasm-tools component embed`"
    )]
    NoType,
    #[error(
        "a core module that exports nothing of the contract: a plugin exports functions by names such as \
         `wasmgate:plugin/setup@0.1.0#describe`"
    )]
    NoContract,
    #[error("cannot make a component of this core module: {0}")]
    Encode(String),
}

/// The file's component, made from it where it is a core module.
pub(crate) fn component(bytes: &[u8]) -> Result<Vec<u8>, NotAComponent> {
    if bytes.is_empty() {
        return Err(NotAComponent::Empty);
    }
    if bytes.len() > MOST_BYTES {
        return Err(NotAComponent::TooLarge(bytes.len()));
    }
    if !bytes.starts_with(MAGIC) {
        return Err(foreign(bytes));
    }
    match encoding(bytes)? {
        Encoding::Component => Ok(flat(bytes).unwrap_or_else(|| bytes.to_vec())),
        Encoding::Module => encode(bytes, ADAPTER),
    }
}

/// The same for what a compiler made: where a core module does not say its type, its names do. Modules that share a memory
/// become one.
pub(crate) fn made(bytes: &[u8], contract: &[(&str, &str)]) -> Result<Vec<u8>, NotAComponent> {
    let untyped = bytes.starts_with(MAGIC)
        && encoding(bytes)? == Encoding::Module
        && !Facts::read(bytes)?.typed;
    let component = match untyped {
        true => typed_component(bytes, contract)?,
        false => component(bytes)?,
    };
    Ok(merged(&component).unwrap_or(component))
}

fn typed_component(bytes: &[u8], contract: &[(&str, &str)]) -> Result<Vec<u8>, NotAComponent> {
    let refused = |error: wat::Error| NotAComponent::Encode(error.to_string());
    let stand_ins = wat::parse_str(STAND_INS).map_err(refused)?;
    let stand_ins = typed("stand-ins", &stand_ins, contract)?;
    encode(&typed("plugin", bytes, contract)?, &stand_ins)
}

/// Whether a file holds a core module.
pub(super) fn is_module(bytes: &[u8]) -> bool {
    matches!(encoding(bytes), Ok(Encoding::Module))
}

fn foreign(bytes: &[u8]) -> NotAComponent {
    let text = bytes.trim_ascii_start();
    let begins = |word: &[u8]| text.starts_with(word);
    match begins(b"(module") || begins(b"(component") || begins(b";;") {
        true => NotAComponent::Text,
        false => NotAComponent::NotWasm,
    }
}

fn encoding(bytes: &[u8]) -> Result<Encoding, NotAComponent> {
    match Parser::new(0).parse_all(bytes).next() {
        Some(Ok(Payload::Version { encoding, .. })) => Ok(encoding),
        Some(Err(error)) => Err(NotAComponent::Invalid(error.to_string())),
        _ => Err(NotAComponent::NotWasm),
    }
}

/// What `wasm-tools component new` does; `preview1` is what the module's imports of WASI are linked to.
fn encode(module: &[u8], preview1: &[u8]) -> Result<Vec<u8>, NotAComponent> {
    let facts = Facts::read(module)?;
    if !facts.typed {
        return Err(NotAComponent::NoType);
    }
    let encoded = (|| {
        // What is compiled of it is validated.
        let mut encoder = ComponentEncoder::default().module(module)?.validate(false);
        if facts.preview1 {
            encoder = encoder.adapter(PREVIEW1, preview1)?;
        }
        encoder.encode()
    })();
    encoded.map_err(|error| NotAComponent::Encode(format!("{error:#}")))
}

/// What has to be known of a core module before it can be encoded.
#[derive(Default)]
struct Facts {
    typed: bool,
    preview1: bool,
}

impl Facts {
    fn read(module: &[u8]) -> Result<Facts, NotAComponent> {
        let invalid =
            |error: wasmparser::BinaryReaderError| NotAComponent::Invalid(error.to_string());
        let mut facts = Facts::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload.map_err(invalid)? {
                Payload::CustomSection(section) => {
                    facts.typed |= section.name().starts_with("component-type");
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        facts.preview1 |= import.map_err(invalid)?.module == PREVIEW1;
                    }
                }
                _ => {}
            }
        }
        Ok(facts)
    }
}
