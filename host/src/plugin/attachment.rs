//! An attachment of the running gateway: one entry of an image, callable.

use super::{Answer, Denial, Grant, Hook, Interest, Patch, PluginFailure, ReplyView, RequestView};

/// One attachment. Cheap to clone; follows its plugin through swaps and refreshes.
#[derive(Clone, Debug)]
pub struct Attachment {}

impl Attachment {
    /// The plugin's name, for logs.
    pub fn plugin(&self) -> &str {
        unimplemented!()
    }

    /// Whether the operator wants a failure of this plugin to be passed over.
    pub fn fail_open(&self) -> bool {
        unimplemented!()
    }

    /// The image as it is now, held still for a call; an error where the plugin is broken.
    pub fn pin(&self) -> Result<Pinned, PluginFailure> {
        unimplemented!()
    }
}

/// An attachment on one image: what its interest says holds for the call that follows.
#[derive(Debug)]
pub struct Pinned {}

impl Pinned {
    /// Whether the plugin exports a hook.
    pub fn has(&self, _hook: Hook) -> bool {
        unimplemented!()
    }

    /// What the attachment wants to see in a hook.
    pub fn interest(&self, _hook: Hook) -> &Interest {
        unimplemented!()
    }

    /// A number that no other image and entry of this process has: the key of cached outcomes.
    pub fn generation(&self) -> u64 {
        unimplemented!()
    }

    pub async fn authorize(&self, _request: RequestView<'_>) -> Result<Grant, Denial> {
        unimplemented!()
    }

    pub async fn filter_request(&self, _request: RequestView<'_>) -> Result<Patch, Denial> {
        unimplemented!()
    }

    pub async fn filter_response(
        &self,
        _request: RequestView<'_>,
        _reply: ReplyView<'_>,
    ) -> Result<Patch, Denial> {
        unimplemented!()
    }

    pub async fn validate(&self, _request: RequestView<'_>) -> Result<(), Denial> {
        unimplemented!()
    }

    pub async fn map_request(&self, _request: RequestView<'_>) -> Result<Patch, Denial> {
        unimplemented!()
    }

    pub async fn map_response(
        &self,
        _request: RequestView<'_>,
        _reply: ReplyView<'_>,
    ) -> Result<Patch, Denial> {
        unimplemented!()
    }

    /// Calls the `function` hook.
    pub async fn answer(&self, _request: RequestView<'_>) -> Result<Answer, Denial> {
        unimplemented!()
    }

    pub async fn observe(
        &self,
        _request: RequestView<'_>,
        _reply: ReplyView<'_>,
    ) -> Result<(), PluginFailure> {
        unimplemented!()
    }
}
