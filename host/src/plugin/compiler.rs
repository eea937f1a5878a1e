//! One thread of low priority for all long work: compiling, instrumenting, taking snapshots.
//!
//! Requests are served on every core meanwhile; what is compiled has waited for a deployment and can wait a little more.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use tokio::sync::oneshot;

/// How much this thread steps back behind those that serve requests.
const NICENESS: i32 = 10;

/// The thread. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Compiler {
    thread: Arc<rayon_core::ThreadPool>,
}

/// The work ended in a panic: a bug, of ours or of the compiler's, which must not take the gateway with it.
#[derive(Debug, thiserror::Error)]
#[error("the compiler failed on it: this is a bug, please report it with the plugin")]
pub(crate) struct Panicked;

impl Compiler {
    /// A pool of one: what wasmtime runs in parallel stays on this thread too.
    pub(crate) fn start() -> Result<Compiler, rayon_core::ThreadPoolBuildError> {
        let thread = rayon_core::ThreadPoolBuilder::new()
            .num_threads(1)
            .thread_name(|_| "compiler".to_owned())
            .start_handler(|_| step_back())
            .build()?;
        Ok(Compiler {
            thread: Arc::new(thread),
        })
    }

    /// Runs some work when its turn has come. Dropping the future leaves it undone, or lets it end unheard.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        let (done, result) = oneshot::channel();
        self.thread.spawn(move || {
            if done.is_closed() {
                return;
            }
            let outcome = catch_unwind(AssertUnwindSafe(work));
            // Nobody may wait any more; then there is nobody to tell.
            let _unheard = done.send(outcome.map_err(|_panic| Panicked));
        });
        result.await.unwrap_or(Err(Panicked))
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
