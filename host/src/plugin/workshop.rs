//! What every plugin is made with and runs on: one of each in the process.

use std::sync::Arc;

use super::{cache::Cache, compiler::Compiler, engine::Engines, imports::Services, pool::Pool};
use crate::config::PluginSettings;

/// Engines, compiler, cache of code, services, room for instances.
pub(crate) struct Workshop {
    pub(crate) engines: Engines,
    pub(crate) compiler: Compiler,
    pub(crate) cache: Cache,
    pub(crate) services: Arc<Services>,
    pub(crate) pool: Arc<Pool>,
}

/// Why plugins cannot run here.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the engine does not start: {0}")]
    Engine(String),
    #[error("no thread for the compiler: {0}")]
    Compiler(String),
}

impl Workshop {
    pub(crate) fn open(settings: &PluginSettings) -> Result<Arc<Workshop>, StartError> {
        let cache = cache(settings);
        let engines = Engines::start(settings.pool, cache.functions())
            .map_err(|error| StartError::Engine(format!("{error:#}")))?;
        let compiler =
            Compiler::start().map_err(|error| StartError::Compiler(error.to_string()))?;
        Ok(Arc::new(Workshop {
            pool: Pool::new(engines.pool),
            services: Services::new(settings.secrets.clone()),
            engines,
            compiler,
            cache,
        }))
    }
}

/// The cache that the settings name. Without one every start compiles, which is slow and nothing else.
fn cache(settings: &PluginSettings) -> Cache {
    let Some(directory) = &settings.cache else {
        return Cache::none();
    };
    Cache::open(directory).unwrap_or_else(|refused| {
        tracing::warn!(%refused, "compiled code is not kept");
        Cache::none()
    })
}
