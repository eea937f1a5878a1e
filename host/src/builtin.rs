//! What travels in the binary: the built-in plugins, and the SDKs for `wasmgate plugin new`. Most of it the build script makes.

include!(concat!(env!("OUT_DIR"), "/builtin.rs"));

/// Files by their paths in a folder.
pub(crate) type Files = &'static [(&'static str, &'static [u8])];

/// What the projects of a language are made of.
#[derive(Debug)]
pub(crate) struct Sdk {
    /// The folder below `sdk/`.
    pub(crate) language: &'static str,
    /// What stands beside a project as `wasmgate-sdk/`.
    pub(crate) files: Files,
    /// What a new project begins with.
    pub(crate) template: Files,
}

/// Writes files of the contract into the binary.
macro_rules! wit {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("../../wit/", $name)))),*]
    };
}

/// The contract, the world first.
pub(crate) const WIT: [(&str, &str); 23] = wit![
    "world.wit" "types.wit" "setup.wit" "authorizer.wit" "request-filter.wit" "response-filter.wit" "validator.wit"
    "mapper.wit" "function.wit" "observer.wit" "packed.wit" "assets.wit" "clock.wit" "context.wit" "crypto.wit" "http.wit"
    "kv.wit" "log.wit" "metrics.wit" "random.wit" "script.wit" "secrets.wit" "table.wit"
];
