//! Requests to the outside, where the operator granted them, and only where.
//!
//! `http.fetch` and wasi:http both pass through [`Permit`]: counted, checked against the plugin's list, sent by the
//! same [`Client`], bounded in time and bytes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body as _, Incoming};
use tokio::time::timeout_at;
use url::Url;
use wasmtime_wasi_http::{self as wasi_http, RequestOptions, WasiBody};

use super::{Code, Refused, Services, State, Used, wasi::error as wasi_error};
use crate::plugin::bindings::wasmgate::plugin::{
    http::{Host, Incoming as Answer, Outgoing},
    types,
};

mod address;
mod allow;
mod client;
mod tls;

pub(crate) use allow::{AllowList, InvalidGrant};
pub(super) use client::Client;

use allow::Target;
use client::{Body, Connection};

const REDIRECTS: usize = 3;
const URL: usize = 8 * 1024;
/// Fields of a request, and bytes of all their names and values.
const FIELDS: usize = 100;
const FIELD_BYTES: usize = 64 * 1024;

/// The leave to send requests.
#[derive(Clone)]
pub(super) struct Permit {
    services: Arc<Services>,
    allowed: Arc<AllowList>,
    deadline: Instant,
    /// Bytes of a response's body.
    limit: usize,
}

/// A request that was checked: what is sent to each of the places that redirects lead to.
struct Checked {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Bytes,
}

impl Host for State {
    async fn fetch(&mut self, request: Outgoing) -> Result<Answer, types::Error> {
        let permit = self.permit()?;
        let deadline = match request.timeout {
            0 => permit.deadline,
            asked => permit
                .deadline
                .min(Instant::now() + Duration::from_millis(asked.into())),
        };
        let request = Checked::new(request)?;
        match timeout_at(deadline.into(), permit.fetch(request)).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Refused::new(Code::Timeout, "no answer in time").into()),
        }
    }
}

impl State {
    /// Leave for one more request of this call.
    fn permit(&mut self) -> Result<Permit, Refused> {
        let permit = self.reach()?;
        let left = self.budget.fetches.checked_sub(1);
        self.budget.fetches = left.ok_or_else(|| {
            let most = self.scope.policy.limits.fetches;
            Refused::new(
                Code::Limit,
                format!("a call may send at most {most} requests"),
            )
        })?;
        self.note(Used {
            network: true,
            ..Used::default()
        });
        Ok(permit)
    }

    /// Leave for requests, not counted yet.
    pub(super) fn reach(&self) -> Result<Permit, Refused> {
        let allowed = self.holdings()?.allowed().clone();
        if allowed.is_empty() {
            return Err(Refused::new(Code::Denied, "`http` is not granted"));
        }
        let limits = &self.scope.policy.limits;
        Ok(Permit {
            services: self.scope.services.clone(),
            allowed,
            deadline: self
                .clock
                .end()
                .unwrap_or_else(|| Instant::now() + limits.wall),
            limit: limits.fetch_bytes,
        })
    }
}

impl Checked {
    fn new(request: Outgoing) -> Result<Checked, Refused> {
        let method = Method::from_bytes(request.method.as_bytes())
            .ok()
            .filter(|method| *method != Method::CONNECT && *method != Method::TRACE)
            .ok_or_else(|| {
                let method = request.method.escape_debug();
                invalid(format!("method `{method}` cannot be sent"))
            })?;
        Ok(Checked {
            method,
            url: parse_url(&request.url)?,
            headers: parse_headers(&request.headers)?,
            body: request.body.into(),
        })
    }

    /// The request for one connection, with its path and query as URI.
    fn http(&self) -> Result<Request<Body>, Refused> {
        let path = &self.url[url::Position::BeforePath..url::Position::AfterQuery];
        let body = Full::new(self.body.clone());
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(path)
            .body(Body::new(body.map_err(|never| match never {})))
            .map_err(|error| invalid(format!("the URL cannot be sent: {error}")))?;
        *request.headers_mut() = self.headers.clone();
        Ok(request)
    }

