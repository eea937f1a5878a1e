//! A plugin's request, read so that nobody on the way could read it as another one, or as two.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use http_body_util::{BodyExt, Full};
use url::{Position, Url};

use super::{Code, Outgoing, Refused, Target, client::Body, invalid};

const URL: usize = 8 * 1024;
/// Fields of a request, and bytes of all their names and values.
const FIELDS: usize = 100;
const FIELD_BYTES: usize = 64 * 1024;

/// A request that was checked: what is sent to each of the places that redirects lead to.
pub(super) struct Checked {
    method: Method,
    pub(super) url: Url,
    headers: HeaderMap,
    body: Bytes,
}

impl Checked {
    pub(super) fn new(request: Outgoing) -> Result<Checked, Refused> {
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
    pub(super) fn http(&self) -> Result<Request<Body>, Refused> {
        let path = &self.url[Position::BeforePath..Position::AfterQuery];
        let body = Full::new(self.body.clone());
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(path)
            .body(Body::new(body.map_err(|never| match never {})))
            .map_err(|error| invalid(format!("the URL cannot be sent: {error}")))?;
        *request.headers_mut() = self.headers.clone();
        Ok(request)
    }

    pub(super) fn is_idempotent(&self) -> bool {
        let methods = [
            Method::GET,
            Method::HEAD,
            Method::OPTIONS,
            Method::PUT,
            Method::DELETE,
        ];
        methods.contains(&self.method)
    }

    pub(super) fn follows_redirects(&self) -> bool {
        self.method == Method::GET || self.method == Method::HEAD
    }

    /// Turns to where a redirect leads. Credentials stay with the origin that they were meant for.
    pub(super) fn redirect(&mut self, location: &HeaderValue) -> Result<(), Refused> {
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

pub(super) fn parse_url(text: &str) -> Result<Url, Refused> {
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
pub(super) fn is_ours(name: &HeaderName) -> bool {
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
