//! An attachment of the running gateway: one entry of an image, callable.

use std::sync::Arc;

use arc_swap::Guard;

use super::{
    Answer, Denial, Fault, Grant, Hook, Interest, Patch, PluginFailure, Refusal, ReplyView,
    RequestView,
    call::{self, End},
    hooks::{self, Function, Target},
    image::{Image, Slot},
};

/// One attachment. Cheap to clone; follows its plugin through swaps and refreshes.
#[derive(Clone, Debug)]
pub struct Attachment {
    slot: Arc<Slot>,
    entry: u32,
    fail_open: bool,
}

impl Attachment {
    pub(crate) fn new(slot: Arc<Slot>, entry: u32, fail_open: bool) -> Attachment {
        Attachment {
            slot,
            entry,
            fail_open,
        }
    }

    /// The plugin's name, for logs.
    pub fn plugin(&self) -> &str {
        &self.slot.plugin
    }

    /// Whether the operator wants a failure of this plugin to be passed over.
    pub fn fail_open(&self) -> bool {
        self.fail_open
    }

    /// The image as it is now, held still for a call; an error where the plugin is broken.
    pub fn pin(&self) -> Result<Pinned<'_>, PluginFailure> {
        let image = self.slot.image();
        match image.is_some() {
            true => Ok(Pinned {
                attachment: self,
                image,
            }),
            false => Err(self.failure(Fault::Broken(self.slot.reason()))),
        }
    }

    fn failure(&self, fault: Fault) -> PluginFailure {
        PluginFailure {
            plugin: self.slot.plugin.clone(),
            fault,
        }
    }
}

/// An attachment on one image: what its interest says holds for the call that follows.
pub struct Pinned<'a> {
    attachment: &'a Attachment,
    /// Always there: `pin` has looked.
    image: Guard<Option<Arc<Image>>>,
}

impl Pinned<'_> {
    /// Whether the plugin exports a hook.
    pub fn has(&self, hook: Hook) -> bool {
        self.image().exports.has(hook)
    }

    /// What the attachment wants to see in a hook.
    pub fn interest(&self, hook: Hook) -> &Interest {
        self.target().interest(hook)
    }

    /// A number that no other image and entry of this process has: the key of cached outcomes.
    pub fn generation(&self) -> u64 {
        self.image().number + u64::from(self.attachment.entry)
    }

    pub async fn authorize(&self, request: RequestView<'_>) -> Result<Grant, Denial> {
        self.run::<hooks::Authorize>(request, None).await
    }

    pub async fn filter_request(&self, request: RequestView<'_>) -> Result<Patch, Denial> {
        self.run::<hooks::FilterRequest>(request, None).await
    }

    pub async fn filter_response(
        &self,
        request: RequestView<'_>,
        reply: ReplyView<'_>,
    ) -> Result<Patch, Denial> {
        self.run::<hooks::FilterResponse>(request, Some(reply))
            .await
    }

    pub async fn validate(&self, request: RequestView<'_>) -> Result<(), Denial> {
        self.run::<hooks::Validate>(request, None).await
    }

    pub async fn map_request(&self, request: RequestView<'_>) -> Result<Patch, Denial> {
        self.run::<hooks::MapRequest>(request, None).await
    }

    pub async fn map_response(
        &self,
        request: RequestView<'_>,
        reply: ReplyView<'_>,
    ) -> Result<Patch, Denial> {
        self.run::<hooks::MapResponse>(request, Some(reply)).await
    }

    /// Calls the `function` hook.
    pub async fn answer(&self, request: RequestView<'_>) -> Result<Answer, Denial> {
        self.run::<hooks::Handle>(request, None).await
    }

    pub async fn observe(
        &self,
        request: RequestView<'_>,
        reply: ReplyView<'_>,
    ) -> Result<(), PluginFailure> {
        let observed = call::run::<hooks::Observe>(self.target(), request, Some(reply)).await;
        match observed {
            // An observer has no way to refuse; a field that it cannot be shown is only left out of what it learns.
            Ok(()) | Err(End::Refused(_) | End::Stale(_)) => Ok(()),
            Err(End::Failed(fault)) => Err(self.attachment.failure(fault)),
        }
    }

    /// Calls a hook; where the plugin calls itself stale, once more after a refresh.
    async fn run<F: Function>(
        &self,
        request: RequestView<'_>,
        reply: Option<ReplyView<'_>>,
    ) -> Result<F::Checked, Denial> {
        let end = match call::run::<F>(self.target(), request, reply).await {
            Err(End::Stale(refusal)) => {
                Box::pin(self.run_fresh::<F>(request, reply, refusal)).await
            }
            end => end,
        };
        end.map_err(|end| match end {
            End::Refused(refusal) | End::Stale(refusal) => Denial::Refused(refusal),
            End::Failed(fault) => Denial::Failed(self.attachment.failure(fault)),
        })
    }

    async fn run_fresh<F: Function>(
        &self,
        request: RequestView<'_>,
        reply: Option<ReplyView<'_>>,
        refusal: Box<Refusal>,
    ) -> Result<F::Checked, End> {
        let fresh = self.attachment.slot.refreshed(self.image()).await;
        let Some(image) = &fresh else {
            return Err(End::Stale(refusal));
        };
        let on = Target {
            image,
            ..self.target()
        };
        call::run::<F>(on, request, reply).await
    }

    fn target(&self) -> Target<'_> {
        Target {
            image: self.image(),
            entry: self.attachment.entry,
        }
    }

    fn image(&self) -> &Arc<Image> {
        self.image.as_ref().expect("`pin` has looked")
    }
}
