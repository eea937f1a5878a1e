use std::time::Duration;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::{Grant, Interest, Patch, Problem, Refusal, Reply, Request, Response};

/// A plugin: what it needs to know, and how it gets ready.
///
/// One value of it stands for one configuration, at one place of a route's chain. It is made when the gateway's
/// configuration loads, and its memory is frozen then: every request meets it exactly as `configure` left it.
pub trait Plugin: Sized + Send + Sync + 'static {
    /// What an operator writes under `with:`. Its doc comments become the documentation of the settings.
    type Config: DeserializeOwned + JsonSchema;

    /// The powers that this plugin cannot do without. The operator has to grant them.
    const NEEDS: &'static [Capability] = &[];

    /// Reads one configuration. A problem shows when the gateway loads its configuration, at the place of the mistake,
    /// and never at a request.
    ///
    /// # Errors
    /// Where the configuration cannot work.
    fn configure(config: Self::Config) -> Result<Self, Problem>;

    /// After what time `configure` wants to run again, for what it fetched; at least a second.
    fn refresh(&self) -> Option<Duration> {
        None
    }
}

/// A plugin that is its settings and nothing more, so that there is nothing to configure.
///
/// ```
/// use wasmgate_sdk::prelude::*;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Token {
///     token: String,
/// }
///
/// impl Settings for Token {}
/// ```
pub trait Settings: DeserializeOwned + JsonSchema + Send + Sync + 'static {}

impl<T: Settings> Plugin for T {
    type Config = T;

    fn configure(config: T) -> Result<T, Problem> {
        Ok(config)
    }
}

/// A power that an operator grants to a plugin, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// Requests to the outside: [`http`](crate::http).
    Http,
    /// Values that outlive a request: [`kv`](crate::kv).
    Kv,
    /// Secrets that the operator named: [`secrets`](crate::secrets).
    Secrets,
}

impl Capability {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Capability::Http => "http",
            Capability::Kv => "kv",
            Capability::Secrets => "secrets",
        }
    }
}

/// Decides who may call a route. `authorizer` in [`export!`](crate::export).
pub trait Authorizer: Plugin {
    /// What [`authorize`](Self::authorize) looks at.
    fn interest(&self) -> Interest;

    /// Decides about one request. A refusal, a panic, an exceeded limit: each denies.
    ///
    /// # Errors
    /// Where the request is refused, or nobody can tell.
    fn authorize(&self, request: &Request) -> Result<Grant, Refusal>;
}

/// Changes a request or answers it, before authorizers or after. `request_filter` in [`export!`](crate::export).
pub trait RequestFilter: Plugin {
    /// What [`filter_request`](Self::filter_request) looks at, and the fields that it [`sets`](Interest::sets).
    fn interest(&self) -> Interest;

    /// Looks at one request and says what to change.
    ///
    /// # Errors
    /// Where the request is refused, or the plugin cannot do its work.
    fn filter_request(&self, request: &Request) -> Result<Patch, Refusal>;
}

/// Changes a reply, those of the gateway's own errors too. `response_filter` in [`export!`](crate::export).
pub trait ResponseFilter: Plugin {
    /// What [`filter_response`](Self::filter_response) looks at.
    fn interest(&self) -> Interest;

    /// Looks at one reply and says what to change. `request` is as the client sent it.
    ///
    /// # Errors
    /// Where the plugin cannot do its work.
    fn filter_response(&self, request: &Request, reply: &Reply) -> Result<Patch, Refusal>;
}

/// Decides whether a request is well formed. `validator` in [`export!`](crate::export).
pub trait Validator: Plugin {
    /// What [`validate`](Self::validate) looks at.
    fn interest(&self) -> Interest;

    /// Accepts a request, or refuses it, usually by [`Refusal::invalid`].
    ///
    /// # Errors
    /// Where the request is not well formed.
    fn validate(&self, request: &Request) -> Result<(), Refusal>;
}

/// Maps a request to what the upstream expects, and its reply back. `mapper` in [`export!`](crate::export).
pub trait Mapper: Plugin {
    /// What the two functions look at, and the fields that they [`sets`](Interest::sets) for the upstream.
    fn interest(&self) -> Interest;

    /// Maps a validated request.
    ///
    /// # Errors
    /// Where the request cannot be mapped.
    fn map_request(&self, request: &Request) -> Result<Patch, Refusal>;

    /// Maps a reply of the upstream; not called for the gateway's own errors.
    ///
    /// # Errors
    /// Where the reply cannot be mapped.
    fn map_response(&self, _request: &Request, _reply: &Reply) -> Result<Patch, Refusal> {
        Ok(Patch::new())
    }
}

/// Answers requests itself, in place of an upstream. `function` in [`export!`](crate::export).
pub trait Function: Plugin {
    /// What [`handle`](Self::handle) looks at.
    fn interest(&self) -> Interest;

    /// Answers one request.
    ///
    /// # Errors
    /// Where the request is refused, or the function fails.
    fn handle(&self, request: &Request) -> Result<Response, Refusal>;
}

/// Is told of exchanges after their responses, off the request's way. `observer` in [`export!`](crate::export).
pub trait Observer: Plugin {
    /// What [`observe`](Self::observe) looks at.
    fn interest(&self) -> Interest;

    /// One exchange that has ended.
    fn observe(&self, request: &Request, reply: &Reply);
}
