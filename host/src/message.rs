//! A request and its reply on their way through the pipeline.

use std::{rc::Rc, sync::Arc};

use bytes::Bytes;
use http::{Extensions, HeaderMap, HeaderName, Method, StatusCode, Uri, Version, header};
use hyper::body::Incoming;

use crate::{
    body::{Body, BodyError, encoding},
    config::UpstreamId,
    connection::Client,
    context::Context,
    failure::Failure,
    forward::{self, Hop, Sieve},
    gateway::Gateway,
    plugin::{Answer, Interest, ReplyView, RequestView},
    router::Matched,
    stage::{Route, Stage},
};

/// A request, as it stands between two steps.
pub(crate) struct Request {
    pub(crate) head: Head,
    /// The head as the client sent it, kept where somebody may look back at it.
    sent: Option<Box<Head>>,
    pub(crate) payload: Payload,
    /// The body as the client sent it, where a plugin put another in its place.
    sent_body: Option<Bytes>,
    pub(crate) parameters: Vec<(Arc<str>, String)>,
    /// What the hop-by-hop fields said before they were dropped.
    pub(crate) hop: Hop,
    /// The handle by which hyper gives the connection away, should it be upgraded.
    pub(crate) extensions: Extensions,
    pub(crate) context: Arc<Context>,
    /// The upstream that a filter chose in place of the route's own.
    pub(crate) upstream: Option<UpstreamId>,
    pub(crate) client: Rc<Client>,
    pub(crate) version: Version,
}

/// Method, target and fields of a request.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) method: Method,
    /// The raw path, and the query behind its `?`.
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
}

/// What goes back to the client.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Payload,
}

/// A body: not looked at, or whole.
pub(crate) enum Payload {
    Stream(Body),
    Whole {
        /// What came, still encoded; it goes out again where nobody changed it.
        raw: Bytes,
        decoded: Bytes,
    },
}

impl Request {
    /// Takes over a request whose route was found. Plugins and upstream see the path as the router saw it.
    pub(crate) fn receive(
        incoming: http::Request<Incoming>,
        context: Context,
        matched: Matched,
        found: (&Stage, &Route),
        gateway: &Gateway,
        client: &Rc<Client>,
    ) -> Request {
        let (stage, route) = found;
        let (parts, body) = incoming.into_parts();
        let uri = stage.strip(parts.uri);
        let mut headers = parts.headers;
        let hop = forward::receive(&mut headers);
        let underscores = gateway.limits.header_underscores;
        if !underscores {
            forward::drop_twins(&mut headers);
        }
        if parts.version == Version::HTTP_2 {
            forward::join_cookies(&mut headers);
        }
        let head = Head {
            method: parts.method,
            headers,
            uri,
        };
        Request {
            sent: route.chain.looks_back().then(|| Box::new(head.clone())),
            payload: Payload::Stream(
                Body::incoming(body, route.body_limit, gateway.limits.body_idle)
                    .sifted(Sieve::new(underscores)),
            ),
            sent_body: None,
            parameters: matched.parameters_of(head.uri.path()),
            context: Arc::new(context),
            upstream: None,
            client: Rc::clone(client),
            version: parts.version,
            extensions: parts.extensions,
            hop,
            head,
        }
    }

    /// The request on its way to the upstream. What hooks may look at on the way back stays.
    pub(crate) fn leave(&mut self) -> http::Request<Body> {
        let mut leaving = http::Request::new(self.payload.take());
        *leaving.method_mut() = self.head.method.clone();
        *leaving.uri_mut() = self.head.uri.clone();
        *leaving.version_mut() = self.version;
        *leaving.headers_mut() = std::mem::take(&mut self.head.headers);
        *leaving.extensions_mut() = std::mem::take(&mut self.extensions);
        leaving
    }

    /// Refuses a declared length over the limit before anything else is done.
    pub(crate) fn check_length(&self) -> Result<(), Failure> {
        match &self.payload {
            Payload::Stream(body) => body.check_length().map_err(Failure::RequestBody),
            Payload::Whole { .. } => Ok(()),
        }
    }

