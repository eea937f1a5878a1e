//! wasmgate: an API gateway whose every decision is a sandboxed WebAssembly plugin.
//!
//! The modules stand in the order in which a request passes them; [`pipeline`] tells the same story as code.

/// Reads and checks the configuration.
pub mod config;

/// Limits of what is looked at: bodies.
pub mod body;

/// What is known of a request besides its bytes.
pub mod context;

/// What changes in a message that is passed on.
pub mod forward;

/// Who answers a request.
pub mod integrate;

/// Servers that answer for routes.
pub mod upstream;

/// Runs plugins.
pub mod plugin;

/// Access log, other logs, metrics: told by the pipeline, asked by nobody.
pub mod observe;
