//! Runs one hook call: in a sandbox of its own, within every limit, counted.
//!
//! breaker → a turn of the plugin's → an instance → the guest → its result, read and checked. Whatever fails on the way
//! ends this call only, and takes the instance with it.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, Weak},
    time::Instant,
};

use wasmtime::Store;

use super::{
    Fault, Hook, Refusal,
    breaker::Breaker,
    exports::Guests,
    fault,
    image::Image,
    imports::VaultBuilder,
    meter::Meter,
    pool::{self, Gate, Seat},
    state::{Phase, State},
    stats::{Outcome, Stats},
};
use crate::{
    config::{Isolation, PluginLimits},
    context::Context,
};

/// Resources that a guest may hold at once.
const MOST_HANDLES: usize = 1_000;

/// What is known of a plugin across all its images and attachments: who is inside, how its calls went.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) plugin: Arc<str>,
    pub(crate) gate: Gate,
    pub(crate) breaker: Breaker,
    pub(crate) stats: Stats,
}

impl Account {
    pub(crate) fn new(plugin: Arc<str>, concurrent: usize) -> Arc<Account> {
        Arc::new(Account {
            plugin,
            gate: Gate::new(concurrent),
            breaker: Breaker::new(),
            stats: Stats::default(),
        })
    }
}

/// How a call ended that gave no result.
#[derive(Debug)]
pub(super) enum End {
    Refused(Box<Refusal>),
    /// The plugin wants `configure` to run again. The refusal is for when that does not help.
    Stale(Box<Refusal>),
    Failed(Fault),
}

impl From<Box<Refusal>> for End {
    fn from(refusal: Box<Refusal>) -> End {
        End::Refused(refusal)
    }
}

impl From<Fault> for End {
    fn from(fault: Fault) -> End {
        End::Failed(fault)
    }
}

/// Calls a hook of an image: `call` calls the guest, `read` checks what it gave.
pub(super) async fn run<T, R>(
    image: &Arc<Image>,
    hook: Hook,
    context: &Arc<Context>,
    call: impl AsyncFnOnce(&mut Instance) -> wasmtime::Result<T>,
    read: impl FnOnce(T) -> Result<R, End>,
) -> Result<R, End> {
    let mut tally = Tally::begin(&image.account, hook);
    let mut meter = Meter::new(tally.begun);
    let result = {
        let mut attempt = pin!(attempt(image, context, call, read, &mut tally));
        poll_fn(|context| meter.poll(attempt.as_mut(), context)).await
    };
    tally.end(&result);
    result
}

async fn attempt<T, R>(
    image: &Arc<Image>,
    context: &Arc<Context>,
    call: impl AsyncFnOnce(&mut Instance) -> wasmtime::Result<T>,
    read: impl FnOnce(T) -> Result<R, End>,
    tally: &mut Tally<'_>,
) -> Result<R, End> {
    let account = &*image.account;
    let limits = &image.scope.policy.limits;
    account
        .breaker
        .check()
        .map_err(|open| Fault::BreakerOpen(open.failures))?;
    let _turn = account
        .gate
        .enter(limits.wall)
        .await
        .map_err(|full| Fault::Busy(full.limit))?;
    let end = tally.begun + limits.wall;
    let idle = match image.isolation {
        Isolation::Request => None,
        Isolation::Reuse { .. } => pool::take(image),
    };
    let mut instance = match idle {
        Some(instance) => instance,
        None => Instance::fresh(image, end).await?,
    };
    instance.serve(context, limits, end);
    let raw = instance.within(limits, image.waits, call).await;
    tally.memory = instance.store.data().memory.used();
    let result = read(raw?);
    if !matches!(result, Err(End::Failed(_))) {
        instance.park(image);
    }
    result
}

/// A running component and its store.
pub(super) struct Instance {
    // The order matters: the store goes before the seat.
    pub(super) store: Store<State>,
    pub(super) guests: Guests,
    /// Calls until it is replaced by a fresh one.
    calls: u32,
    pub(super) image: Weak<Image>,
    _seat: Seat,
}

impl Instance {
    /// A fresh instance, as `configure` left it, ready in time for the call that has to end then.
    pub(super) async fn fresh(image: &Arc<Image>, end: Instant) -> Result<Box<Instance>, Fault> {
        let make = Instance::make(image, end);
        match image.waits {
            true => tokio::time::timeout_at(end.into(), make)
                .await
                .map_err(|_| Fault::TimedOut(image.scope.policy.limits.wall))?,
            false => make.await,
        }
    }

    async fn make(image: &Arc<Image>, end: Instant) -> Result<Box<Instance>, Fault> {
        let limits = &image.scope.policy.limits;
        let full = |full: pool::Full| Fault::Busy(full.limit);
        let seat = image.pool.seat(end).await.map_err(full)?;
        let mut store = store(
            image.pre.engine(),
            State::new(image.scope.clone(), Phase::Serving),
        );
        let cpu = match image.configure {
            Some(_) => limits.configure,
            None => limits.cpu,
        };
        store.data_mut().clock.wind(cpu, Some(end));
        let guests = match image.pre.instantiate_async(&mut store).await {
            Ok(component) => Guests::new(component),
            Err(error) => return Err(fault::classify(&error, store.data())),
        };
        let mut instance = Box::new(Instance {
            store,
            guests,
            calls: lifetime(image.isolation),
            image: Arc::downgrade(image),
            _seat: seat,
        });
        if let Some(entries) = &image.configure {
            instance.configure(image, entries).await?;
        }
        Ok(instance)
    }

