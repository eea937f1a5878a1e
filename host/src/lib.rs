//! wasmgate: an API gateway whose every decision is a sandboxed WebAssembly plugin.
//!
//! The modules stand in the order in which a request passes them; `pipeline` tells the same story as code.

/// Reads and checks the configuration.
pub mod config;

/// The running configuration.
mod gateway;

/// The process: start, reload, end.
pub mod server;

/// One thread that serves requests.
mod worker;

/// Lets connections in.
mod listener;

/// How much one client address may have.
mod addresses;

/// Proves who we are to clients.
mod tls;

/// One connection: exactly one reading of every request.
mod connection;

/// Who a request comes from.
mod client;

/// Tells the story of a request.
mod pipeline;

/// A request and its reply between two steps.
mod message;

/// Waits that may not take too long.
mod idle;

/// Bodies: streamed, or buffered within limits.
pub mod body;

/// What is known of a request besides its bytes.
pub mod context;

/// Finds whose deployment answers.
mod stage;

/// Finds the route of a request.
mod router;

/// Asks whether this caller may do this.
mod authorize;

/// Asks whether the request is well formed.
mod validate;

/// Changes requests on their way out and replies on their way back.
mod transform;

/// Asks whoever answers.
mod integrate;

/// What a gateway changes in a message that it passes on.
mod forward;

/// Servers that answer for routes.
pub mod upstream;

/// Turns a reply or a failure into a response.
mod respond;

/// What can go wrong, and whose fault it is.
mod failure;

/// An exchange until its last byte, and what is told of it then.
mod exchange;

/// Tells observers, off the request's way.
mod observers;

/// Runs plugins.
pub mod plugin;

/// What travels in the binary.
mod builtin;

/// Access log, other logs, metrics: told by the pipeline, asked by nobody.
pub mod observe;

/// A thread that sleeps while there is nothing for it to do.
mod sleeper;

/// Health, readiness, metrics and status, on loopback.
pub mod admin;

/// The command line.
pub mod cli;
