//! Makes an image of what `configure` left, and looks at what it will cost.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use wasmtime::component::Component;

use super::Unconfigured;
use crate::{
    config::{Isolation, PluginPolicy},
    plugin::{
        cache::Work,
        call::Account,
        exports::Exports,
        image::{self, Image, Interests},
        imports::Vault,
        instance::Instance,
        load::Plugin,
        state::Scope,
        workshop::Workshop,
    },
};

/// Calls that an instance serves where it could not be pristine.
const FORCED_REUSE: Isolation = Isolation::Reuse { calls: 1_000 };
/// From here on, an instance for every call costs more than the rest of the request.
const DEAR: Duration = Duration::from_micros(500);
const PAGE: u64 = 64 << 10;

/// For the status page.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) isolation: Isolation,
    /// Why no snapshot holds what `configure` left, where none does.
    pub(crate) no_snapshot: Option<String>,
    /// Bytes of linear memory that an instance begins with, and of the tables that all instances share.
    pub(crate) memory: usize,
    pub(crate) table_bytes: usize,
    /// What a pristine instance costs; none where none are made.
    pub(crate) pristine: Option<Duration>,
    pub(crate) work: Work,
}

/// Everything of an image but its code.
pub(super) struct Draft<'a> {
    pub(super) plugin: &'a Plugin,
    pub(super) policy: &'a PluginPolicy,
    pub(super) account: &'a Arc<Account>,
    pub(super) workshop: &'a Workshop,
    pub(super) interests: Vec<Interests>,
    pub(super) vault: Vault,
    /// Why each fresh instance has to be configured, where it has to.
    pub(super) no_snapshot: Option<String>,
}

impl Draft<'_> {
    /// The image, and what there is to know of it. `work` is what its code has cost.
    pub(super) async fn image(
        mut self,
        component: &Component,
        entries: &[String],
        work: Work,
    ) -> Result<(Arc<Image>, Report), Unconfigured> {
        let memory = self.memory(component)?;
        let isolation = self.isolation();
        let (plugin, policy) = (self.plugin, self.policy);
        if self.no_snapshot.is_none() {
            self.vault.forget_assets();
        }
        let mut report = Report {
            isolation,
            no_snapshot: self.no_snapshot.take(),
            memory,
            table_bytes: self.vault.table_bytes(),
            pristine: None,
            work,
        };
        let configure = report.no_snapshot.is_some().then(|| entries.to_vec());
        let image = Arc::new(self.link(component, isolation, configure)?);
        if isolation == Isolation::Request {
            report.pristine = Some(pristine_cost(&image).await?);
        }
        report.tell(plugin, policy);
        Ok((image, report))
    }

    /// Bytes of memory that an instance begins with.
    fn memory(&self, component: &Component) -> Result<usize, Unconfigured> {
        let limit = self.policy.limits.memory;
        let needed = component.resources_required();
        let pages = needed
            .and_then(|needs| needs.max_initial_memory_size)
            .unwrap_or(0);
        let needed = usize::try_from(pages.saturating_mul(PAGE)).unwrap_or(usize::MAX);
        match needed > limit {
            true => Err(Unconfigured::Memory { needed, limit }),
            false => Ok(needed),
        }
    }

    fn link(
        self,
        component: &Component,
        isolation: Isolation,
        configure: Option<Vec<String>>,
    ) -> Result<Image, Unconfigured> {
        let failed = |error: wasmtime::Error| Unconfigured::Compile(format!("{error:#}"));
        let pre = self
            .workshop
            .engines
            .request
            .link(component)
            .map_err(failed)?;
        Ok(Image {
            number: image::number(self.interests.len()),
            exports: Exports::probe(&pre)
                .map_err(failed)?
                .only(&self.plugin.hooks),
            pre,
            scope: Arc::new(Scope {
                plugin: self.plugin.name.clone(),
                script: self.plugin.script.clone(),
                policy: self.policy.clone(),
                services: self.workshop.services.clone(),
                kv: OnceLock::new(),
                vault: Some(Arc::new(self.vault)),
            }),
            account: self.account.clone(),
            pool: self.workshop.pool.clone(),
            isolation,
            interests: self.interests,
            configure,
            waits: self.plugin.waits,
        })
    }

    /// What the operator chose, unless `configure` would have to fetch or read files again for every single request.
    fn isolation(&self) -> Isolation {
        let again = self.no_snapshot.is_some() && self.vault.used().any();
        match self.policy.isolation {
            Isolation::Request if again => FORCED_REUSE,
            chosen => chosen,
        }
    }
}

impl Report {
    /// Says what an operator would want to have known before.
    fn tell(&self, plugin: &Plugin, policy: &PluginPolicy) {
        let name = &*plugin.name;
        if self.isolation != policy.isolation {
            tracing::warn!(
                plugin = name,
                why = self.no_snapshot.as_deref().unwrap_or_default(),
                "no snapshot can be taken of it, and its `configure` reads from outside: instances are reused, as if \
                 `plugins.settings.{name}.isolation` were `reuse`"
            );
        }
        if let Some(cost) = self.pristine.filter(|cost| *cost > DEAR) {
            tracing::warn!(
                plugin = name,
                ?cost,
                why = self.no_snapshot.as_deref().unwrap_or_default(),
                "a pristine instance for every call is dear here; `plugins.settings.{name}.isolation: reuse` avoids it"
            );
        }
    }
}

/// What an instance costs that is made for one call: the least of a few tries, since the first ones warm things up.
async fn pristine_cost(image: &Arc<Image>) -> Result<Duration, Unconfigured> {
    let mut least = Duration::MAX;
    for _ in 0..5 {
        let begun = Instant::now();
        let end = begun + image.scope.policy.limits.wall;
        let instance = Instance::fresh(image, end)
            .await
            .map_err(Unconfigured::Failed)?;
        drop(instance);
        least = least.min(begun.elapsed());
    }
    Ok(least)
}
