//! Plugins, as the rest of the host sees them: prepared when a configuration loads, called from the pipeline.
//!
//! This folder is the only code that names wasmtime. A plugin file becomes an *image* (configured, snapshotted,
//! compiled); an `Attachment` points at one entry of one image; `Attachment::pin` holds the image still for a call.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::context::Context;

/// The hooks of the contract.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Hook {
    Authorizer,
    RequestFilter,
    ResponseFilter,
    Validator,
    Mapper,
    Function,
    Observer,
}

impl Hook {
    pub const ALL: [Hook; 7] = [
        Hook::Authorizer,
        Hook::RequestFilter,
        Hook::ResponseFilter,
        Hook::Validator,
        Hook::Mapper,
        Hook::Function,
        Hook::Observer,
    ];

    /// The name of its interface in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Hook::Authorizer => "authorizer",
            Hook::RequestFilter => "request-filter",
            Hook::ResponseFilter => "response-filter",
            Hook::Validator => "validator",
            Hook::Mapper => "mapper",
            Hook::Function => "function",
            Hook::Observer => "observer",
        }
    }
}

/// What an attachment wants to see of an exchange. The host never copies, buffers or lowers more.
#[derive(Clone, Debug, Default, serde::Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Interest {
    pub headers: Names,
    pub query: Names,
    pub path: Names,
    pub context: Names,
    pub body: bool,
    pub reply_headers: Names,
    pub reply_body: bool,
    /// Fields that the hook may set for the upstream: those that the client sent are removed first, so that nobody can
    /// forge them. Request filters and mappers only.
    pub sets: Vec<String>,
    /// The values by which an authorizer's outcome may be cached.
    pub identity: Vec<String>,
}

/// Names that are wanted: some, or all (`*`).
#[derive(Clone, Debug, Default, serde::Deserialize, PartialEq)]
#[serde(from = "Vec<String>")]
pub struct Names {
    pub all: bool,
    pub names: Vec<String>,
}

impl Names {
    pub fn is_empty(&self) -> bool {
        !self.all && self.names.is_empty()
    }

    pub fn contain(&self, name: &str) -> bool {
        self.all || self.names.iter().any(|wanted| wanted == name)
    }
}

impl From<Vec<String>> for Names {
    fn from(mut names: Vec<String>) -> Self {
        let all = names.iter().any(|name| name == "*");
        names.retain(|name| name != "*");
        Names { all, names }
    }
}

/// A request as hooks see it, borrowed from the pipeline. `path` and `query` are raw.
#[derive(Clone, Copy)]
pub struct RequestView<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: Option<&'a str>,
    pub headers: &'a HeaderMap,
    /// Path parameters, raw.
    pub parameters: &'a [(Arc<str>, String)],
    pub context: &'a Arc<Context>,
    /// Present where it was buffered; an interest that wants it finds it here.
    pub body: Option<&'a Bytes>,
}

/// A reply as hooks see it.
#[derive(Clone, Copy)]
pub struct ReplyView<'a> {
    pub status: StatusCode,
    pub headers: &'a HeaderMap,
    pub body: Option<&'a Bytes>,
    /// For observers: latencies, sizes, failure.
    pub extra: &'a [(&'a str, String)],
}

/// What an authorizer gives on success.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grant {
    pub principal: String,
    pub context: Vec<(String, String)>,
    pub usage_key: Option<String>,
    pub policy: Option<String>,
    pub ttl: Duration,
}

/// Changes to a request or reply, checked: every name and value is valid where it goes.
#[derive(Debug, Default)]
pub struct Patch {
    pub changes: Vec<Change>,
    pub body: Option<Bytes>,
    pub respond: Option<Answer>,
}

/// One change. Query names and values are decoded; paths are raw.
#[derive(Debug, PartialEq)]
pub enum Change {
    SetHeader(http::HeaderName, http::HeaderValue),
    AppendHeader(http::HeaderName, http::HeaderValue),
    RemoveHeader(http::HeaderName),
    SetQuery(String, String),
    AppendQuery(String, String),
    RemoveQuery(String),
    SetPath(String),
    SetMethod(http::Method),
    SetStatus(StatusCode),
    SetContext(String, String),
    Upstream(String),
}

impl Change {
    /// The field that it sets, adds to or removes.
    pub(crate) fn field(&self) -> Option<&http::HeaderName> {
        match self {
            Change::SetHeader(field, _)
            | Change::AppendHeader(field, _)
            | Change::RemoveHeader(field) => Some(field),
            _ => None,
        }
    }
}

/// A complete answer made by a plugin, checked.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Why a hook call gave no result.
#[derive(Debug)]
pub enum Denial {
    /// The plugin said no.
    Refused(Box<Refusal>),
    /// The plugin failed: fail closed, or pass over it where the operator said so.
    Failed(PluginFailure),
}

/// What a plugin's refusal asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// 400, 401, 403, 413 or 429.
    pub status: StatusCode,
    /// What the client reads in place of the status' standard message.
    pub message: Option<String>,
    pub headers: HeaderMap,
    pub context: Vec<(String, String)>,
    /// What the client reads as `details`.
    pub details: Option<serde_json::Value>,
}

/// What went wrong with a plugin, for the log; clients only see a status.
#[derive(Clone, Debug, thiserror::Error)]
#[error("plugin `{plugin}`: {fault}")]
pub struct PluginFailure {
    pub plugin: Arc<str>,
    pub fault: Fault,
}

/// The ways in which a plugin fails. Each has a label in the metrics.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    #[error("not usable: {0}")]
    Broken(String),
    #[error("trapped: {0}")]
    Trapped(String),
    #[error("used more than {0:?} of processor time")]
    CpuExceeded(Duration),
    #[error("took longer than {0:?}")]
    TimedOut(Duration),
    #[error("asked for more than {0} bytes of memory")]
    MemoryExceeded(usize),
    #[error("returned more than {0} bytes")]
    ReturnedTooMuch(usize),
    #[error("no free instance: {0} calls are running")]
    Busy(usize),
    #[error("switched off for a while: nearly all calls failed, the last {0} in a row")]
    BreakerOpen(u32),
    #[error("broke the contract: {0}")]
    Contract(String),
    #[error("reported a failure: {0}")]
    Reported(String),
}

mod attachment;
mod bindings;
mod breaker;
mod cache;
mod call;
mod compiler;
mod configure;
mod directory;
mod engine;
mod exports;
mod fault;
mod group;
#[cfg(test)]
mod guests;
mod hooks;
mod image;
mod imports;
mod inspect;
mod instance;
mod limits;
mod load;
mod meter;
mod packed;
mod patch;
mod pool;
mod record;
mod refresh;
#[cfg(test)]
mod scratch;
mod script;
mod sections;
mod setup;
mod shown;
mod snapshot;
mod state;
mod stats;
mod status;
mod store;
mod ticker;
mod workshop;

pub use attachment::{Attachment, Pinned};
#[cfg(test)]
pub(crate) use imports::TAKEN_METRICS;
pub(crate) use imports::{Family, Kind, Reading};
pub use inspect::{Inspection, NotAPlugin, inspect};
pub(crate) use load::made as component;
pub use stats::HookStats;
pub use status::{EngineStatus, ImageStatus, PluginState, PluginStatus, ProblemStatus, Source};
pub use store::{Asked, Plugins, Prepared, Unusable};
pub use workshop::StartError;
