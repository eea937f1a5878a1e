//! Advances the engines' epochs while guests run, by which they are interrupted, and rests while none does.
//!
//! A thread of its own: a timer of a runtime would stand still with the guest that it has to interrupt. Each tick wakes
//! it, which takes some twenty microseconds of a processor. So ticks are rare while guests end before one comes, and
//! there are none where there are no guests.

use std::{
    io,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread::{self, Thread},
    time::Duration,
};

use wasmtime::EngineWeak;

/// How often the epoch advances while a guest runs for longer than this, and with it how often that is held to its
/// limits.
pub(crate) const TICK: Duration = Duration::from_millis(1);

/// How often it advances while guests end sooner: a guest that does not is noticed that late.
const LOOK: Duration = Duration::from_millis(4);

/// Looks in a row that find no guest, after which there are no more of them.
const LOOKS: u32 = 32;

static TICKER: Ticker = Ticker {
    engines: Mutex::new(Vec::new()),
    thread: OnceLock::new(),
    polled: AtomicBool::new(false),
    long: AtomicBool::new(false),
    resting: AtomicBool::new(false),
};

/// One for the process.
struct Ticker {
    engines: Mutex<Vec<EngineWeak>>,
    thread: OnceLock<Thread>,
    /// Whether a guest was polled since the last look.
    polled: AtomicBool,
    /// Whether one has run for a tick since then.
    long: AtomicBool,
    resting: AtomicBool,
}

/// Has the epochs of these engines advance, for as long as they are in use.
pub(super) fn tend(engines: impl IntoIterator<Item = EngineWeak>) -> io::Result<()> {
    let mut tended = TICKER
        .engines
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if TICKER.thread.get().is_none() {
        let ticker = thread::Builder::new().name("epoch".to_owned());
        let ticker = ticker.spawn(|| TICKER.run())?;
        // Set once, under the lock.
        _ = TICKER.thread.set(ticker.thread().clone());
    }
    tended.extend(engines);
    Ok(())
}

/// Polls what runs a guest such that the guest meets ticks.
pub(super) async fn ticking<T>(guest: impl Future<Output = T>) -> T {
    let mut guest = std::pin::pin!(guest);
    std::future::poll_fn(|task| {
        polled();
        guest.as_mut().poll(task)
    })
    .await
}

/// A guest is about to run on this thread, until it waits, ends or meets a tick.
pub(super) fn polled() {
    // Loads first: while guests run, nothing is written to what all threads read.
    if !TICKER.polled.load(SeqCst) {
        TICKER.polled.store(true, SeqCst);
    }
    if TICKER.resting.load(SeqCst)
        && TICKER.resting.swap(false, SeqCst)
        && let Some(ticker) = TICKER.thread.get()
    {
        ticker.unpark();
    }
}

/// A guest has run for a tick and may run on.
pub(super) fn long() {
    TICKER.long.store(true, SeqCst);
}

impl Ticker {
    #[expect(
        clippy::disallowed_methods,
        reason = "the thread has nothing else to do"
    )]
    fn run(&self) {
        let mut quiet = 0;
        loop {
            thread::sleep(match self.long.swap(false, SeqCst) {
                true => TICK,
                false => LOOK,
            });
            self.advance();
            quiet = match self.polled.swap(false, SeqCst) {
                true => 0,
                false => quiet + 1,
            };
            if quiet == LOOKS {
                quiet = 0;
                self.rest();
            }
        }
    }

    fn advance(&self) {
        let mut engines = self.engines.lock().unwrap_or_else(PoisonError::into_inner);
        engines.retain(|engine| {
            let engine = engine.upgrade();
            engine.map(|engine| engine.increment_epoch()).is_some()
        });
    }

    /// Waits for a guest. One that began to run between the last look and the flag does not see the flag.
    fn rest(&self) {
        self.resting.store(true, SeqCst);
        if self.polled.load(SeqCst) {
            self.resting.store(false, SeqCst);
        }
        while self.resting.load(SeqCst) {
            thread::park();
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use wasmtime::{Config, Engine, Instance, Module, Store};

    use super::*;

    /// Loops until it is interrupted.
    const ENDLESS: &str = r#"(module (func (export "run") (loop br 0)))"#;

    fn is_interrupted(engine: &Engine) -> bool {
        let mut store = Store::new(engine, ());
        store.set_epoch_deadline(1);
        let wasm = wat::parse_str(ENDLESS).unwrap();
        let module = Module::new(engine, wasm).unwrap();
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let run = instance
            .get_typed_func::<(), ()>(&mut store, "run")
            .unwrap();
        polled();
        let ended = run.call(&mut store, ()).unwrap_err();
        ended.downcast_ref() == Some(&wasmtime::Trap::Interrupt)
    }

    #[test]
    fn guests_are_interrupted_also_after_a_rest() {
        let engine = Engine::new(Config::new().epoch_interruption(true)).unwrap();
        tend([engine.weak()]).unwrap();
        assert!(is_interrupted(&engine));
        while !TICKER.resting.load(SeqCst) {
            thread::yield_now();
        }
        assert!(is_interrupted(&engine));
    }
}