    /// Everything of the request as it stands, for a hook.
    pub(crate) fn view(&self) -> RequestView<'_> {
        self.view_of(&self.head)
    }

    /// The request as the client sent it, for hooks on the way back.
    pub(crate) fn view_as_sent(&self) -> RequestView<'_> {
        let mut view = self.view_of(self.sent.as_deref().unwrap_or(&self.head));
        view.body = self.sent_body.as_ref().or(view.body);
        view
    }

    /// Puts another body in place; the one that came is kept where it is known.
    pub(crate) fn replace_body(&mut self, body: Bytes) {
        if self.sent_body.is_none() {
            self.sent_body = self.payload.decoded().cloned();
        }
        self.payload.replace(&mut self.head.headers, body);
    }

    /// Lets the body go, or keeps what the client sent, decoded: all that anybody may see of a request that is answered.
    pub(crate) fn keep_body(&mut self, wanted: bool) {
        let sent = self.sent_body.take();
        let sent = sent.or_else(|| self.payload.decoded().cloned());
        self.payload = match sent.filter(|_| wanted) {
            Some(body) => Payload::whole(body),
            None => Payload::empty(),
        };
    }

    /// Sees to it that a hook finds what its interest wants.
    pub(crate) async fn prepare(
        &mut self,
        interest: &Interest,
        limit: u64,
    ) -> Result<(), BodyError> {
        if interest.body {
            // On the heap, because decoders are large: every request's future would be as large as all that it may hold.
            Box::pin(self.payload.buffer(&self.head.headers, limit)).await?;
        }
        Ok(())
    }

    fn view_of<'a>(&'a self, head: &'a Head) -> RequestView<'a> {
        RequestView {
            method: head.method.as_str(),
            path: head.uri.path(),
            query: head.uri.query(),
            headers: &head.headers,
            parameters: &self.parameters,
            context: &self.context,
            body: self.payload.decoded(),
        }
    }
}

impl Reply {
    /// A reply with a body that is there as a whole.
    pub(crate) fn whole(status: StatusCode, headers: HeaderMap, body: Bytes) -> Reply {
        Reply {
            status,
            headers,
            payload: Payload::whole(body),
        }
    }

    /// Everything of the reply as it stands, for a hook.
    pub(crate) fn view(&self) -> ReplyView<'_> {
        ReplyView {
            status: self.status,
            headers: &self.headers,
            body: self.payload.decoded(),
            extra: &[],
        }
    }

    /// Sees to it that a hook finds what its interest wants.
    pub(crate) async fn prepare(
        &mut self,
        interest: &Interest,
        limit: u64,
    ) -> Result<(), BodyError> {
        if interest.reply_body {
            Box::pin(self.payload.buffer(&self.headers, limit)).await?;
        }
        Ok(())
    }
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Reply {
        Reply::whole(answer.status, answer.headers, answer.body)
    }
}

impl Payload {
    pub(crate) fn whole(body: Bytes) -> Payload {
        Payload::Whole {
            raw: body.clone(),
            decoded: body,
        }
    }

    pub(crate) fn empty() -> Payload {
        Payload::Stream(Body::empty())
    }

    /// The decoded bytes, where the body was buffered.
    pub(crate) fn decoded(&self) -> Option<&Bytes> {
        match self {
            Payload::Stream(_) => None,
            Payload::Whole { decoded, .. } => Some(decoded),
        }
    }

    /// Reads the whole body and decodes it by `content-encoding`; both forms are bounded.
    pub(crate) async fn buffer(
        &mut self,
        headers: &HeaderMap,
        limit: u64,
    ) -> Result<(), BodyError> {
        let Payload::Stream(body) = self else {
            return Ok(());
        };
        let raw = std::mem::take(body).buffer(limit).await?;
        let decoded = encoding::decode(headers, raw.clone(), limit).await?;
        *self = Payload::Whole { raw, decoded };
        Ok(())
    }

    /// Puts a new body in place; it goes out unencoded and without what described the old one.
    pub(crate) fn replace(&mut self, headers: &mut HeaderMap, body: Bytes) {
        for name in [
            header::CONTENT_ENCODING,
            header::CONTENT_LENGTH,
            header::ETAG,
        ] {
            headers.remove(name);
        }
        *self = Payload::whole(body);
    }

    /// Keeps a field from coming behind the body, which is read when all plugins have run.
    pub(crate) fn keep_out(&mut self, field: impl TryInto<HeaderName>) {
        if let Payload::Stream(body) = self {
            body.keep_out(field);
        }
    }

    /// The body to send on; what was buffered stays to be looked at.
    pub(crate) fn take(&mut self) -> Body {
        match self {
            Payload::Stream(body) => std::mem::take(body),
            Payload::Whole { raw, .. } => Body::full(raw.clone()),
        }
    }
}
