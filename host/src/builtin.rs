//! What travels in the binary: the built-in plugins, and the SDK for `wasmgate plugin new`. The build script makes it.

include!(concat!(env!("OUT_DIR"), "/builtin.rs"));
