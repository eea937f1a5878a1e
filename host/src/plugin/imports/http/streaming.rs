//! Requests of wasi:http: the same checks and client, with bodies that stream.

use std::time::{Duration, Instant};

use http::{Request, Response, header};
use http_body_util::{BodyExt, Limited};
use tokio::time::timeout_at;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use super::{
    super::wasi::error,
    Permit, Target,
    request::{is_ours, parse_url},
};

impl Permit {
    /// Sends a request of wasi:http, streaming both ways. Redirects are the guest's to follow.
    pub(in super::super) async fn send(
        &self,
        request: Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<Response<WasiBody>, Error> {
        let url = parse_url(&request.uri().to_string()).map_err(error)?;
        let target = Target::of(&url).ok_or(Error::HttpRequestUriInvalid)?;
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
            .map_err(|_| Error::HttpRequestUriInvalid)?;

        let by = |wait: Option<Duration>| match wait {
            Some(wait) => self.deadline.min(Instant::now() + wait).into(),
            None => self.deadline.into(),
        };
        let connect = self.services.http.connect(&target, &self.allowed);
        let mut connection = timeout_at(by(options.connect_timeout), connect)
            .await
            .map_err(|_| Error::ConnectionTimeout)?
            .map_err(error)?;
        let response = timeout_at(by(options.first_byte_timeout), connection.send(sent))
            .await
            .map_err(|_| Error::HttpResponseTimeout)?
            .map_err(|failed| error(failed.error))?;
        let limit = self.limit;
        Ok(response.map(|body| {
            let too_large = move |_| Error::HttpResponseBodySize(Some(limit as u64));
            Limited::new(body, limit).map_err(too_large).boxed_unsync()
        }))
    }
}
