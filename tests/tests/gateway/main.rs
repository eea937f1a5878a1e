//! What the gateway does, through its binary. One crate, since each crate of tests is linked on its own; tests that
//! measure time or start compilers stand beside it, alone.
#![expect(clippy::unwrap_used, reason = "tests")]

mod access;
mod addresses;
mod api_key;
mod assets;
mod authorize;
mod body;
mod cache;
mod capabilities;
mod clients;
mod complete;
mod configure;
mod connection;
mod contract;
mod entries;
mod examples;
mod floods;
mod framing_answers;
mod framing_http2;
mod function;

mod jwt;
mod jwt_provider;
mod jwt_vectors;
mod limits;
mod names;
mod observe;
mod orders;
mod outside;
mod plugin_command;
mod plugin_dev;
mod rate_limit;
mod refresh;
mod reload;
mod routing;
mod schema;
mod script;
mod smuggling;
mod soap;
mod streams;
mod swap;
mod targets;
mod transform;
mod transform_plugin;
mod upstreams;
mod validate;
mod vtl;
mod vtl_replies;
