//! A thread that sleeps while there is nothing for it to do.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread::{self, Thread},
};

/// How others wake it, for no more than a load where it is awake.
#[derive(Debug, Default)]
pub(crate) struct Sleeper {
    asleep: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Sleeper {
    pub(crate) const fn new() -> Sleeper {
        Sleeper {
            asleep: AtomicBool::new(false),
            thread: OnceLock::new(),
        }
    }

    /// Whose sleep it is. Said once.
    pub(crate) fn set(&self, thread: &Thread) {
        _ = self.thread.set(thread.clone());
    }

    pub(crate) fn has_thread(&self) -> bool {
        self.thread.get().is_some()
    }

    /// On its own thread: sleeps until it is woken, unless there is something to do. Whoever wakes it has made that so
    /// before: either it is seen here, or they see that this thread is asleep.
    pub(crate) fn sleep_unless(&self, something: impl FnOnce() -> bool) {
        self.asleep.store(true, SeqCst);
        if something() {
            self.asleep.store(false, SeqCst);
        }
        while self.asleep.load(SeqCst) {
            thread::park();
        }
    }

    /// Wakes it, if it sleeps.
    pub(crate) fn wake(&self) {
        // A load first: while it is awake, nothing is written to what all threads read.
        if self.asleep.load(SeqCst) && self.asleep.swap(false, SeqCst) {
            self.unpark();
        }
    }

    /// Ends a pause that it makes, too.
    pub(crate) fn unpark(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    #[cfg(test)]
    pub(crate) fn sleeps(&self) -> bool {
        self.asleep.load(SeqCst)
    }
}
