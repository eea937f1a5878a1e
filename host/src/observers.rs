//! Tells observers of exchanges that have ended, off the request's way.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use http::{HeaderMap, StatusCode};
use tokio::sync::mpsc;

use crate::{
    message::{Payload, Reply, Request},
    plugin::{Attachment, ReplyView},
};

/// Exchanges that may wait; what comes on top is dropped and counted.
const QUEUE: usize = 1024;

static DROPPED: AtomicU64 = AtomicU64::new(0);

/// Exchanges that no observer was told of, over all workers.
pub(crate) fn dropped() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

/// The queue of one worker.
pub(crate) struct Observers(mpsc::Sender<Observation>);

/// One exchange, kept for the observers of its route.
pub(crate) struct Observation {
    attachments: Vec<Attachment>,
    request: Request,
    status: StatusCode,
    headers: HeaderMap,
    payload: Payload,
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
        let (sender, mut queue) = mpsc::channel::<Observation>(QUEUE);
        tokio::task::spawn_local(async move {
            while let Some(observation) = queue.recv().await {
                observation.tell().await;
            }
        });
        Observers(sender)
    }

    /// Never waits: where the queue is full the exchange is dropped.
    pub(crate) fn push(&self, observation: Observation) {
        if self.0.try_send(observation).is_err() {
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Observation {
    /// Keeps what observers may ask for; none where the route has no observers.
    pub(crate) fn new(
        attachments: &[Attachment],
        request: Request,
        reply: &Reply,
    ) -> Option<Observation> {
        if attachments.is_empty() {
            return None;
        }
        Some(Observation {
            attachments: attachments.to_vec(),
            request,
            status: reply.status,
            headers: reply.headers.clone(),
            payload: reply.payload.kept(),
            extra: Vec::new(),
        })
    }

    /// Adds how the exchange went.
    pub(crate) fn complete(mut self, course: &Course) -> Observation {
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

    async fn tell(self) {
        let reply = ReplyView {
            status: self.status,
            headers: &self.headers,
            body: self.payload.decoded(),
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
