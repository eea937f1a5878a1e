//! The time within which a response's head must come, counted from when the request's body has been sent.
//!
//! So a long upload or a gRPC stream of requests is not cut: while the client is waited for, only its own idle time-out
//! holds. Where the upstream does not take what is there, time runs.

use std::{
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::body::BodyError;

/// How the sending of a streamed request body went; shared by the body and the exchange that waits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Upload(Arc<Course>);

#[derive(Debug, Default)]
struct Course {
    end: OnceLock<(Instant, Option<BodyError>)>,
    /// When the last piece was handed out, until another is asked for. A body may be read on any thread.
    handed: Mutex<Option<Instant>>,
}

impl Upload {
    /// The body has ended, well or not. Only the first call counts.
    pub(crate) fn end(&self, failure: Option<BodyError>) {
        let _ = self.0.end.set((Instant::now(), failure));
    }

    /// The upstream has been handed a piece, which it may take its time with; none while it waits for the client.
    pub(crate) fn hand(&self, piece: bool) {
        *self.handed() = piece.then(Instant::now);
    }

    fn handed(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.handed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the body could not be read to its end.
    pub(super) fn failure(&self) -> Option<&BodyError> {
        self.0.end.get()?.1.as_ref()
    }

    /// When the time-out is over as far as is known now.
    fn deadline(&self, limit: Duration) -> Instant {
        let ended = self.0.end.get().map(|(end, _)| *end);
        let from = ended.or_else(|| *self.handed());
        from.unwrap_or_else(Instant::now) + limit
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

    #[tokio::test]
    async fn piece_that_is_not_taken_runs_out() {
        let upload = Upload::default();
        let stalls = async {
            upload.hand(false);
            tokio::time::sleep(4 * LIMIT).await;
            upload.hand(true);
            std::future::pending::<()>().await;
        };
        let begun = Instant::now();
        assert_eq!(within(LIMIT, Some(&upload), pin!(stalls)).await, None);
        assert!(begun.elapsed() >= 5 * LIMIT);
    }
}
