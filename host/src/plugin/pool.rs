//! Places: how many calls of a plugin, and how many instances of all plugins, may be there at once; and the instances
//! that wait for their next call under the isolation `reuse`.

use std::{
    cell::RefCell,
    sync::{
        Arc, Weak,
        atomic::{
            AtomicUsize,
            Ordering::{Relaxed, SeqCst},
        },
    },
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use super::{image::Image, instance::Instance};

/// Waiting calls of one gate; more are refused at once.
const MOST_WAITING: usize = 1_024;
/// Instances of one image that one thread keeps for later.
const IDLE_OF_AN_IMAGE: usize = 8;

/// Lets a number of calls in at once; more wait their turn. Without waiting, a turn costs two additions.
#[derive(Debug)]
pub(crate) struct Gate {
    limit: AtomicUsize,
    inside: AtomicUsize,
    waiting: AtomicUsize,
    left: Notify,
}

/// The right to be inside; given back when dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a>(&'a Gate);

/// Nobody left in time, or too many wait already.
#[derive(Debug, PartialEq)]
pub(crate) struct Full {
    pub(crate) limit: usize,
}

impl Gate {
    pub(crate) fn new(limit: usize) -> Gate {
        Gate {
            limit: AtomicUsize::new(limit.max(1)),
            inside: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            left: Notify::new(),
        }
    }

    /// Changes the limit for those who come from now on.
    pub(crate) fn resize(&self, limit: usize) {
        self.limit.store(limit.max(1), SeqCst);
        self.left.notify_waiters();
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit.load(Relaxed)
    }

    /// How many are inside.
    pub(crate) fn inside(&self) -> usize {
        self.inside.load(Relaxed)
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Relaxed)
    }

    /// Goes in, and waits no longer than `patience` for that.
    pub(crate) async fn enter(&self, patience: Duration) -> Result<Turn<'_>, Full> {
        if !self.claim() {
            Box::pin(self.queue(patience)).await?;
        }
        Ok(Turn(self))
    }

    /// Goes in, if that is possible at once.
    fn claim(&self) -> bool {
        let limit = self.limit.load(Relaxed);
        let add = |inside: usize| (inside < limit).then_some(inside + 1);
        self.inside.fetch_update(SeqCst, Relaxed, add).is_ok()
    }

    async fn queue(&self, patience: Duration) -> Result<(), Full> {
        let full = Full {
            limit: self.limit(),
        };
        let waiting = Waiting::new(&self.waiting);
        if waiting.ahead >= MOST_WAITING {
            return Err(full);
        }
        let turn = async {
            loop {
                // Listens before it looks, so that nobody can leave unseen in between.
                let mut left = std::pin::pin!(self.left.notified());
                left.as_mut().enable();
                if self.claim() {
                    return;
                }
                left.await;
            }
        };
        tokio::time::timeout(patience, turn).await.map_err(|_| full)
    }

    fn leave(&self) {
        self.inside.fetch_sub(1, SeqCst);
        if self.waiting.load(SeqCst) > 0 {
            self.left.notify_one();
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// One who waits, counted until it is dropped.
struct Waiting<'a> {
    count: &'a AtomicUsize,
    ahead: usize,
}

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Waiting<'a> {
        let ahead = count.fetch_add(1, SeqCst);
        Waiting { count, ahead }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, SeqCst);
    }
}

/// Room for the instances of all plugins.
#[derive(Debug)]
pub(crate) struct Pool {
    gate: Gate,
    /// Idle instances that one thread may keep.
    idle: usize,
}

/// An instance's place in the pool; given back when dropped.
#[derive(Debug)]
pub(crate) struct Seat(Arc<Pool>);

impl Pool {
    pub(crate) fn new(size: usize) -> Arc<Pool> {
        // Half of the pool, over all threads, stays free for calls of other plugins.
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Arc::new(Pool {
            gate: Gate::new(size),
            idle: (size / 2 / threads).max(1),
        })
    }

    pub(crate) fn size(&self) -> usize {
        self.gate.limit()
    }

    /// Idle instances that one thread may keep.
    pub(crate) fn idle(&self) -> usize {
        self.idle
    }

    /// Instances that exist, at work or idle.
    pub(crate) fn taken(&self) -> usize {
        self.gate.inside()
    }

