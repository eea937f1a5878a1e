//! The configuration as written: these types mirror the file, and its JSON Schema is derived from them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod api;
mod plugins;
mod units;
mod upstream;

pub(super) use api::{Api, Phases, Respond, Route, Target, ToUpstream, Use};
pub(super) use plugins::{
    Grant, Isolation, IsolationName, PluginLimits, PluginPolicy, PluginSettings, Plugins,
};
pub(super) use units::{Duration, Size};
pub(super) use upstream::{HealthCheck, Upstream};

/// The configuration of wasmgate: listeners, plugins, upstreams, APIs.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "wasmgate.yaml")]
pub(super) struct Written {
    /// The address to listen on, in plain text: an IP address and a port, port 0 for any. In place of `listeners`;
    /// `127.0.0.1:8080` where both are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = "127.0.0.1:8080")]
    pub(super) listen: Option<String>,
    /// Addresses to listen on, where one in plain text is not enough.
    pub(super) listeners: Vec<Listener>,
    /// Address of health, metrics and status, an IP address and a port; `off` for none.
    #[schemars(example = "127.0.0.1:9901")]
    pub(super) admin: Option<String>,
    /// Lets `admin` be an address that others can reach. It has no authentication of its own.
    pub(super) admin_public: bool,
    /// Threads that serve requests; as many as there are cores where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1024))]
    pub(super) workers: Option<u16>,
    /// How long requests in flight may take to end once shutdown has begun.
    pub(super) drain: Duration,
    /// Networks of proxies whose forwarding fields and PROXY headers are believed: `10.0.0.0/8`, `192.0.2.1`.
    pub(super) trusted_proxies: Vec<String>,
    /// What a client may send. What is over is refused before anything else is done with it.
    pub(super) limits: Limits,
    /// Logs.
    pub(super) log: Log,
    /// Secrets by name. Plugins see those that they are granted.
    pub(super) secrets: BTreeMap<String, Secret>,
    /// Where plugins are and what they may do: a directory, or all settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) plugins: Option<Plugins>,
    /// Servers that answer for routes, by a name that routes refer to.
    pub(super) upstreams: BTreeMap<String, Upstream>,
    /// APIs by name, each with its routes.
    pub(super) apis: BTreeMap<String, Api>,
}

impl Default for Written {
    fn default() -> Written {
        Written {
            listen: None,
            listeners: Vec::new(),
            admin: Some("127.0.0.1:9901".to_owned()),
            admin_public: false,
            workers: None,
            drain: Duration::seconds(30),
            trusted_proxies: Vec::new(),
            limits: Limits::default(),
            log: Log::default(),
            secrets: BTreeMap::new(),
            plugins: None,
            upstreams: BTreeMap::new(),
            apis: BTreeMap::new(),
        }
    }
}

/// One address that is listened on.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Listener {
    /// An IP address and a port, `[::1]:8443` for IPv6; port 0 for any that is free.
    #[schemars(example = "0.0.0.0:8443")]
    pub(super) address: String,
    /// Certificates, chosen by server name, the first where none fits; plain text where there is none.
    #[serde(default)]
    pub(super) tls: Vec<Certificate>,
    /// Whether trusted proxies begin each connection with a PROXY protocol header (v1 or v2).
    #[serde(default)]
    pub(super) proxy_protocol: bool,
}

/// A certificate and its key, read again when the files change.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Certificate {
    /// PEM file of the certificate chain, the leaf first.
    pub(super) certificate: String,
    /// PEM file of the private key: PKCS #8, PKCS #1 or SEC 1.
    pub(super) key: String,
}

/// What a client may send.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Limits {
    /// Connections at once.
    #[schemars(range(min = 1))]
    pub(super) connections: u32,
    /// Requests of one connection, which is then closed.
    #[schemars(range(min = 1))]
    pub(super) requests_per_connection: u64,
    /// Header fields of a request.
    #[schemars(range(min = 1, max = 10000))]
    pub(super) headers: u16,
    /// Size of the request line and all header fields together.
    pub(super) head_size: Size,
    /// Size of the request's target.
    pub(super) uri_size: Size,
    /// Until the head of a request must be there.
    pub(super) head_timeout: Duration,
    /// How long a connection may be idle between requests.
    pub(super) keep_alive: Duration,
    /// How long nothing may come between two pieces of a body, both ways.
    pub(super) body_idle: Duration,
    /// How long a client may take nothing of what is sent to it.
    pub(super) write_idle: Duration,
    /// Streams at once of one HTTP/2 connection.
    #[schemars(range(min = 1, max = 10000))]
    pub(super) http2_streams: u32,
    /// Whether fields with `_` in their names are passed on. Many servers read `X_User` and `X-User` as one, so that
    /// clients could forge by the one what a plugin or the gateway sets as the other.
    pub(super) header_underscores: bool,
    /// What one client address may have.
    pub(super) per_address: PerAddress,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 10_000,
            requests_per_connection: 10_000,
            headers: 100,
            head_size: Size::kib(16),
            uri_size: Size::kib(8),
            head_timeout: Duration::seconds(10),
            keep_alive: Duration::seconds(75),
            body_idle: Duration::seconds(60),
            write_idle: Duration::seconds(60),
            http2_streams: 128,
            header_underscores: false,
            per_address: PerAddress::default(),
        }
    }
}

/// What one client address may have; unlimited where nothing is written. Of IPv6, a /64 network is one address. Behind
/// trusted proxies, the client is whom they name.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PerAddress {
    /// Connections at once; more are closed. Those of trusted proxies are not counted, unless a PROXY header names
    /// their client.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub(super) connections: Option<u32>,
    /// Requests; more are answered 429.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) requests: Option<Rate>,
}

/// How many requests may come.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rate {
    /// So many a second, for long.
    #[schemars(range(min = 1, max = 1000000))]
    pub(super) per_second: u32,
    /// So many at once; as many as in a second where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000000))]
    pub(super) burst: Option<u32>,
}

/// Logs, on standard error.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Log {
    /// The least important messages that are written.
    pub(super) level: Level,
    /// How a line looks; `auto` is `human` on a terminal and `json` elsewhere.
    pub(super) format: Format,
    /// Whether each request is a line; where not, those that plugins or upstreams failed still are.
    pub(super) access: bool,
}

impl Default for Log {
    fn default() -> Log {
        Log {
            level: Level::Info,
            format: Format::Auto,
            access: true,
        }
    }
}

/// How important a message is.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(super) enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(super) enum Format {
    Auto,
    Human,
    Json,
}

/// A secret: its value, best from the environment, or a file that holds it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Secret {
    Value(String),
    File(SecretFile),
}

// A secret is never shown.
impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Secret::Value(_) => out.write_str("Value(..)"),
            Secret::File(file) => file.fmt(out),
        }
    }
}

/// A secret in a file; a line break at its end is not part of it. Read again when the file changes.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretFile {
    /// The file.
    #[schemars(example = "/run/secrets/idp")]
    pub(super) file: String,
}
