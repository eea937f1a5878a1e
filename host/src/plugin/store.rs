//! All plugins of the process: the engine, the files, the images made of them.

use std::sync::Arc;

use super::{Attachment, PluginStatus};
use crate::config::{self, PluginSettings, Problem};

/// The plugins. Made once; lives as long as the process, through every reload.
#[derive(Debug)]
pub struct Plugins {}

/// What became of an API's attachments.
#[derive(Debug)]
pub struct Prepared {
    /// One for each that was asked for, in order. Broken plugins are there too, and fail when pinned.
    pub attachments: Vec<Attachment>,
    /// Mistakes in configurations, each at its place: with any of these the deployment is refused.
    pub problems: Vec<Problem>,
}

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(String);

impl Plugins {
    /// Starts the engine and reads the plugin directory.
    pub fn start(_settings: PluginSettings) -> Result<Arc<Plugins>, StartError> {
        unimplemented!()
    }

    /// Takes over what a reload changed: policies, grants, secrets, the directory.
    pub fn reload(&self, _settings: PluginSettings) {
        unimplemented!()
    }

    /// Configures all attachments of an API: one image for each plugin among them.
    pub async fn prepare(
        self: &Arc<Self>,
        _api: &str,
        _attachments: Vec<config::Attachment>,
    ) -> Prepared {
        unimplemented!()
    }

    /// Watches the directory and swaps changed plugins in; returns when `self` is the last handle.
    pub async fn watch(self: Arc<Self>) {
        unimplemented!()
    }

    /// Every plugin that is loaded or wanted.
    pub fn status(&self) -> Vec<PluginStatus> {
        unimplemented!()
    }
}