    fn is_idempotent(&self) -> bool {
        let methods = [
            Method::GET,
            Method::HEAD,
            Method::OPTIONS,
            Method::PUT,
            Method::DELETE,
        ];
        methods.contains(&self.method)
    }

    fn follows_redirects(&self) -> bool {
        self.method == Method::GET || self.method == Method::HEAD
    }

    /// Turns to where a redirect leads. Credentials stay with the origin that they were meant for.
    fn redirect(&mut self, location: &HeaderValue) -> Result<(), Refused> {
        let location = location
            .to_str()
            .map_err(|_| invalid("a redirect to no valid URL"))?;
        let next = self.url.join(location).ok().filter(|_| is_plain(location));
        let next = next.ok_or_else(|| invalid("a redirect to no valid URL"))?;
        if next.origin() != self.url.origin() {
            for name in [header::AUTHORIZATION, header::COOKIE] {
                self.headers.remove(name);
            }
        }
        self.url = next;
        Ok(())
    }
}

impl Permit {
    async fn fetch(&self, mut request: Checked) -> Result<Answer, Refused> {
        for _ in 0..=REDIRECTS {
            let (response, connection) = self.exchange(&request).await?;
            let location = match response.status() {
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT
                    if request.follows_redirects() =>
                {
                    response.headers().get(header::LOCATION)
                }
                _ => None,
            };
            match location {
                Some(location) => request.redirect(location)?,
                None => return self.read(response, connection).await,
            }
        }
        let message = format!("more than {REDIRECTS} redirects");
        Err(Refused::new(Code::Limit, message))
    }

    /// Sends a request to its origin, over a connection that is open already if there is one.
    async fn exchange(
        &self,
        request: &Checked,
    ) -> Result<(Response<Incoming>, Connection), Refused> {
        let client = &self.services.http;
        let target = Target::of(&request.url)
            .ok_or_else(|| invalid("the URL is not http or https, or holds credentials"))?;
        if let Some(mut connection) = client.reuse(&target, &self.allowed) {
            match connection.send(request.http()?).await {
                Ok(response) => return Ok((response, connection)),
                // The other side may have closed it meanwhile.
                Err(failed) if failed.unsent || request.is_idempotent() => {}
                Err(failed) => return Err(failed.error),
            }
        }
        let mut connection = client.connect(&target, &self.allowed).await?;
        match connection.send(request.http()?).await {
            Ok(response) => Ok((response, connection)),
            Err(failed) => Err(failed.error),
        }
    }

    async fn read(
        &self,
        response: Response<Incoming>,
        connection: Connection,
    ) -> Result<Answer, Refused> {
        let (head, body) = response.into_parts();
        let body = self.collect(body).await?;
        self.services.http.keep(connection);
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = head.headers.iter();
        Ok(Answer {
            status: head.status.as_u16(),
            headers: headers
                .map(|(name, value)| (name.as_str().to_owned(), text(value)))
                .collect(),
            body,
            extra: Vec::new(),
        })
    }

    async fn collect(&self, mut body: Incoming) -> Result<Vec<u8>, Refused> {
        let too_large = || {
            let message = format!("the answer has more than {} bytes", self.limit);
            Refused::new(Code::Limit, message)
        };
        let announced = body.size_hint().lower();
        if announced > self.limit as u64 {
            return Err(too_large());
        }
        let mut bytes = Vec::with_capacity(announced as usize);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| {
                let message = format!("the answer broke off: {error}");
                Refused::new(Code::Unavailable, message)
            })?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if data.len() > self.limit - bytes.len() {
                return Err(too_large());
            }
            bytes.extend_from_slice(&data);
        }
        Ok(bytes)
    }
}

