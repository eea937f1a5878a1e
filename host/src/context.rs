//! What is known of a request besides its bytes: the `$context` of Amazon API Gateway (reference, section 14.1).

use std::{borrow::Cow, net::IpAddr, sync::Arc, time::SystemTime};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, Version, header};

use crate::stage::RouteNames;

/// The values that logs, plugins and templates find under `$context`.
#[derive(Clone, Debug)]
pub struct Context {
    pub request_id: String,
    pub source_ip: IpAddr,
    /// Whether a proxy sent it whose word counts.
    pub trusted_proxy: bool,
    /// Host of the request without its port, lower-case.
    pub domain: String,
    pub protocol: &'static str,
    pub user_agent: Option<String>,
    /// When the request's head was read.
    pub time: SystemTime,
    pub route: Arc<RouteNames>,
    /// `authorizer.*`: the principal first where there is one, then what authorizers and filters set.
    pub authorizer: Vec<(String, String)>,
    /// The key that usage plans count, where an authorizer gave one.
    pub usage_key: Option<String>,
}

/// The names that do not depend on an authorizer, each in the one spelling that a list of all shows.
const NAMES: [&str; 12] = [
    "requestId",
    "sourceIp",
    "trustedProxy",
    "identity.userAgent",
    "domainName",
    "domainPrefix",
    "protocol",
    "apiId",
    "stage",
    "routeKey",
    "requestTimeEpoch",
    "identity.apiKey",
];

impl Context {
    /// The context of a request whose route is not known yet, and that no trusted proxy sent.
    pub fn begin<B>(request: &http::Request<B>, source_ip: IpAddr) -> Context {
        let headers = request.headers();
        Context {
            request_id: request_id(),
            source_ip,
            trusted_proxy: false,
            domain: domain(request.uri().host(), headers),
            protocol: match request.version() {
                Version::HTTP_10 => "HTTP/1.0",
                Version::HTTP_2 => "HTTP/2.0",
                _ => "HTTP/1.1",
            },
            user_agent: text(headers, header::USER_AGENT),
            time: SystemTime::now(),
            route: Arc::default(),
            authorizer: Vec::new(),
            usage_key: None,
        }
    }

    /// The value of a `$context` name without its prefix; none where it has no value.
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let value = match name {
            "requestId" | "extendedRequestId" => self.request_id.as_str().into(),
            "identity.sourceIp" | "http.sourceIp" | "sourceIp" => self.source_ip.to_string().into(),
            "trustedProxy" if self.trusted_proxy => "true".into(),
            "trustedProxy" => "false".into(),
            "identity.userAgent" | "http.userAgent" => self.user_agent.as_deref()?.into(),
            "domainName" => self.domain.as_str().into(),
            "domainPrefix" => self.domain.split('.').next()?.into(),
            "http.protocol" | "protocol" => self.protocol.into(),
            "apiId" => (*self.route.api).into(),
            "stage" => (*self.route.stage).into(),
            "routeKey" => (*self.route.route_key).into(),
            "identity.apiKey" => self.usage_key.as_deref()?.into(),
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

    /// The name of a method for policies. Region and account are placeholders: there is none of either.
    pub fn method_arn(&self, method: &str, path: &str) -> String {
        let RouteNames { api, stage, .. } = &*self.route;
        let path = path.trim_start_matches('/');
        format!("arn:aws:execute-api:local:000000000000:{api}/{stage}/{method}/{path}")
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

/// Sixteen characters that end in `=`, as Amazon API Gateway's are. Unique, not secret.
fn request_id() -> String {
    let mut id = [0; 11];
    fastrand::fill(&mut id);
    BASE64_STANDARD.encode(id)
}

/// The host without its port, lower-case; HTTP/2 has it in the target, HTTP/1 in a field.
fn domain(authority: Option<&str>, headers: &HeaderMap) -> String {
    let field = || headers.get(header::HOST)?.to_str().ok();
    let host = authority.or_else(field).unwrap_or_default();
    let without_port = match host.rsplit_once(':') {
        // A colon within brackets belongs to an IPv6 address.
        Some((host, port)) if !port.ends_with(']') => host,
        _ => host,
    };
    without_port.to_ascii_lowercase()
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}
