//! Advances the engines' epochs while guests run, by which they are interrupted, and rests while none does.
//!
//! A thread of its own: a timer of a runtime would stand still with the guest that it has to interrupt. Each tick wakes
//! it, which takes some twenty microseconds of a processor. So ticks are rare while guests end before one comes, and
//! there are none where there are no guests.

use std::{
    io,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use wasmtime::EngineWeak;

use crate::sleeper::Sleeper;

/// How often the epoch advances while a guest runs for longer than this, and with it how often that is held to its
/// limits.
pub(crate) const TICK: Duration = Duration::from_millis(1);

/// How often it advances while guests end sooner: a guest that does not is noticed that late.
const LOOK: Duration = Duration::from_millis(4);

/// Looks in a row that find no guest, after which there are no more of them.
const LOOKS: u32 = 32;

static TICKER: Ticker = Ticker {
    engines: Mutex::new(Vec::new()),
    polled: AtomicBool::new(false),
    long: AtomicBool::new(false),
    rest: Sleeper::new(),
};

/// One for the process.
struct Ticker {
    engines: Mutex<Vec<EngineWeak>>,
    /// Whether a guest was polled since the last look.
    polled: AtomicBool,
    /// Whether one has run for a tick since then.
    long: AtomicBool,
    rest: Sleeper,
}

/// Has the epochs of these engines advance, for as long as they are in use.
pub(super) fn tend(engines: impl IntoIterator<Item = EngineWeak>) -> io::Result<()> {
    let mut tended = TICKER
        .engines
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if !TICKER.rest.has_thread() {
        let ticker = thread::Builder::new().name("epoch".to_owned());
        let ticker = ticker.spawn(|| TICKER.run())?;
        TICKER.rest.set(ticker.thread());
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
    TICKER.rest.wake();
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
                self.rest.sleep_unless(|| self.polled.load(SeqCst));
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
        while !TICKER.rest.sleeps() {
            thread::yield_now();
        }
        assert!(is_interrupted(&engine));
    }
}
