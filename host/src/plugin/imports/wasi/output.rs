//! A guest's stdout and stderr: lines in the plugin's log, with a budget of the same size.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context as TaskContext, Poll},
};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::{
    async_trait,
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamResult},
};

use crate::{
    context::Context,
    plugin::{bindings::wasmgate::plugin::log::Level, imports::log, limits::Budget, state::Scope},
};

/// What a guest may write at once, and the longest line.
const PORTION: usize = 4096;

/// Both outputs of one instance.
pub(super) struct Output {
    stdout: Stream,
    stderr: Stream,
}

/// One output; every handle that the guest opens writes to the same lines.
#[derive(Clone)]
pub(super) struct Stream(Arc<Mutex<Lines>>);

struct Lines {
    level: Level,
    scope: Arc<Scope>,
    context: Option<Arc<Context>>,
    budget: Budget,
    /// A line that has not ended yet.
    pending: Vec<u8>,
}

impl Output {
    pub(super) fn new(scope: &Arc<Scope>, context: Option<Arc<Context>>) -> Output {
        let stream = |level| {
            Stream(Arc::new(Mutex::new(Lines {
                level,
                scope: scope.clone(),
                context: context.clone(),
                budget: Budget::new(&scope.policy.limits),
                pending: Vec::new(),
            })))
        };
        Output {
            stdout: stream(Level::Info),
            stderr: stream(Level::Warn),
        }
    }

    pub(super) fn stdout(&self) -> Stream {
        self.stdout.clone()
    }

    pub(super) fn stderr(&self) -> Stream {
        self.stderr.clone()
    }

    /// Begins another call: what the last one left goes out, and the budget is whole again.
    pub(super) fn begin(&self, context: Option<Arc<Context>>) {
        for stream in [&self.stdout, &self.stderr] {
            stream.with(|lines| {
                lines.end_line();
                lines.context.clone_from(&context);
                lines.budget = Budget::new(&lines.scope.policy.limits);
            });
        }
    }
}

impl Stream {
    fn with<T>(&self, act: impl FnOnce(&mut Lines) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Lines {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if byte == b'\n' || self.pending.len() >= PORTION {
                self.end_line();
            }
            if byte != b'\n' {
                self.pending.push(byte);
            }
        }
    }

    fn end_line(&mut self) {
        if !self.pending.is_empty() {
            let line = String::from_utf8_lossy(&self.pending);
            let context = self.context.as_deref();
            log::line(&self.scope, context, &mut self.budget, self.level, &line);
            self.pending.clear();
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.end_line();
    }
}

impl IsTerminal for Stream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for Stream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.with(|lines| lines.write(&bytes));
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PORTION)
    }
}

#[async_trait]
impl Pollable for Stream {
    async fn ready(&mut self) {}
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut TaskContext<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.with(|lines| lines.write(bytes));
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
