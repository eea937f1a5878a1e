//! The configuration as it is used: checked, parsed, with no text left to read per request.
//!
//! `load` takes a file from *as written* through *checked* to this; everything that a later door (OpenAPI, the
//! management API) opens onto is here, in the model of Amazon API Gateway.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use http::{HeaderMap, Method, StatusCode};
use ipnet::IpNet;

pub(crate) use self::problem::closest;
pub use self::{
    document::Document,
    load::{load, read, schema},
    problem::{Place, Problem, Problems},
    schema::{InvalidSchema, Schema},
};

/// What to do where a configuration holds nothing that answers.
const NAME_AN_API: &str =
    "name at least one API: `apis: { hello: { routes: { $default: { to: … } } } }`";

mod check;
mod document;
mod expand;
mod load;
mod problem;
#[cfg(test)]
mod reference;
mod scalar;
mod schema;
mod sound;
mod written;

/// Looks an environment variable up. Only `main` reads the real ones.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Everything that one `wasmgate.yaml` says.
#[derive(Debug)]
pub struct Config {
    pub listeners: Vec<Listener>,
    /// Where health, metrics and status are served; none for nowhere.
    pub admin: Option<SocketAddr>,
    /// Threads that serve requests, each with its own runtime; at least 1.
    pub workers: usize,
    /// How long requests in flight may take to end once shutdown has begun.
    pub drain: Duration,
    /// Peers whose forwarding fields and PROXY headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    pub limits: Limits,
    pub log: Log,
    pub plugins: PluginSettings,
    /// Upstreams; an [`UpstreamId`] is a place in this list.
    pub upstreams: Vec<Upstream>,
    pub apis: Vec<Api>,
    /// What was read and is watched: the file itself, certificates, secret files.
    pub watched: Vec<PathBuf>,
}

/// One address that is listened on.
#[derive(Clone, Debug)]
pub struct Listener {
    pub address: SocketAddr,
    /// Certificates, chosen by server name, the first where none fits; empty for plain text.
    pub certificates: Vec<Certificate>,
    /// Whether trusted peers begin each connection with a PROXY protocol header (v1 or v2).
    pub proxy_protocol: bool,
}

#[derive(Clone, Debug)]
pub struct Certificate {
    /// PEM, the leaf first.
    pub chain: PathBuf,
    /// PEM: PKCS #8, PKCS #1 or SEC 1.
    pub key: PathBuf,
}

/// What a client may send. What is over is refused before anything else is done with it.
#[derive(Clone, Debug)]
pub struct Limits {
    pub connections: usize,
    pub requests_per_connection: u64,
    pub headers: usize,
    /// The request line and all fields together.
    pub head_bytes: usize,
    pub uri_bytes: usize,
    /// Until the head of a request must be there, and between requests of a connection.
    pub head_timeout: Duration,
    pub keep_alive: Duration,
    /// Between two pieces of a body, both ways.
    pub body_idle: Duration,
    /// How long a client may take nothing of what is sent to it.
    pub write_idle: Duration,
    pub http2_streams: u32,
    /// Whether fields with `_` in their names are kept.
    pub header_underscores: bool,
    pub per_address: PerAddress,
}

/// What one client address may have; no limit where there is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct PerAddress {
    pub connections: Option<u32>,
    pub requests: Option<Rate>,
}

/// So many a second for long, and so many at once.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    pub per_second: u32,
    pub burst: u32,
}

#[derive(Clone, Debug)]
pub struct Log {
    pub level: tracing::Level,
    pub format: LogFormat,
    /// One line a request.
    pub access: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Human on a terminal, JSON otherwise.
    Auto,
    Human,
    Json,
}

/// Plugins: where they are and what they may do.
#[derive(Clone, Debug)]
pub struct PluginSettings {
    pub directory: Option<PathBuf>,
    /// Where compiled code is kept; none for nowhere.
    pub cache: Option<PathBuf>,
    /// Guest calls that may run at once, over all plugins: the size of the pool.
    pub pool: usize,
    /// What holds for plugins that `policies` does not name.
    pub default: PluginPolicy,
    pub policies: BTreeMap<String, PluginPolicy>,
    /// Secrets by name, with their values; granted one by one.
    pub secrets: Secrets,
}

impl PluginSettings {
    /// What the operator decided for a plugin.
    pub fn policy(&self, plugin: &str) -> &PluginPolicy {
        self.policies.get(plugin).unwrap_or(&self.default)
    }
}

/// Secret values by name. Never shown, not even by `Debug`.
#[derive(Clone, Default)]
pub struct Secrets(pub Arc<BTreeMap<String, String>>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// What the operator decided for one plugin.
#[derive(Clone, Debug)]
pub struct PluginPolicy {
    pub isolation: Isolation,
    pub grants: Grants,
    pub limits: PluginLimits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// A pristine instance of the image for every hook call.
    Request,
    /// A pooled instance, recycled after this many calls and at once after a trap.
    Reuse { calls: u32 },
}

/// Capabilities granted to a plugin; nothing by default.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    /// Origins (`https://idp.example.com`, `https://*.example.com`, `http://10.0.0.0/8`) that `http.fetch` may reach.
    pub http: Vec<String>,
    pub kv: bool,
    /// Names of secrets.
    pub secrets: Vec<String>,
}

