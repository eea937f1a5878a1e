//! Grants or refuses as it is configured.

use std::time::Duration;

use wasmgate_sdk::prelude::*;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Decides {
    /// Header fields by which its grants may be cached.
    identity: Vec<String>,
    /// The code of a refusal; a grant where there is none.
    refuse: Option<String>,
    message: String,
    headers: Vec<(String, String)>,
    principal: String,
    context: Vec<(String, String)>,
    /// An IAM policy.
    policy: String,
    /// Seconds.
    ttl: u64,
}

impl Settings for Decides {}

impl Decides {
    fn refusal(&self, code: &str) -> Refusal {
        let refusal = match code {
            "unauthorized" => Refusal::unauthorized(),
            "forbidden" => Refusal::forbidden(),
            "invalid" => Refusal::invalid(""),
            "too-large" => Refusal::too_large(),
            "too-many" => Refusal::too_many(),
            "stale" => Refusal::stale(),
            _ => Refusal::failure(""),
        };
        let refusal = refusal.message(&self.message);
        let headers = self.headers.iter();
        let refusal = headers.fold(refusal, |refusal, (name, value)| {
            refusal.header(name, value)
        });
        let context = self.context.iter();
        context.fold(refusal, |refusal, (name, value)| {
            refusal.context(name, value)
        })
    }
}

impl Authorizer for Decides {
    fn interest(&self) -> Interest {
        let names = self.identity.iter();
        names.fold(Interest::default(), Interest::identity_header)
    }

    fn authorize(&self, _: &Request) -> Result<Grant, Refusal> {
        if let Some(code) = &self.refuse {
            return Err(self.refusal(code));
        }
        let grant = Grant::to(&self.principal)
            .policy(&self.policy)
            .ttl(Duration::from_secs(self.ttl));
        let context = self.context.iter();
        Ok(context.fold(grant, |grant, (name, value)| grant.context(name, value)))
    }
}

wasmgate_sdk::export!(Decides: authorizer);
