//! Upstreams as written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Duration;

/// Servers that answer for routes.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Upstream {
    /// Origins of the servers, without a path: the less busy of two is asked.
    #[schemars(length(min = 1), extend("examples" = [["http://10.0.0.1:9000"]]))]
    pub(in crate::config) targets: Vec<String>,
    /// PEM file of the certificates to trust in place of the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::config) roots: Option<String>,
    /// HTTP/2 with prior knowledge on plain text. With TLS, both sides agree by ALPN.
    #[serde(default)]
    pub(in crate::config) http2: bool,
    /// How long connecting may take, TLS included.
    #[serde(default = "connect_timeout")]
    pub(in crate::config) connect_timeout: Duration,
    /// How long an idle connection is kept.
    #[serde(default = "keep_alive")]
    pub(in crate::config) keep_alive: Duration,
    /// How often names of servers are looked up again; after a failed connection they are sooner. Connections to
    /// addresses that a name does not have any more get no more requests.
    #[serde(default = "resolve")]
    pub(in crate::config) resolve: Duration,
    /// Retries, made only where it is safe.
    #[serde(default)]
    pub(in crate::config) retries: Retries,
    /// When a server is left out.
    #[serde(default)]
    pub(in crate::config) health: Health,
}

impl Upstream {
    /// An upstream of which only the servers are written.
    pub(in crate::config) fn plain(targets: Vec<String>) -> Upstream {
        Upstream {
            targets,
            roots: None,
            http2: false,
            connect_timeout: connect_timeout(),
            keep_alive: keep_alive(),
            resolve: resolve(),
            retries: Retries::default(),
            health: Health::default(),
        }
    }
}

fn connect_timeout() -> Duration {
    Duration::seconds(3)
}

fn keep_alive() -> Duration {
    Duration::seconds(60)
}

fn resolve() -> Duration {
    Duration::seconds(30)
}

/// Retries are made only where nothing was sent, or where the method is idempotent and no body was streamed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct Retries {
    /// Tries after the first.
    #[schemars(range(max = 10))]
    pub(in crate::config) attempts: u32,
    /// The first pause; doubled each time, with jitter.
    pub(in crate::config) backoff: Duration,
    /// Share of requests that may be retries, in percent.
    #[schemars(range(max = 100))]
    pub(in crate::config) budget: u32,
}

impl Default for Retries {
    fn default() -> Retries {
        Retries {
            attempts: 2,
            backoff: Duration::milliseconds(25),
            budget: 20,
        }
    }
}

/// When a server is left out.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct Health {
    /// Failures in a row after which a server is left out.
    #[schemars(range(min = 1))]
    pub(in crate::config) failures: u32,
    /// For how long it is left out, doubled each time up to ten times that.
    pub(in crate::config) pause: Duration,
    /// Asks each server regularly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::config) check: Option<HealthCheck>,
}

impl Default for Health {
    fn default() -> Health {
        Health {
            failures: 5,
            pause: Duration::seconds(10),
            check: None,
        }
    }
}

/// A regular question to each server: any answer below 400 is a healthy one.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct HealthCheck {
    /// The path to ask for.
    #[schemars(example = "/healthz")]
    pub(in crate::config) path: String,
    /// Time between two questions.
    #[serde(default = "interval")]
    pub(in crate::config) interval: Duration,
    /// Until the answer must be there.
    #[serde(default = "timeout")]
    pub(in crate::config) timeout: Duration,
}

fn interval() -> Duration {
    Duration::seconds(5)
}

fn timeout() -> Duration {
    Duration::seconds(1)
}
