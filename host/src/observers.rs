//! Tells observers of exchanges that have ended, off the request's way.

use std::{
    cell::Cell,
    rc::Rc,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::sync::mpsc;

use crate::{
    message::{Reply, Request},
    plugin::{Attachment, Hook, ReplyView},
};

/// Exchanges that may wait at a worker, and the bytes of their fields and bodies; what comes on top is dropped and counted.
const QUEUE: usize = 1024;
const QUEUED_BYTES: usize = 16 << 20;

static DROPPED: AtomicU64 = AtomicU64::new(0);

/// Exchanges that no observer was told of, over all workers.
pub(crate) fn dropped() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

/// The queue of one worker.
pub(crate) struct Observers {
    queue: mpsc::Sender<Box<Observation>>,
    bytes: Rc<Cell<usize>>,
}

/// One exchange, kept for the observers of its route.
pub(crate) struct Observation {
    attachments: Vec<Attachment>,
    request: Request,
    status: StatusCode,
    headers: HeaderMap,
    body: Option<Bytes>,
    extra: Vec<(&'static str, String)>,
}

/// How an exchange went.
pub(crate) struct Course {
    pub(crate) latency: Duration,
    pub(crate) upstream_latency: Option<Duration>,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) failure: Option<String>,
}

impl Observers {
    /// Starts the task that works the queue off, one call at a time.
    pub(crate) fn start() -> Observers {
        let (sender, mut queue) = mpsc::channel::<Box<Observation>>(QUEUE);
        let bytes = Rc::new(Cell::new(0));
        let waiting = Rc::clone(&bytes);
        tokio::task::spawn_local(async move {
            while let Some(observation) = queue.recv().await {
                let told = observation.bytes();
                observation.tell().await;
                waiting.set(waiting.get() - told);
            }
        });
        Observers {
            queue: sender,
            bytes,
        }
    }

    /// Never waits: where the queue is full the exchange is dropped.
    pub(crate) fn push(&self, observation: Box<Observation>) {
        let bytes = self.bytes.get() + observation.bytes();
        if bytes <= QUEUED_BYTES && self.queue.try_send(observation).is_ok() {
            self.bytes.set(bytes);
        } else {
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Observation {
    /// Keeps what observers want to see; none where the route has no observers.
    pub(crate) fn new(
        attachments: &[Attachment],
        mut request: Request,
        reply: &Reply,
    ) -> Option<Box<Observation>> {
        if attachments.is_empty() {
            return None;
        }
        let pinned = attachments.iter().filter_map(|wants| wants.pin().ok());
        let (wants_body, wants_reply) = pinned.fold((false, false), |wants, pinned| {
            let interest = pinned.interest(Hook::Observer);
            (wants.0 || interest.body, wants.1 || interest.reply_body)
        });
        request.keep_body(wants_body);
        let body = reply.payload.decoded().filter(|_| wants_reply);
        Some(Box::new(Observation {
            attachments: attachments.to_vec(),
            request,
            status: reply.status,
            headers: reply.headers.clone(),
            body: body.cloned(),
            extra: Vec::new(),
        }))
    }

    /// Adds how the exchange went.
    pub(crate) fn complete(mut self: Box<Self>, course: &Course) -> Box<Self> {
        let micros = |time: Duration| time.as_micros().to_string();
        self.extra = vec![
            ("latency-us", micros(course.latency)),
            ("bytes-in", course.bytes_in.to_string()),
            ("bytes-out", course.bytes_out.to_string()),
        ];
        let upstream = course.upstream_latency.map(micros);
        self.extra
            .extend(upstream.map(|micros| ("upstream-latency-us", micros)));
        self.extra
            .extend(course.failure.clone().map(|failure| ("failure", failure)));
        self
    }

    /// What it holds in memory: fields and bodies.
    fn bytes(&self) -> usize {
        let fields = |headers: &HeaderMap| -> usize {
            let lengths = headers
                .iter()
                .map(|(name, value)| name.as_str().len() + value.len());
            lengths.sum()
        };
        let request = self.request.view_as_sent();
        let bodies = [request.body, self.body.as_ref()];
        let bodies = bodies.into_iter().flatten().map(Bytes::len);
        fields(request.headers) + fields(&self.headers) + bodies.sum::<usize>()
    }

    async fn tell(self) {
        let reply = ReplyView {
            status: self.status,
            headers: &self.headers,
            body: self.body.as_ref(),
            extra: &self.extra,
        };
        for attachment in &self.attachments {
            let Ok(pinned) = attachment.pin() else {
                continue;
            };
            if let Err(failure) = pinned.observe(self.request.view_as_sent(), reply).await {
                let plugin = attachment.plugin();
                let route = &*self.request.context.route.route_key;
                let request_id = &*self.request.context.request_id;
                tracing::warn!(plugin, route, request_id, %failure, "an observer failed");
            }
        }
    }
}