    /// Runs `configure`, where no snapshot holds what it left.
    async fn configure(&mut self, image: &Image, entries: &[String]) -> Result<(), Fault> {
        let Instance { store, guests, .. } = self;
        let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
        if let Some(vault) = image.scope.vault.clone() {
            store.data_mut().phase = Phase::Configuring(Box::new(VaultBuilder::again(vault)));
        }
        store.set_hostcall_fuel(image.scope.policy.limits.returned);
        let configured = async {
            let guest = guests.setup(&image.exports, store)?;
            guest.call_configure(&mut *store, &entries).await
        };
        match configured.await {
            Ok(Ok(_interests)) => {
                store.data_mut().phase = Phase::Serving;
                Ok(())
            }
            Ok(Err(_problems)) => Err(Fault::Contract(
                "`configure` refused entries that it had accepted before".into(),
            )),
            Err(error) => Err(fault::classify(&error, store.data())),
        }
    }

    /// Takes up a call.
    fn serve(&mut self, context: &Arc<Context>, limits: &PluginLimits, end: Instant) {
        self.store.set_epoch_deadline(1);
        self.store.set_hostcall_fuel(limits.returned);
        let state = self.store.data_mut();
        state.context = Some(context.clone());
        state.last_words.clear();
        state.budget = super::limits::Budget::new(limits);
        state.clock.wind(limits.cpu, Some(end));
    }

    /// Lets the guest run, within its limits.
    async fn within<T>(
        &mut self,
        limits: &PluginLimits,
        waits: bool,
        call: impl AsyncFnOnce(&mut Instance) -> wasmtime::Result<T>,
    ) -> Result<T, Fault> {
        let end = self.store.data().clock.end();
        let result = match end {
            // A timer costs more than a short call: only those get one that can wait on the host. The clock ends others.
            Some(end) if waits => {
                let call = tokio::time::timeout_at(end.into(), call(self));
                call.await.map_err(|_| Fault::TimedOut(limits.wall))?
            }
            _ => call(self).await,
        };
        result.map_err(|error| fault::classify(&error, self.store.data()))
    }

    /// Keeps the instance for another call, where the isolation says so.
    fn park(mut self: Box<Self>, image: &Arc<Image>) {
        self.calls -= 1;
        if self.calls > 0 {
            self.store.data_mut().context = None;
            pool::park(self, image.pool.idle());
        }
    }
}

/// A store with every limit on it. Its clock stands still until it is wound.
pub(crate) fn store(engine: &wasmtime::Engine, state: State) -> Store<State> {
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.memory);
    store.epoch_deadline_callback(|mut store| Ok(store.data_mut().clock.tick()));
    store.set_epoch_deadline(1);
    store.set_max_component_handles(MOST_HANDLES);
    store
}

/// How many calls an instance serves. Random, so that no plugin comes to depend on what it finds in its memory.
fn lifetime(isolation: Isolation) -> u32 {
    match isolation {
        Isolation::Request => 1,
        Isolation::Reuse { calls } => fastrand::u32(calls.div_ceil(2).max(1)..=calls.max(1)),
    }
}

/// Counts one call, even one that is dropped halfway because its client has gone.
struct Tally<'a> {
    account: &'a Account,
    hook: Hook,
    begun: Instant,
    outcome: Outcome,
    memory: usize,
}

impl Tally<'_> {
    fn begin(account: &Account, hook: Hook) -> Tally<'_> {
        Tally {
            account,
            hook,
            begun: Instant::now(),
            outcome: Outcome::Cancelled,
            memory: 0,
        }
    }

    fn end<R>(mut self, result: &Result<R, End>) {
        self.outcome = match result {
            Ok(_) => Outcome::Done,
            Err(End::Refused(_)) => Outcome::Refused,
            Err(End::Stale(_)) => Outcome::Stale,
            Err(End::Failed(fault)) => Outcome::from(fault),
        };
    }

    /// Tells the breaker. What the plugin had no part in does not count.
    fn judge(&self) {
        let breaker = &self.account.breaker;
        match self.outcome {
            Outcome::Done | Outcome::Refused | Outcome::Stale | Outcome::Reported => {
                if breaker.succeeded() {
                    tracing::info!(plugin = &*self.account.plugin, "works again: switched on");
                }
            }
            Outcome::Cancelled | Outcome::Broken | Outcome::Busy | Outcome::BreakerOpen => {}
            Outcome::Trapped
            | Outcome::CpuExceeded
            | Outcome::TimedOut
            | Outcome::MemoryExceeded
            | Outcome::ReturnedTooMuch
            | Outcome::Contract => {
                if breaker.failed() {
                    tracing::warn!(
                        plugin = &*self.account.plugin,
                        "keeps failing: switched off for a while"
                    );
                }
            }
        }
    }
}

impl Drop for Tally<'_> {
    fn drop(&mut self) {
        self.judge();
        let stats = &self.account.stats;
        stats.record(self.hook, self.outcome, self.begun.elapsed(), self.memory);
    }
}

#[cfg(test)]
mod tests;
