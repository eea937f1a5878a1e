//! One exchange from its request's head to its response's last byte, and what is told of it then.

use std::{
    net::SocketAddr,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context as Task, Poll, ready},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Method, Response, StatusCode, Uri};
use http_body::{Body as _, Frame, SizeHint};

use crate::{
    body::{Body, BodyError},
    context::Context,
    failure::{Blame, Failure},
    observe::{self, Series},
    observers::{Course, Observation},
    respond,
    worker::Worker,
};

mod pending;

pub(crate) use pending::Pending;

/// What is known of a running exchange.
pub(crate) struct Exchange {
    began: Instant,
    method: Method,
    uri: Uri,
    /// Bytes of the request's body, as far as they were declared.
    bytes_in: u64,
    /// The numbers of the route; none before it is found.
    pub(crate) series: Option<Arc<Series>>,
    pub(crate) upstream: Option<Upstream>,
    pub(crate) failure: Option<Failure>,
    pub(crate) observation: Option<Box<Observation>>,
}

/// Who was asked, and how long it took until the head of the answer was there.
pub(crate) struct Upstream {
    pub(crate) name: Arc<str>,
    /// The address that was asked last; none where there was no connection.
    pub(crate) address: Option<SocketAddr>,
    pub(crate) latency: Duration,
}

/// A response's body that tells of its exchange when it ends, or when the client is gone.
pub(crate) struct Watched {
    body: Body,
    bytes_out: u64,
    broken: Option<BodyError>,
    status: StatusCode,
    context: Arc<Context>,
    worker: Rc<Worker>,
    /// None once it was told.
    exchange: Option<Exchange>,
}

/// How an exchange ended.
struct End<'a> {
    status: StatusCode,
    bytes_out: u64,
    broken: Option<&'a BodyError>,
    context: &'a Context,
    worker: &'a Worker,
}

impl Exchange {
    pub(crate) fn begin(request: &http::Request<hyper::body::Incoming>) -> Exchange {
        Exchange {
            began: Instant::now(),
            method: request.method().clone(),
            uri: request.uri().clone(),
            bytes_in: request.body().size_hint().lower(),
            series: None,
            upstream: None,
            failure: None,
            observation: None,
        }
    }

    /// Ends an exchange that met no route.
    pub(crate) fn fail(
        mut self,
        failure: Failure,
        context: Context,
        worker: &Rc<Worker>,
    ) -> Response<Watched> {
        let response = respond::response(respond::explain(&failure), &context);
        self.failure = Some(failure);
        self.watch(response, Arc::new(context), worker)
    }

    /// Lets the response carry the exchange to its end.
    pub(crate) fn watch(
        self,
        response: Response<Body>,
        context: Arc<Context>,
        worker: &Rc<Worker>,
    ) -> Response<Watched> {
        let status = response.status();
        response.map(|body| Watched {
            body,
            bytes_out: 0,
            broken: None,
            status,
            context,
            worker: Rc::clone(worker),
            exchange: Some(self),
        })
    }

    /// Whose fault it was, where something failed.
    fn blame(&self, broken: bool) -> Option<&'static str> {
        match &self.failure {
            Some(failure) => Some(failure.blame().name()),
            // A body that was cut off on its way through came from the upstream.
            None => broken.then_some(Blame::Upstream.name()),
        }
    }

    fn tell(self, end: &End<'_>) {
        let course = Course {
            latency: self.began.elapsed(),
            upstream_latency: self.upstream.as_ref().map(|upstream| upstream.latency),
            bytes_in: self.bytes_in,
            bytes_out: end.bytes_out,
            failure: self.failure.as_ref().map(ToString::to_string),
        };
        let broken = end.broken;
        let failure = match (&self.failure, broken) {
            (Some(failure), _) => Some(failure as &dyn std::fmt::Display),
            (None, broken) => broken.map(|error| error as &dyn std::fmt::Display),
        };
        end.worker.recorder.record(&observe::Exchange {
            series: self.series.as_deref(),
            request_id: &end.context.request_id,
            time: end.context.time,
            client: end.context.source_ip,
            method: self.method.as_str(),
            path: self.uri.path(),
            status: end.status,
            bytes_in: course.bytes_in,
            bytes_out: course.bytes_out,
            latency: course.latency,
            upstream_latency: course.upstream_latency,
            upstream: self.upstream.as_ref().map(|upstream| &*upstream.name),
            upstream_address: self.upstream.as_ref().and_then(|upstream| upstream.address),
            blame: self.blame(broken.is_some()),
            failure,
            plugin: self.failure.as_ref().and_then(Failure::plugin),
            user_agent: end.context.user_agent.as_deref(),
            authorizer: &end.context.authorizer,
        });
        if let Some(observation) = self.observation {
            end.worker.observers.push(observation.complete(&course));
        }
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Task<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(task));
        match frame {
            Some(Ok(frame)) => {
                self.bytes_out += frame.data_ref().map_or(0, Bytes::len) as u64;
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => {
                let shown = BodyError::Closed(error.to_string());
                self.broken = Some(error);
                Poll::Ready(Some(Err(shown)))
            }
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(exchange) = self.exchange.take() {
            exchange.tell(&End {
                status: self.status,
                bytes_out: self.bytes_out,
                broken: self.broken.as_ref(),
                context: &self.context,
                worker: &self.worker,
            });
        }
    }
}