/// What a call of a plugin may use. Exceeding one ends that call only.
#[derive(Clone, Debug)]
pub struct PluginLimits {
    /// Linear memory, bytes.
    pub memory: usize,
    /// Time on the processor.
    pub cpu: Duration,
    /// Time in all, waiting for the host included.
    pub wall: Duration,
    /// Time on the processor for `configure`.
    pub configure: Duration,
    /// Calls at once; more wait up to `wall` and are then refused.
    pub concurrent: usize,
    /// Bytes that a call may return or pass to an import.
    pub returned: usize,
    pub log_lines: u32,
    pub log_bytes: usize,
    /// Outbound requests of one call.
    pub fetches: u32,
    /// Bytes of one fetched body.
    pub fetch_bytes: usize,
}

/// A place in [`Config::upstreams`].
pub type UpstreamId = usize;

/// Servers that answer for routes.
#[derive(Clone, Debug)]
pub struct Upstream {
    pub name: String,
    pub targets: Vec<Target>,
    /// Certificates to trust in place of the system's, PEM.
    pub roots: Option<PathBuf>,
    /// HTTP/2 with prior knowledge on plain text; with TLS, ALPN decides.
    pub http2: bool,
    pub connect_timeout: Duration,
    /// How long an idle connection is kept.
    pub keep_alive: Duration,
    /// Between two look-ups of a target's name.
    pub resolve: Duration,
    pub retries: Retries,
    pub health: Health,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    pub tls: bool,
    /// A name or an address literal.
    pub host: String,
    pub port: u16,
}

/// Retries are made only where it is safe: nothing was sent, or the method is idempotent and no body was streamed.
#[derive(Clone, Debug)]
pub struct Retries {
    /// Tries after the first.
    pub attempts: u32,
    /// The first pause; doubled each time, with full jitter.
    pub backoff: Duration,
    /// Share of requests that may be retries, in percent.
    pub budget: u32,
}

#[derive(Clone, Debug)]
pub struct Health {
    /// Failures in a row after which a target is left out.
    pub failures: u32,
    /// For how long it is left out, doubled each time up to ten times that.
    pub pause: Duration,
    /// Asks this path regularly, where set.
    pub check: Option<HealthCheck>,
}

#[derive(Clone, Debug)]
pub struct HealthCheck {
    pub path: String,
    pub interval: Duration,
    pub timeout: Duration,
}

/// An API with its one stage, `$default`, until the other doors bring more.
#[derive(Debug)]
pub struct Api {
    pub name: String,
    /// Hosts that this API answers for, lower-case, `*.` in front for any one label; empty for all.
    pub hosts: Vec<String>,
    /// Leading path segments that choose this API and are not part of its routes' paths, such as `/shop`; or empty.
    pub base_path: String,
    pub stage: String,
    pub routes: Vec<Route>,
}

/// A route: what it matches, who decides on the way, who answers.
#[derive(Debug)]
pub struct Route {
    /// As written: `GET /orders/{id}` or `$default`.
    pub key: String,
    /// None for `ANY`.
    pub method: Option<Method>,
    /// `/orders/{id}`, `/{proxy+}`; `$default` is the route that takes what no other does.
    pub path: String,
    pub chain: Chain,
    pub integration: Integration,
    /// Until the head of the upstream's response must be there.
    pub timeout: Duration,
    /// Bytes of a request body, as sent and as decoded.
    pub body_limit: u64,
    /// Upstreams that a filter may choose by name, besides the integration's own.
    pub upstreams: Vec<UpstreamId>,
    pub place: Place,
}

/// The attachments of a route, phase by phase, in the operator's order.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    /// Request filters before the authorizers.
    pub early: Vec<Attachment>,
    pub authorize: Vec<Attachment>,
    pub validate: Vec<Attachment>,
    /// Request filters and mappers.
    pub transform: Vec<Attachment>,
    /// Response filters, listed in the order of the chain; they run in reverse.
    pub respond: Vec<Attachment>,
    pub observe: Vec<Attachment>,
}

/// A plugin with one configuration at one place of a chain.
#[derive(Clone, Debug)]
pub struct Attachment {
    pub plugin: String,
    /// The plugin's configuration, `{}` where none is written.
    pub with: serde_json::Value,
    /// Filters and observers only: whether a failing plugin is passed over.
    pub fail_open: bool,
    /// Where `with` stands: the place of a mistake in it is `place.inside(pointer)`.
    pub place: Place,
}

/// Who answers.
#[derive(Clone, Debug)]
pub enum Integration {
    Http {
        upstream: UpstreamId,
        /// The path to ask for, with `{parameters}`; none for the request's own.
        path: Option<String>,
    },
    Function(Attachment),
    /// A fixed answer.
    Respond {
        status: StatusCode,
        headers: HeaderMap,
        body: bytes::Bytes,
    },
}

/// Whether an address is one of the trusted proxies.
pub fn trusts(proxies: &[IpNet], address: IpAddr) -> bool {
    proxies.iter().any(|network| network.contains(&address))
}

#[cfg(test)]
mod tests;
