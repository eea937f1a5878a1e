//! An image: a plugin after `configure` has run with all its entries of an API, compiled and linked. Never changes.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use arc_swap::{ArcSwapOption, Guard};
use wasmtime::component::InstancePre;

use super::{
    Hook, Interest, call::Account, exports::Exports, pool::Pool, refresh::Wish, state::Scope,
    state::State,
};
use crate::config::Isolation;

/// Everything that a hook call needs to know of its plugin.
pub(crate) struct Image {
    /// A number for this image and as many after it as there are entries, none of them used elsewhere.
    pub(crate) number: u64,
    pub(crate) pre: InstancePre<State>,
    pub(crate) exports: Exports,
    pub(crate) scope: Arc<Scope>,
    pub(crate) account: Arc<Account>,
    pub(crate) pool: Arc<Pool>,
    pub(crate) isolation: Isolation,
    /// By entry.
    pub(crate) interests: Vec<Interests>,
    /// What to configure each fresh instance with; none where a snapshot holds what `configure` left.
    pub(crate) configure: Option<Vec<String>>,
    /// Whether calls can wait for something outside, so that only a timer ends them in time.
    pub(crate) waits: bool,
}

/// What one entry wants to see, hook by hook.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interests([Interest; Hook::ALL.len()]);

impl Interests {
    pub(crate) fn of(&self, hook: Hook) -> &Interest {
        &self.0[hook as usize]
    }

    pub(crate) fn set(&mut self, hook: Hook, interest: Interest) {
        self.0[hook as usize] = interest;
    }
}

/// Numbers for an image of so many entries.
pub(crate) fn number(entries: usize) -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(entries.max(1) as u64, Relaxed)
}

/// Where attachments find the image that stands for their plugin and its entries now.
pub(crate) struct Slot {
    pub(crate) plugin: Arc<str>,
    image: ArcSwapOption<Image>,
    /// Why there is no image, where there is none.
    broken: std::sync::Mutex<String>,
    wish: Wish,
}

impl Slot {
    /// A slot without an image yet, whose wishes for a refresh ring a bell.
    pub(crate) fn new(plugin: Arc<str>, bell: Arc<tokio::sync::Notify>) -> Slot {
        Slot {
            plugin,
            image: ArcSwapOption::empty(),
            broken: std::sync::Mutex::default(),
            wish: Wish::new(bell),
        }
    }

    /// The image as it is now.
    pub(crate) fn image(&self) -> Guard<Option<Arc<Image>>> {
        self.image.load()
    }

    /// Puts another image in place. Calls that run end on the one they began with.
    pub(crate) fn swap(&self, image: Arc<Image>) {
        self.image.store(Some(image));
    }

    /// Says why there is no image. One that was there stays.
    pub(crate) fn fail(&self, reason: String) {
        if let Ok(mut broken) = self.broken.lock() {
            *broken = reason;
        }
    }

    /// Why there is no image.
    pub(crate) fn reason(&self) -> String {
        self.broken
            .lock()
            .map_or_else(|_| String::new(), |broken| broken.clone())
    }

    /// What calls ask of those who make images.
    pub(crate) fn wish(&self) -> &Wish {
        &self.wish
    }

    /// An image that is newer than one that called itself stale. All who ask meanwhile wait for the same one; none
    /// where the last refresh was only just now, or does not succeed soon.
    pub(crate) async fn refreshed(&self, stale: &Arc<Image>) -> Option<Arc<Image>> {
        let newer = || {
            self.image
                .load_full()
                .filter(|now| !Arc::ptr_eq(now, stale))
        };
        let fulfilled = self.wish.fulfilled();
        if let Some(image) = newer() {
            return Some(image);
        }
        if self.wish.make() {
            fulfilled.await;
        }
        newer()
    }
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Slot").field(&self.plugin).finish()
    }
}