    /// A place for a new instance, by `end`. Idle ones of this thread make room before anybody waits.
    pub(crate) async fn seat(self: &Arc<Pool>, end: Instant) -> Result<Seat, Full> {
        if !self.gate.claim() {
            IDLE.with_borrow_mut(Idle::make_room);
            if !self.gate.claim() {
                let patience = end.saturating_duration_since(Instant::now());
                Box::pin(self.gate.queue(patience)).await?;
            }
        }
        Ok(Seat(self.clone()))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.gate.leave();
    }
}

/// Takes an idle instance of an image from this thread.
pub(super) fn take(image: &Arc<Image>) -> Option<Box<Instance>> {
    IDLE.with_borrow_mut(|idle| idle.take(image))
}

/// Keeps an instance on this thread for its image's next call, among so many at most.
pub(super) fn park(instance: Box<Instance>, most: usize) {
    IDLE.with_borrow_mut(|idle| idle.park(instance, most));
}

thread_local! {
    static IDLE: RefCell<Idle> = const { RefCell::new(Idle(Vec::new())) };
}

/// A thread's idle instances, the one used last at the end. A handful: what is looked for is near the end.
#[expect(
    clippy::vec_box,
    reason = "instances come and go in boxes: taking one moves pointers"
)]
struct Idle(Vec<Box<Instance>>);

impl Idle {
    fn take(&mut self, image: &Arc<Image>) -> Option<Box<Instance>> {
        let image = Arc::as_ptr(image);
        let mut idle = self.0.iter();
        match idle.rposition(|idle| is(&idle.image, image)) {
            Some(place) => Some(self.0.remove(place)),
            None => {
                self.sweep();
                None
            }
        }
    }

    fn park(&mut self, instance: Box<Instance>, most: usize) {
        let image = instance.image.as_ptr();
        let kept = self.0.iter().filter(|idle| is(&idle.image, image));
        if kept.count() >= IDLE_OF_AN_IMAGE {
            return;
        }
        if self.0.len() >= most {
            self.make_room();
        }
        self.0.push(instance);
    }

    /// Drops the instance that was not needed for longest.
    fn make_room(&mut self) {
        if !self.0.is_empty() {
            self.0.remove(0);
        }
    }

    /// Drops the instances of images that were swapped out.
    fn sweep(&mut self) {
        self.0.retain(|idle| idle.image.strong_count() > 0);
    }
}

fn is(image: &Weak<Image>, other: *const Image) -> bool {
    std::ptr::eq(image.as_ptr(), other)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime")
    }

    #[test]
    fn no_more_than_the_limit_are_inside() {
        let gate = Gate::new(2);
        assert!(gate.claim() && gate.claim());
        assert!(!gate.claim());
        gate.leave();
        assert!(gate.claim());
    }

    #[test]
    fn a_waiting_call_gets_its_turn_when_one_leaves() {
        let gate = Gate::new(1);
        runtime().block_on(async {
            let turn = gate.enter(LONG).await;
            let leave = async { drop(turn) };
            let (entered, ()) = tokio::join!(gate.enter(LONG), leave);
            assert!(entered.is_ok());
        });
        assert_eq!((gate.inside(), gate.waiting()), (0, 0));
    }

    #[test]
    fn waiting_ends_with_patience() {
        let gate = Gate::new(1);
        assert!(gate.claim());
        let refused = runtime()
            .block_on(gate.enter(Duration::from_millis(1)))
            .err();
        assert_eq!(refused, Some(Full { limit: 1 }));
        assert_eq!(gate.waiting(), 0);
    }

    #[test]
    fn a_larger_limit_lets_those_in_who_wait() {
        let gate = Gate::new(1);
        assert!(gate.claim());
        runtime().block_on(async {
            let resize = async { gate.resize(2) };
            let (entered, ()) = tokio::join!(gate.enter(LONG), resize);
            assert!(entered.is_ok());
        });
    }

    #[test]
    fn threads_never_lose_a_turn() {
        let gate = Gate::new(3);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    runtime().block_on(async {
                        for _ in 0..2_000 {
                            let turn = gate.enter(LONG).await.expect("a turn");
                            assert!(gate.inside() <= 3);
                            tokio::task::yield_now().await;
                            drop(turn);
                        }
                    });
                });
            }
        });
        assert_eq!((gate.inside(), gate.waiting()), (0, 0));
    }
}