impl Permit {
    /// Sends a request of wasi:http, streaming both ways. Redirects are the guest's to follow.
    pub(super) async fn send(
        &self,
        request: Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<Response<WasiBody>, wasi_http::Error> {
        let url = parse_url(&request.uri().to_string()).map_err(wasi_error)?;
        let target = Target::of(&url).ok_or(wasi_http::Error::HttpRequestUriInvalid)?;
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let mut sent = Request::builder().method(request.method()).uri(path);
        for (name, value) in request.headers() {
            if *name == header::CONTENT_LENGTH || !is_ours(name) {
                sent = sent.header(name, value);
            }
        }
        let sent = sent
            .body(request.into_body().map_err(Into::into).boxed_unsync())
            .map_err(|_| wasi_http::Error::HttpRequestUriInvalid)?;

        let by = |wait: Option<Duration>| match wait {
            Some(wait) => self.deadline.min(Instant::now() + wait).into(),
            None => self.deadline.into(),
        };
        let connect = self.services.http.connect(&target, &self.allowed);
        let mut connection = timeout_at(by(options.connect_timeout), connect)
            .await
            .map_err(|_| wasi_http::Error::ConnectionTimeout)?
            .map_err(wasi_error)?;
        let response = timeout_at(by(options.first_byte_timeout), connection.send(sent))
            .await
            .map_err(|_| wasi_http::Error::HttpResponseTimeout)?
            .map_err(|failed| wasi_error(failed.error))?;
        let limit = self.limit;
        Ok(response.map(|body| {
            let too_large = move |_| wasi_http::Error::HttpResponseBodySize(Some(limit as u64));
            Limited::new(body, limit).map_err(too_large).boxed_unsync()
        }))
    }
}

fn parse_url(text: &str) -> Result<Url, Refused> {
    let shown = || {
        text.chars()
            .take(200)
            .collect::<String>()
            .escape_debug()
            .to_string()
    };
    if text.len() > URL {
        return Err(invalid(format!("a URL is at most {URL} bytes long")));
    }
    match Url::parse(text) {
        Ok(url) if is_plain(text) && Target::of(&url).is_some() => Ok(url),
        _ => Err(invalid(format!(
            "`{}` is not an http or https URL without credentials",
            shown()
        ))),
    }
}

/// Whether a URL is free of what its parser would silently drop.
fn is_plain(url: &str) -> bool {
    !url.contains(|c: char| c.is_ascii_control() || c == ' ' || c == '\\')
}

fn parse_headers(pairs: &[(String, String)]) -> Result<HeaderMap, Refused> {
    let bytes: usize = pairs
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if pairs.len() > FIELDS || bytes > FIELD_BYTES {
        let message = format!("at most {FIELDS} fields with {FIELD_BYTES} bytes");
        return Err(Refused::new(Code::Limit, message));
    }
    let mut headers = HeaderMap::with_capacity(pairs.len() + 1);
    for (name, value) in pairs {
        let shown = name.escape_debug();
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| invalid(format!("`{shown}` is no name of a field")))?;
        if is_ours(&name) {
            return Err(invalid(format!("`{shown}` is set by the gateway alone")));
        }
        let value = HeaderValue::from_str(value)
            .map_err(|_| invalid(format!("the value of `{shown}` is not valid")))?;
        headers.append(name, value);
    }
    headers
        .entry(header::USER_AGENT)
        .or_insert(HeaderValue::from_static(concat!(
            "wasmgate/",
            env!("CARGO_PKG_VERSION")
        )));
    Ok(headers)
}

/// Fields that frame the message or steer the connection: a plugin that set them could smuggle a request.
fn is_ours(name: &HeaderName) -> bool {
    const NAMES: [&str; 12] = [
        "host",
        "connection",
        "content-length",
        "transfer-encoding",
        "te",
        "trailer",
        "upgrade",
        "expect",
        "keep-alive",
        "proxy-connection",
        "proxy-authorization",
        "http2-settings",
    ];
    NAMES.contains(&name.as_str())
}

fn invalid(message: impl Into<String>) -> Refused {
    Refused::new(Code::Invalid, message)
}
