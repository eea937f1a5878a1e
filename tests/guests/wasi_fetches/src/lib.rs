//! Fetches `/` of an authority by wasi:http, in place of the contract's own import.

use wasip2::{
    http::{
        outgoing_handler,
        types::{ErrorCode, Fields, IncomingResponse, OutgoingRequest, Scheme},
    },
    io::streams::StreamError,
};
use wasmgate_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct WasiFetches {
    /// Whom to ask: `127.0.0.1:8080`.
    authority: String,
}

impl Settings for WasiFetches {}

impl Function for WasiFetches {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn handle(&self, _: &Request) -> Result<Response, Refusal> {
        Ok(match fetch(&self.authority) {
            Ok(response) => {
                let status = response.status();
                Response::text(format!("{status} {}", text(&response)))
            }
            Err(error) => Response::text(format!("{error:?}")),
        })
    }
}

fn fetch(authority: &str) -> Result<IncomingResponse, ErrorCode> {
    let request = OutgoingRequest::new(Fields::new());
    let malformed = |()| ErrorCode::HttpRequestUriInvalid;
    request.set_scheme(Some(&Scheme::Http)).map_err(malformed)?;
    request.set_authority(Some(authority)).map_err(malformed)?;
    request.set_path_with_query(Some("/")).map_err(malformed)?;
    let response = outgoing_handler::handle(request, None)?;
    response.subscribe().block();
    let once = || ErrorCode::InternalError(Some("no response, or taken twice".to_owned()));
    response.get().ok_or_else(once)?.map_err(|()| once())?
}

fn text(response: &IncomingResponse) -> String {
    let mut text = Vec::new();
    if let Ok(body) = response.consume()
        && let Ok(stream) = body.stream()
    {
        loop {
            match stream.blocking_read(4096) {
                Ok(piece) => text.extend(piece),
                Err(StreamError::Closed) => break,
                Err(error) => return error.to_string(),
            }
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

wasmgate_sdk::export!(WasiFetches: function);
