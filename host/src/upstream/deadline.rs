//! The time within which a response's head must come, counted from when the request's body has been sent.
//!
//! So a long upload or a gRPC stream of requests is not cut: while it moves, only its own idle time-out holds.

use std::{
    pin::{Pin, pin},
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::time::Instant;

use crate::body::BodyError;

/// How the sending of a streamed request body went; shared by the body and the exchange that waits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Upload(Arc<OnceLock<(Instant, Option<BodyError>)>>);

impl Upload {
    /// The body has ended, well or not. Only the first call counts.
    pub(crate) fn end(&self, failure: Option<BodyError>) {
        let _ = self.0.set((Instant::now(), failure));
    }

    /// Why the body could not be read to its end.
    pub(super) fn failure(&self) -> Option<&BodyError> {
        self.0.get()?.1.as_ref()
    }

    /// When the time-out is over as far as is known now.
    fn deadline(&self, limit: Duration) -> Instant {
        let from = self.0.get().map_or_else(Instant::now, |(end, _)| *end);
        from + limit
    }
}

/// What `work` gives, or none where it takes longer than `limit` after the upload.
pub(super) async fn within<T>(
    limit: Duration,
    upload: Option<&Upload>,
    mut work: Pin<&mut impl Future<Output = T>>,
) -> Option<T> {
    let mut timer = pin!(tokio::time::sleep(limit));
    loop {
        tokio::select! {
            biased;
            done = &mut work => return Some(done),
            () = &mut timer => {}
        }
        let deadline = upload?.deadline(limit);
        if deadline <= Instant::now() {
            return None;
        }
        timer.as_mut().reset(deadline);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(5);

    #[tokio::test]
    async fn silence_runs_out() {
        let never = std::future::pending::<()>();
        assert_eq!(within(LIMIT, None, pin!(never)).await, None);
    }

    #[tokio::test]
    async fn time_counts_from_the_end_of_the_upload() {
        let upload = Upload::default();
        let begun = Instant::now();
        let ends = async {
            tokio::time::sleep(4 * LIMIT).await;
            upload.end(None);
            std::future::pending::<()>().await;
        };
        assert_eq!(within(LIMIT, Some(&upload), pin!(ends)).await, None);
        assert!(begun.elapsed() >= 5 * LIMIT);
    }
}
