//! A running component and its store: made, configured where no snapshot holds that, reused.

use std::{
    sync::{Arc, Weak},
    time::Instant,
};

use wasmtime::Store;

use super::{
    Fault,
    exports::Guests,
    fault,
    image::Image,
    imports::VaultBuilder,
    limits::Budget,
    pool::{self, Seat},
    state::{Phase, State},
};
use crate::{
    config::{Isolation, PluginLimits},
    context::Context,
};

/// Resources that a guest may hold at once.
const MOST_HANDLES: usize = 1_000;

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
    pub(super) fn serve(&mut self, context: &Arc<Context>, limits: &PluginLimits, end: Instant) {
        self.store.set_epoch_deadline(1);
        self.store.set_hostcall_fuel(limits.returned);
        let state = self.store.data_mut();
        state.context = Some(context.clone());
        state.last_words.clear();
        state.budget = Budget::new(limits);
        state.clock.wind(limits.cpu, Some(end));
    }

    /// Bytes of its linear memories.
    pub(super) fn memory(&self) -> usize {
        self.store.data().memory.used()
    }

    /// What an error of a call means.
    pub(super) fn fault(&self, error: &wasmtime::Error) -> Fault {
        fault::classify(error, self.store.data())
    }

    /// Keeps the instance for another call, where the isolation says so.
    pub(super) fn park(mut self: Box<Self>, image: &Arc<Image>) {
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
