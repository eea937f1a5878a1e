//! Upstreams and targets as they are used: nothing left to parse per request.

use std::{sync::Arc, time::Duration};

use http::{
    HeaderValue, Method, Request, Uri,
    header::{HOST, TE, TRANSFER_ENCODING},
    uri::{Authority, Parts, Scheme},
};
use http_body::Body as _;
use rustls::{ClientConfig, pki_types::ServerName};

use super::{
    UpstreamFailure, UpstreamFault,
    health::Condition,
    resolve::Addresses,
    trust::{Trust, TrustError},
};
use crate::{
    body::Body,
    config::{self, Health, Problem, Retries},
};

#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) name: Arc<str>,
    pub(super) targets: Vec<Arc<Target>>,
    pub(super) connect_timeout: Duration,
    pub(super) keep_alive: Duration,
    /// Between two look-ups of a target's name.
    pub(super) resolve: Duration,
    pub(super) retries: Retries,
    pub(super) health: Health,
}

#[derive(Debug)]
pub(super) struct Target {
    /// `https://host:port`, for logs.
    pub(super) origin: Arc<str>,
    pub(super) addresses: Addresses,
    pub(super) security: Option<Security>,
    /// HTTP/2 with prior knowledge.
    pub(super) http2: bool,
    pub(super) condition: Condition,
    pub(super) key: Key,
    scheme: Scheme,
    authority: Authority,
    host: HeaderValue,
}

/// How a target is spoken to over TLS.
#[derive(Clone, Debug)]
pub(super) struct Security {
    pub(super) config: Arc<ClientConfig>,
    pub(super) name: ServerName<'static>,
}

/// What two configurations must have in common for their connections to be the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    target: config::Target,
    http2: bool,
    /// The certificates that are trusted in place of the system's.
    roots: Option<Vec<u8>>,
}

impl Upstream {
    pub(super) fn new(
        settings: &config::Upstream,
        clients: &mut Clients,
    ) -> Result<Upstream, Problem> {
        let problem = |message: String| Problem {
            place: None,
            message: format!("upstream `{}`: {message}", settings.name),
            suggestion: None,
        };
        if settings.targets.is_empty() {
            return Err(problem("it has no target".to_owned()));
        }
        let tls = match settings.targets.iter().any(|target| target.tls) {
            true => Some(clients.client(settings).map_err(problem)?),
            false => None,
        };
        let targets = settings.targets.iter();
        let targets =
            targets.map(|target| Target::new(target, settings, tls.as_ref()).map(Arc::new));
        Ok(Upstream {
            name: settings.name.as_str().into(),
            targets: targets.collect::<Result<_, _>>().map_err(problem)?,
            connect_timeout: settings.connect_timeout,
            keep_alive: settings.keep_alive,
            resolve: settings.resolve,
            retries: settings.retries.clone(),
            health: settings.health.clone(),
        })
    }

    /// A failure of one of the targets.
    pub(super) fn failure(&self, target: usize, fault: UpstreamFault) -> UpstreamFailure {
        UpstreamFailure {
            upstream: self.name.clone(),
            target: self.targets[target].origin.clone(),
            fault,
        }
    }
}

/// A TLS client, and the operator's certificates that it trusts in place of the system's.
#[derive(Clone)]
struct Client {
    config: Arc<ClientConfig>,
    roots: Option<Vec<u8>>,
}

/// The TLS clients of a configuration. Upstreams that trust the system share one, and its sessions.
#[derive(Default)]
pub(super) struct Clients {
    system: Option<Client>,
}

impl Clients {
    fn client(&mut self, settings: &config::Upstream) -> Result<Client, String> {
        let made = match (&settings.roots, &self.system) {
            (None, Some(system)) => return Ok(system.clone()),
            (None, None) => Trust::system().and_then(Client::new),
            (Some(file), _) => Trust::file(file).and_then(Client::new),
        };
        let client = made.map_err(|error| error.to_string())?;
        if settings.roots.is_none() {
            self.system = Some(client.clone());
        }
        Ok(client)
    }
}

impl Client {
    fn new(trust: Trust) -> Result<Client, TrustError> {
        Ok(Client {
            config: trust.client(&[b"h2", b"http/1.1"])?,
            roots: trust.pem().map(<[u8]>::to_vec),
        })
    }
}

impl Target {
    fn new(
        target: &config::Target,
        settings: &config::Upstream,
        client: Option<&Client>,
    ) -> Result<Target, String> {
        let scheme = if target.tls {
            Scheme::HTTPS
        } else {
            Scheme::HTTP
        };
        let bare = target.host.trim_matches(['[', ']']);
        let shown = if bare.contains(':') {
            format!("[{bare}]")
        } else {
            bare.to_owned()
        };
        let standard = if target.tls { 443 } else { 80 };
        let authority = match target.port == standard {
            true => shown,
            false => format!("{shown}:{}", target.port),
        };
        let invalid = || format!("`{}` is not a host name or address", target.host);
        let security = match client.filter(|_| target.tls) {
            None => None,
            Some(client) => Some(Security {
                config: client.config.clone(),
                name: ServerName::try_from(bare.to_owned()).map_err(|_| invalid())?,
            }),
        };
        Ok(Target {
            origin: format!("{scheme}://{authority}").into(),
            addresses: Addresses::new(bare, target.port),
            security,
            http2: settings.http2 && !target.tls,
            condition: Condition::default(),
            key: Key {
                target: target.clone(),
                http2: settings.http2,
                roots: client.and_then(|client| client.roots.clone()),
            },
            scheme,
            host: HeaderValue::from_str(&authority).map_err(|_| invalid())?,
            authority: authority.parse().map_err(|_| invalid())?,
        })
    }

    /// Writes this target's authority where HTTP/1.1 has it.
    pub(super) fn address_http1(&self, request: &mut Request<Body>) {
        request.headers_mut().insert(HOST, self.host.clone());
        // It would have to stand in `Connection` too (RFC 9110 10.1.4), which servers without trailers stumble over.
        request.headers_mut().remove(TE);
        if request.uri().scheme().is_some() {
            let mut parts = Parts::default();
            parts.path_and_query = request.uri().path_and_query().cloned();
            *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
        }
        *request.version_mut() = http::Version::HTTP_11;
        // hyper would leave out such a body of a method that seldom has one.
        let seldom = matches!(*request.method(), Method::GET | Method::HEAD);
        if seldom && !request.body().is_end_stream() && request.body().size_hint().exact().is_none()
        {
            let chunked = HeaderValue::from_static("chunked");
            request.headers_mut().insert(TRANSFER_ENCODING, chunked);
        }
    }

    /// Writes this target's authority where HTTP/2 has it.
    pub(super) fn address_http2(&self, request: &mut Request<Body>) {
        request.headers_mut().remove(HOST);
        let mut parts = Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = request.uri().path_and_query().cloned();
        *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
        *request.version_mut() = http::Version::HTTP_2;
    }
}
