//! What a process keeps from its start to its end.

use std::net::SocketAddr;

use crate::config::{Config, LogFormat};

/// Settings that a reload cannot change.
pub(super) struct Fixed {
    admin: Option<SocketAddr>,
    workers: usize,
    format: LogFormat,
}

impl Fixed {
    pub(super) fn of(config: &Config) -> Fixed {
        Fixed {
            admin: config.admin,
            workers: config.workers,
            format: config.log.format,
        }
    }

    /// Tells of those that the file has changed.
    pub(super) fn warn_of(&self, wanted: &Fixed) {
        let changes = [
            ("admin", self.admin != wanted.admin),
            ("workers", self.workers != wanted.workers),
            ("log.format", self.format != wanted.format),
        ];
        for (setting, _) in changes.into_iter().filter(|(_, changed)| *changed) {
            tracing::warn!(
                setting,
                "changed, but takes effect with the next start only"
            );
        }
    }
}
