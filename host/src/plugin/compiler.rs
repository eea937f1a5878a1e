//! A few threads for all long work: compiling, instrumenting, taking snapshots.
//!
//! Once requests are served on every core they step back: what is compiled then has waited for a deployment and can wait a
//! little more. A start is waited for, and has ordinary priority.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use tokio::sync::oneshot;

/// How much these threads step back behind those that serve requests.
const NICENESS: i32 = 10;
/// Threads at most: what compiling took of memory stays with each, some ten megabytes.
const MOST: usize = 2;

/// The threads. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Compiler {
    lanes: Arc<[Lane]>,
}

/// A thread, and how much work it has.
#[derive(Debug)]
struct Lane {
    /// A pool of one: what wasmtime runs in parallel stays on this thread too, so that work does not mix.
    thread: rayon_core::ThreadPool,
    work: Arc<AtomicUsize>,
}

/// The work ended in a panic: a bug, of ours or of the compiler's, which must not take the gateway with it.
#[derive(Debug, thiserror::Error)]
#[error("the compiler failed on it: this is a bug, please report it with the plugin")]
pub(crate) struct Panicked;

impl Compiler {
    /// As many threads as there are cores, up to a few.
    pub(crate) fn start() -> Result<Compiler, rayon_core::ThreadPoolBuildError> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let lanes = (0..cores.min(MOST)).map(|_| Lane::start());
        Ok(Compiler {
            lanes: lanes.collect::<Result<_, _>>()?,
        })
    }

    /// Lets requests go first from now on.
    pub(crate) fn step_back(&self) {
        for lane in &*self.lanes {
            lane.thread.spawn(step_back);
        }
    }

    /// Runs some work on the thread that has least to do. Dropping the future leaves it undone, or lets it end unheard.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        let (done, result) = oneshot::channel();
        let lane = self.lanes.iter().min_by_key(|lane| lane.work.load(Relaxed));
        let Some(lane) = lane else {
            return Err(Panicked);
        };
        let waiting = Arc::clone(&lane.work);
        waiting.fetch_add(1, Relaxed);
        lane.thread.spawn(move || {
            if !done.is_closed() {
                let outcome = catch_unwind(AssertUnwindSafe(work));
                // Nobody may wait any more; then there is nobody to tell.
                let _unheard = done.send(outcome.map_err(|_panic| Panicked));
            }
            waiting.fetch_sub(1, Relaxed);
        });
        result.await.unwrap_or(Err(Panicked))
    }
}

impl Lane {
    fn start() -> Result<Lane, rayon_core::ThreadPoolBuildError> {
        let thread = rayon_core::ThreadPoolBuilder::new()
            .num_threads(1)
            .thread_name(|_| "compiler".to_owned())
            .build()?;
        Ok(Lane {
            thread,
            work: Arc::default(),
        })
    }
}

fn step_back() {
    // On Linux this concerns the calling thread alone.
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "the compiler runs at ordinary priority");
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_with_the_work() {
        let compiler = Compiler::start().unwrap();
        let panicked = compiler.run(|| -> u32 { panic!("a bug") }).await;
        assert!(panicked.is_err());
        assert_eq!(compiler.run(|| 7).await.unwrap(), 7);
    }
}
