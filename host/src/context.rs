//! What is known of a request besides its bytes: the `$context` of Amazon API Gateway (reference, section 14.1).

use std::{borrow::Cow, net::IpAddr, sync::Arc};

/// The values that logs, plugins and templates find under `$context`.
#[derive(Clone, Debug)]
pub struct Context {
    pub request_id: String,
    pub source_ip: IpAddr,
    /// Host of the request without its port, lower-case.
    pub domain: String,
    pub protocol: &'static str,
    pub user_agent: Option<String>,
    /// When the request's head was read.
    pub time: std::time::SystemTime,
    pub api: Arc<str>,
    pub stage: Arc<str>,
    pub route_key: Arc<str>,
    /// `authorizer.*`: the principal first where there is one, then what authorizers and filters set.
    pub authorizer: Vec<(String, String)>,
}

/// The names that do not depend on an authorizer, each in the one spelling that a list of all shows.
const NAMES: [&str; 10] = [
    "requestId",
    "sourceIp",
    "identity.userAgent",
    "domainName",
    "domainPrefix",
    "protocol",
    "apiId",
    "stage",
    "routeKey",
    "requestTimeEpoch",
];

impl Context {
    /// The value of a `$context` name without its prefix; none where it has no value.
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let value = match name {
            "requestId" | "extendedRequestId" => self.request_id.as_str().into(),
            "identity.sourceIp" | "http.sourceIp" | "sourceIp" => self.source_ip.to_string().into(),
            "identity.userAgent" | "http.userAgent" => self.user_agent.as_deref()?.into(),
            "domainName" => self.domain.as_str().into(),
            "domainPrefix" => self.domain.split('.').next()?.into(),
            "http.protocol" | "protocol" => self.protocol.into(),
            "apiId" => (*self.api).into(),
            "stage" => (*self.stage).into(),
            "routeKey" => (*self.route_key).into(),
            "requestTimeEpoch" => self.epoch_milliseconds().to_string().into(),
            _ => {
                return self
                    .authorizer_value(name.strip_prefix("authorizer.")?)
                    .map(Into::into);
            }
        };
        Some(value)
    }

    /// Every name that has a value, once.
    pub fn all(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        let known = NAMES
            .iter()
            .filter_map(|name| Some(((*name).into(), self.get(name)?)));
        let authorizer = self.authorizer.iter();
        known.chain(authorizer.map(|(name, value)| {
            let name = format!("authorizer.{name}");
            (name.into(), value.as_str().into())
        }))
    }

    /// Sets a value of the authorizer's context; a later one wins.
    pub fn set_authorizer(&mut self, name: &str, value: String) {
        match self.authorizer.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.authorizer.push((name.to_owned(), value)),
        }
    }

    fn authorizer_value(&self, name: &str) -> Option<&str> {
        self.authorizer
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    fn epoch_milliseconds(&self) -> u128 {
        self.time
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.as_millis())
    }
}
