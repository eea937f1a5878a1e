//! May this caller do this? Every authorizer of the route must grant.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::digest;
use moka::{Expiry, sync::Cache};

use crate::{
    failure::{Failure, Halt},
    message::Request,
    plugin::{Denial, Grant, Hook, Pinned, PluginFailure, RequestView},
    stage::Route,
};

mod identity;
mod policy;

use policy::Policy;

/// Proof that every authorizer granted; what they said of the caller is in the request's context.
#[derive(Debug)]
pub(crate) struct Principal(());

/// Grants that were given for some seconds, by who asked.
#[derive(Debug)]
pub(crate) struct Grants(Cache<Key, Arc<Granted>>);

/// A grant, its policy ready to be evaluated for each request that it is for.
#[derive(Debug)]
struct Granted {
    grant: Grant,
    policy: Option<Policy>,
}

/// An image's entry, and a digest of the values that its interest names as identity.
type Key = (u64, [u8; 32]);

/// As Amazon API Gateway has it.
const LONGEST: Duration = Duration::from_secs(3600);

/// Bytes of all grants that are kept.
const CAPACITY: u64 = 64 << 20;
/// About what a grant takes besides its texts, in the cache and in memory.
const OVERHEAD: usize = 400;

/// Asks the route's authorizers in order and merges what they grant; of two values of a name the later wins.
pub(crate) async fn check(
    request: &mut Request,
    route: &Route,
    grants: &Grants,
) -> Result<Principal, Halt> {
    for attachment in &route.chain.authorize {
        let pinned = attachment.pin()?;
        let interest = pinned.interest(Hook::Authorizer);
        request
            .prepare(interest, route.body_limit)
            .await
            .map_err(Failure::RequestBody)?;
        let grant = match grants
            .ask(&pinned, request.view(), attachment.plugin())
            .await
        {
            Ok(grant) => grant,
            Err(Missing(missing)) => {
                let plugin = attachment.plugin().to_owned();
                return Err(Failure::IdentityMissing { plugin, missing }.into());
            }
        };
        match grant {
            Ok(granted) => admit(request, &granted, attachment.plugin())?,
            Err(denial) => return Err(refuse(request, attachment.plugin(), denial).into()),
        }
    }
    Ok(Principal(()))
}

/// Evaluates the policy and keeps what the grant says of the caller.
fn admit(request: &mut Request, granted: &Granted, plugin: &str) -> Result<(), Failure> {
    let Granted { grant, policy } = granted;
    if let Some(policy) = policy {
        policy.check(&request.view(), plugin)?;
    }
    if grant.principal.is_empty() && grant.context.is_empty() && grant.usage_key.is_none() {
        return Ok(());
    }
    let context = Arc::make_mut(&mut request.context);
    if !grant.principal.is_empty() {
        context.set_authorizer("principalId", grant.principal.clone());
    }
    for (name, value) in &grant.context {
        context.set_authorizer(name, value.clone());
    }
    context.usage_key = grant.usage_key.clone().or(context.usage_key.take());
    Ok(())
}

/// A refusal's context is for the log and for gateway responses.
pub(crate) fn refuse(request: &mut Request, plugin: &str, denial: Denial) -> Failure {
    if let Denial::Refused(refusal) = &denial
        && !refusal.context.is_empty()
    {
        let context = Arc::make_mut(&mut request.context);
        for (name, value) in &refusal.context {
            context.set_authorizer(name, value.clone());
        }
    }
    Failure::denied(plugin, denial)
}

/// A value that the identity names and the request lacks.
struct Missing(String);

impl Grants {
    pub(crate) fn new() -> Grants {
        Grants::bounded(CAPACITY)
    }

    fn bounded(capacity: u64) -> Grants {
        let cache = Cache::builder()
            .max_capacity(capacity)
            .weigher(|_, grant| weight(grant))
            .expire_after(ByTimeToLive)
            .build();
        Grants(cache)
    }

    /// A grant that still stands, or what the plugin says now.
    async fn ask(
        &self,
        pinned: &Pinned<'_>,
        request: RequestView<'_>,
        plugin: &str,
    ) -> Result<Result<Arc<Granted>, Denial>, Missing> {
        let ask = async || {
            let grant = pinned.authorize(request).await?;
            let granted = Granted::new(grant, plugin).map_err(Denial::Failed)?;
            Ok(Arc::new(granted))
        };
        let identity = &pinned.interest(Hook::Authorizer).identity;
        if identity.is_empty() {
            return Ok(ask().await);
        }
        let key = (pinned.generation(), digest_of(identity, request)?);
        if let Some(grant) = self.0.get(&key) {
            return Ok(Ok(grant));
        }
        let answer = ask().await;
        if let Ok(granted) = &answer
            && !granted.grant.ttl.is_zero()
        {
            self.0.insert(key, Arc::clone(granted));
        }
        Ok(answer)
    }
}

impl Granted {
    fn new(grant: Grant, plugin: &str) -> Result<Granted, PluginFailure> {
        let policy = grant.policy.as_deref();
        let policy = policy.map(|document| Policy::read(document, plugin));
        Ok(Granted {
            policy: policy.transpose()?,
            grant,
        })
    }
}

/// Tokens are identities: only their digest is kept.
fn digest_of(identity: &[String], request: RequestView<'_>) -> Result<[u8; 32], Missing> {
    let mut digest = digest::Context::new(&digest::SHA256);
    for expression in identity {
        let mut found = false;
        identity::each(request, expression, |value| {
            found = true;
            digest.update(&(value.len() as u64).to_le_bytes());
            digest.update(value);
        });
        if !found {
            return Err(Missing(expression.clone()));
        }
        digest.update(&u64::MAX.to_le_bytes());
    }
    let mut key = [0; 32];
    key.copy_from_slice(digest.finish().as_ref());
    Ok(key)
}

/// About how many bytes a grant takes, its policy as it was given and as it was read.
fn weight(granted: &Arc<Granted>) -> u32 {
    let grant = &granted.grant;
    let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let pair =
        |(name, value): &(String, String)| 2 * size_of::<String>() + name.len() + value.len();
    let context: usize = grant.context.iter().map(pair).sum();
    let texts = grant.principal.len() + optional(&grant.usage_key) + 2 * optional(&grant.policy);
    u32::try_from(OVERHEAD + texts + context).unwrap_or(u32::MAX)
}

struct ByTimeToLive;

impl Expiry<Key, Arc<Granted>> for ByTimeToLive {
    fn expire_after_create(
        &self,
        _: &Key,
        granted: &Arc<Granted>,
        _: std::time::Instant,
    ) -> Option<Duration> {
        Some(granted.grant.ttl.min(LONGEST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_grants_are_bounded_by_their_bytes() {
        let grants = Grants::bounded(100_000);
        let large = Arc::new(Granted {
            grant: Grant {
                principal: "p".repeat(8 << 10),
                context: vec![("name".into(), "v".repeat(10_000))],
                ttl: LONGEST,
                ..Grant::default()
            },
            policy: None,
        });
        for image in 0..1_000 {
            grants.0.insert((image, [0; 32]), large.clone());
        }
        grants.0.run_pending_tasks();
        let kept = grants.0.entry_count();
        assert!((1..=100_000 / 18_192).contains(&kept), "{kept}");
    }
}
