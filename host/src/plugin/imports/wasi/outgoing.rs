//! wasi:http requests to the outside: the same leave, checks and client as `http.fetch`.

use http::{Request, Response};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks, p2};

use crate::plugin::imports::{Code, Refused, http::Permit};

/// What a guest may still send in this call.
#[derive(Default)]
pub(super) struct Outgoing {
    permit: Option<Result<Permit, Refused>>,
    left: u32,
    spent: u32,
}

type Sent = Result<
    (
        Response<WasiBody>,
        Box<dyn Future<Output = Result<(), Error>> + Send>,
    ),
    Error,
>;

impl Outgoing {
    pub(super) fn begin(&mut self) {
        *self = Outgoing::default();
    }

    pub(super) fn allow(&mut self, permit: Result<Permit, Refused>, left: u32) {
        self.permit = Some(permit);
        self.left = left;
    }

    /// Requests that were sent since this was last asked.
    pub(super) fn spent(&mut self) -> u32 {
        std::mem::take(&mut self.spent)
    }

    fn take(&mut self) -> Result<Permit, Error> {
        let permit = self.permit.clone().ok_or(Error::HttpRequestDenied)?;
        let permit = permit.map_err(error)?;
        self.left = self
            .left
            .checked_sub(1)
            .ok_or(Error::ConnectionLimitReached)?;
        self.spent += 1;
        Ok(permit)
    }
}

impl WasiHttpHooks for Outgoing {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let permit = self.take();
        Box::new(async move {
            let response = permit?.send(request, options.unwrap_or_default()).await?;
            let done: Box<dyn Future<Output = _> + Send> = Box::new(std::future::ready(Ok(())));
            Ok((response, done))
        })
    }

    fn p2_error_from_hyper(&mut self, _: &hyper::Error) -> p2::bindings::http::types::ErrorCode {
        p2::bindings::http::types::ErrorCode::HttpProtocolError
    }
}

pub(in crate::plugin::imports) fn error(refused: Refused) -> Error {
    match refused.code {
        Code::Denied => Error::HttpRequestDenied,
        Code::Invalid => Error::HttpRequestUriInvalid,
        Code::Limit => Error::HttpResponseBodySize(None),
        Code::Timeout => Error::HttpResponseTimeout,
        Code::NotFound | Code::Unavailable | Code::Conflict => Error::DestinationUnavailable,
    }
}
