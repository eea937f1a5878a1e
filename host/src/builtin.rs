//! What travels in the binary: the built-in plugins, and the SDKs for `wasmgate plugin new`. The build script makes it.

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
