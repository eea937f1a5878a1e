//! The admin listener: health, readiness, metrics and status, for operators and their tools on this machine.
//!
//! It runs on the control runtime, changes nothing, and is bounded: a monitor that hangs takes nothing from requests.

mod routes;

use std::{
    convert::Infallible,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

pub(crate) use self::routes::{Phase, Row, Step, row, table};
use crate::{
    config::Config,
    gateway::Running,
    listener::Load,
    observe::{Observe, Sources},
    plugin::Plugins,
};

/// What the admin listener tells of.
#[derive(Debug)]
pub(crate) struct Admin {
    observe: Arc<Observe>,
    plugins: Arc<Plugins>,
    running: Arc<Running>,
    load: Arc<Load>,
    /// The answer of `/routes`.
    routes: ArcSwap<Bytes>,
    draining: AtomicBool,
}

impl Admin {
    pub(crate) fn new(
        observe: Arc<Observe>,
        plugins: Arc<Plugins>,
        running: Arc<Running>,
        load: Arc<Load>,
    ) -> Arc<Admin> {
        Arc::new(Admin {
            observe,
            plugins,
            running,
            load,
            routes: ArcSwap::from_pointee(Bytes::from_static(b"[]")),
            draining: AtomicBool::new(false),
        })
    }

    /// Shows a configuration's routes from here on.
    pub(crate) fn deployed(&self, config: &Config) {
        self.routes.store(Arc::new(text(&table(config))));
    }

    /// Says that it is not ready any more, so that balancers look elsewhere.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Answers until the runtime ends.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener) {
        let free = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            // Never closed.
            let Ok(permit) = Arc::clone(&free).acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((stream, _)) => {
                    let connection = Arc::clone(&self).connection(stream);
                    tokio::spawn(async move {
                        // A monitor that went away is nothing to report.
                        _ = tokio::time::timeout(CONNECTION_TIME, connection).await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "admin listener: cannot accept");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn connection(self: Arc<Self>, stream: TcpStream) -> hyper::Result<()> {
        let service = service_fn(|request: Request<Incoming>| {
            let answer = self.answer(&request);
            async move { Ok::<_, Infallible>(answer) }
        });
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(stream), service)
            .await
    }

    fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut answer = page(StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET and HEAD\n");
            let allow = HeaderValue::from_static("GET, HEAD");
            answer.headers_mut().insert(header::ALLOW, allow);
            return answer;
        }
        if !request.headers().get(header::HOST).is_some_and(is_local) {
            return page(
                StatusCode::FORBIDDEN,
                TEXT,
                "ask for an address or `localhost`\n",
            );
        }
        match request.uri().path() {
            "/healthz" => page(StatusCode::OK, TEXT, "ok\n"),
            "/readyz" => self.ready(),
            "/metrics" => page(StatusCode::OK, METRICS, self.metrics()),
            "/plugins" => page(StatusCode::OK, JSON, text(&self.plugins.status())),
            "/routes" => page(StatusCode::OK, JSON, Bytes::clone(&self.routes.load())),
            _ => page(StatusCode::NOT_FOUND, TEXT, INDEX),
        }
    }

    fn ready(&self) -> Response<Full<Bytes>> {
        let draining = self.draining.load(Ordering::Relaxed);
        let plugins = self.plugins.status();
        let broken = plugins.iter().filter_map(|plugin| {
            let reason = plugin.broken()?;
            let (name, source) = (&plugin.name, &plugin.source);
            let failed = plugin.images.iter().filter(|image| !image.ready);
            let problems: Vec<_> = failed.flat_map(|image| &image.problems).collect();
            Some(
                json!({ "plugin": name, "source": source, "reason": reason, "problems": problems }),
            )
        });
        let broken: Vec<_> = broken.collect();
        let ready = !draining && broken.is_empty();
        let status = if ready {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        };
        // A configuration that was refused takes nothing away from what runs.
        let refused = self.observe.reloads().refused();
        let state = json!({
            "ready": ready, "draining": draining, "broken": broken, "refused_reload": refused.as_deref(),
        });
        page(status, JSON, text(&state))
    }

    fn metrics(&self) -> String {
        let sources = Sources {
            observe: &self.observe,
            plugins: &self.plugins,
            gateway: &self.running.gateway(),
            load: &self.load,
            addresses: &self.running.addresses,
        };
        sources.page()
    }
}

/// Whether a Host cannot have been rebound by a page in somebody's browser: an address, or a name of this machine.
fn is_local(host: &HeaderValue) -> bool {
    let Ok(authority) = host.as_bytes().try_into() else {
        return false;
    };
    let authority: http::uri::Authority = authority;
    if authority.as_str().contains('@') {
        return false;
    }
    let name = authority.host();
    let literal = name.trim_start_matches('[').trim_end_matches(']');
    literal.parse::<IpAddr>().is_ok() || name.eq_ignore_ascii_case("localhost")
}

fn text(value: &impl serde::Serialize) -> Bytes {
    // Our own types have text keys and no failing parts.
    serde_json::to_vec_pretty(value).unwrap_or_default().into()
}

fn page(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

const INDEX: &str = "/healthz\n/readyz\n/metrics\n/plugins\n/routes\n";

/// Monitors keep a connection or two each.
const CONNECTIONS: usize = 64;
const CONNECTION_TIME: Duration = Duration::from_secs(120);
const HEAD_TIME: Duration = Duration::from_secs(5);
const MAX_HEAD: usize = 16 * 1024;
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rebound_names_are_refused() {
        for (host, local) in [
            ("127.0.0.1:9901", true),
            ("127.0.0.1", true),
            ("[::1]:9901", true),
            ("[::1]", true),
            ("10.1.2.3:9901", true),
            ("localhost:9901", true),
            ("LOCALHOST", true),
            ("evil.example.com:9901", false),
            ("127.0.0.1.evil.example.com", false),
            ("localhost.evil.example.com", false),
            ("", false),
            ("user@127.0.0.1", false),
        ] {
            let value = HeaderValue::from_static(host);
            assert_eq!(is_local(&value), local, "{host}");
        }
    }
}
