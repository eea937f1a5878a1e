//! What does the client get? The only place that turns a reply or a failure into a response.

use http::{HeaderMap, HeaderValue, Response, header};

use crate::{
    body::Body,
    context::Context,
    failure::{Failure, Halt},
    forward::REQUEST_ID,
    message::{Reply, Request},
    stage::Route,
    transform,
};

/// Runs the response filters on what came of a request; gives the failure too, for the log.
pub(crate) async fn finish(
    outcome: Result<Reply, Halt>,
    request: &mut Request,
    route: &Route,
) -> (Reply, Option<Failure>) {
    let (reply, failure) = match outcome {
        Ok(reply) => (reply, None),
        Err(Halt::Answered(reply)) => (*reply, None),
        Err(Halt::Failed(failure)) => (explain(&failure), Some(failure)),
    };
    match transform::respond(reply, request, route).await {
        Ok(reply) => (reply, failure),
        Err(later) => (explain(&later), Some(later)),
    }
}

/// The answer of a failure: `{"message": …}`, without anything of the inside, and the details of a refusal.
pub(crate) fn explain(failure: &Failure) -> Reply {
    let mut headers = HeaderMap::with_capacity(4);
    if let Some(fields) = failure.headers() {
        headers.extend(fields.clone());
    }
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    let mut body = serde_json::json!({ "message": failure.message() });
    if let Some(details) = failure.details() {
        body["details"] = details.clone();
    }
    Reply::whole(failure.status(), headers, body.to_string().into())
}

/// Puts a reply into the form that the connection sends.
pub(crate) fn response(mut reply: Reply, context: &Context) -> Response<Body> {
    let mut response = Response::new(reply.payload.take());
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    // The id is made of base64 characters, so this always succeeds.
    if let Ok(id) = HeaderValue::from_str(&context.request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
