use std::time::Duration;

use crate::bindings::authorizer::exports::wasmgate::plugin::authorizer;

/// What an authorizer gives on success.
///
/// ```
/// use wasmgate_sdk::Grant;
///
/// let grant = Grant::to("alice").context("tenant", "acme");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grant {
    /// Who calls; empty where unknown. Becomes `$context.authorizer.principalId`.
    pub principal: String,
    /// Values that become `$context.authorizer.NAME`.
    pub context: Vec<(String, String)>,
    /// The key that usage plans will count; empty for none. Reserved: nothing counts yet.
    pub usage_key: String,
    /// An IAM policy document (JSON) that is evaluated against the request; empty to grant this request.
    pub policy: String,
    /// For how long the grant may be cached, by the interest's identity; zero for not at all, at most an hour.
    pub ttl: Duration,
}

impl Grant {
    /// A grant to this caller.
    pub fn to(principal: impl Into<String>) -> Self {
        Grant {
            principal: principal.into(),
            ..Grant::default()
        }
    }

    /// Adds a value that later hooks, the upstream and the access log may see.
    pub fn context(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.context.push((name.into(), value.into()));
        self
    }

    /// Names the key that usage plans will count. Reserved: nothing counts yet.
    pub fn usage_key(mut self, key: impl Into<String>) -> Self {
        self.usage_key = key.into();
        self
    }

    /// Grants what an IAM policy document allows.
    pub fn policy(mut self, document: impl Into<String>) -> Self {
        self.policy = document.into();
        self
    }

    /// Lets the host cache this grant.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }
}

impl From<Grant> for authorizer::Grant {
    fn from(grant: Grant) -> Self {
        authorizer::Grant {
            principal: grant.principal,
            context: grant.context,
            usage_key: grant.usage_key,
            policy: grant.policy,
            ttl: u32::try_from(grant.ttl.as_secs()).unwrap_or(u32::MAX),
            extra: Vec::new(),
        }
    }
}
