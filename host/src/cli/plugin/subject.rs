//! What a hook is called with: a request and a reply that nobody sent.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::cases::{Fields, Reply, Request};
use crate::{
    context::Context,
    plugin::{ReplyView, RequestView},
};

/// Owns what views borrow.
pub(super) struct Subject {
    method: String,
    path: String,
    query: Option<String>,
    headers: HeaderMap,
    parameters: Vec<(Arc<str>, String)>,
    context: Arc<Context>,
    body: Option<Bytes>,
    status: StatusCode,
    reply_headers: HeaderMap,
    reply_body: Option<Bytes>,
}

impl Subject {
    /// What does not fit HTTP is the error, as a sentence.
    pub(super) fn new(request: &Request, reply: Option<&Reply>) -> Result<Subject, String> {
        let headers = fields(&request.headers)?;
        let (path, query) = match request.path.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (request.path.as_str(), None),
        };
        let standing = Reply::default();
        let reply = reply.unwrap_or(&standing);
        let bytes = |body: &Option<String>| body.clone().map(Bytes::from);
        Ok(Subject {
            context: Arc::new(context(request, &headers)?),
            method: request.method.clone(),
            path: path.to_owned(),
            query,
            headers,
            parameters: request
                .parameters
                .iter()
                .map(|(name, value)| (name.as_str().into(), value.clone()))
                .collect(),
            body: bytes(&request.body),
            status: StatusCode::from_u16(reply.status)
                .map_err(|_| format!("`{}` is no status", reply.status))?,
            reply_headers: fields(&reply.headers)?,
            reply_body: bytes(&reply.body),
        })
    }

    pub(super) fn request(&self) -> RequestView<'_> {
        RequestView {
            method: &self.method,
            path: &self.path,
            query: self.query.as_deref(),
            headers: &self.headers,
            parameters: &self.parameters,
            context: &self.context,
            body: self.body.as_ref(),
        }
    }

    pub(super) fn reply(&self) -> ReplyView<'_> {
        ReplyView {
            status: self.status,
            headers: &self.reply_headers,
            body: self.reply_body.as_ref(),
            extra: &[],
        }
    }
}

fn context(request: &Request, headers: &HeaderMap) -> Result<Context, String> {
    let mut head = http::Request::builder()
        .method(request.method.as_str())
        .uri(request.path.as_str())
        .body(())
        .map_err(|error| format!("`{} {}`: {error}", request.method, request.path))?;
    head.headers_mut().clone_from(headers);
    let mut context = Context::begin(&head, request.source_ip);
    context.trusted_proxy = request.trusted_proxy;
    for (name, value) in &request.authorizer {
        context.set_authorizer(name, value.clone());
    }
    Ok(context)
}

fn fields(written: &Fields) -> Result<HeaderMap, String> {
    let mut fields = HeaderMap::new();
    for (name, values) in written {
        let field = HeaderName::try_from(name.as_str())
            .map_err(|_| format!("`{name}` is no field name"))?;
        for value in values.values() {
            let value = HeaderValue::try_from(value.as_str())
                .map_err(|_| format!("`{value}` is no value of `{name}`"))?;
            fields.append(field.clone(), value);
        }
    }
    Ok(fields)
}
