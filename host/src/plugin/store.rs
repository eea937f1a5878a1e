//! All plugins of the process: loaded when an API wants them, configured in groups, kept up to date.
//!
//! Everything here runs on the control thread, one change at a time. Workers only ever read a slot.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_swap::ArcSwap;
use tokio::sync::Notify;

use super::{
    Attachment,
    cache::Digest,
    call::Account,
    directory::{self, Source},
    group::{Entry, Fail, Group},
    image::Slot,
    imports::Family,
    load::{self, Plugin},
    status::{EngineStatus, PluginStatus},
    workshop::{StartError, Workshop},
};
use crate::config::{self, PluginPolicy, PluginSettings, Problem};

mod known;
mod watch;

pub(super) use known::Known;

/// The plugins. Made once; lives as long as the process, through every reload.
pub struct Plugins {
    pub(super) workshop: Arc<Workshop>,
    settings: ArcSwap<PluginSettings>,
    registry: Mutex<Registry>,
    /// Held by whoever changes something: a deployment, a swap, a refresh.
    turn: tokio::sync::Mutex<()>,
    /// Rung when something may have to be changed.
    bell: Arc<Notify>,
}

/// What became of an API's attachments.
#[derive(Debug)]
pub struct Prepared {
    /// One for each that was asked for, in order. Broken plugins are there too, and fail when pinned.
    pub attachments: Vec<Attachment>,
    /// Mistakes in configurations, each at its place: with any of these the deployment is refused.
    pub problems: Vec<Problem>,
}

#[derive(Default)]
struct Registry {
    known: BTreeMap<Arc<str>, Known>,
    groups: Vec<Arc<Group>>,
    /// Which API has had an image of which plugin.
    served: BTreeSet<(String, Arc<str>)>,
}

/// The entries of one plugin in a deployment.
#[derive(Default)]
struct Wanted {
    entries: Vec<Entry>,
    /// Equal configurations are one entry.
    numbers: HashMap<String, u32>,
}

/// Why a plugin cannot be had.
enum NoPlugin {
    Missing,
    Broken(String),
}

impl Plugins {
    /// Starts the engine. Plugins are loaded when an API wants them.
    pub fn start(settings: PluginSettings) -> Result<Arc<Plugins>, StartError> {
        Ok(Arc::new(Plugins {
            workshop: Workshop::open(&settings)?,
            settings: ArcSwap::from_pointee(settings),
            registry: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            bell: Arc::default(),
        }))
    }

    /// Takes over what a reload changed: policies, grants, secrets, the directory. What runs keeps what it was prepared
    /// with; the next [`prepare`](Plugins::prepare) goes by the new settings.
    pub fn reload(&self, settings: PluginSettings) {
        self.workshop.services.reload(settings.secrets.clone());
        for (name, known) in &self.registry().known {
            let limits = &settings.policy(name).limits;
            known.account.gate.resize(limits.concurrent);
        }
        self.settings.store(Arc::new(settings));
        self.bell.notify_one();
    }

    /// Configures all attachments of an API: one image for each plugin among them.
    pub async fn prepare(
        self: &Arc<Self>,
        api: &str,
        attachments: Vec<config::Attachment>,
    ) -> Prepared {
        let _turn = self.turn.lock().await;
        let mut wanted: BTreeMap<Arc<str>, Wanted> = BTreeMap::new();
        let mut places = Vec::with_capacity(attachments.len());
        for attachment in attachments {
            let name: Arc<str> = attachment.plugin.as_str().into();
            let fail_open = attachment.fail_open;
            let entry = wanted.entry(name.clone()).or_default().add(attachment);
            places.push((name, entry, fail_open));
        }
        let mut problems = Vec::new();
        let mut slots = BTreeMap::new();
        for (name, wanted) in wanted {
            let slot = self.group(api, &name, wanted.entries).await;
            let slot = slot.unwrap_or_else(|mistakes| {
                problems.extend(mistakes);
                Arc::new(Slot::new(
                    name.clone(),
                    Err("its configuration is wrong".into()),
                ))
            });
            slots.insert(name, slot);
        }
        tracing::debug!(api, plugins = slots.len(), "prepared");
        let attachments = places.into_iter().map(|(name, entry, fail_open)| {
            Attachment::new(slots[&name].clone(), entry, fail_open)
        });
        Prepared {
            attachments: attachments.collect(),
            problems,
        }
    }

    /// Every plugin that is loaded or wanted.
    pub fn status(&self) -> Vec<PluginStatus> {
        let registry = self.registry();
        let status = |(name, known): (&Arc<str>, &Known)| {
            let groups = registry.groups.iter().map(|group| &**group);
            let groups = groups.filter(|group| group.plugin == *name && group.slot().is_some());
            PluginStatus::of(name, known, &groups.collect::<Vec<_>>())
        };
        registry.known.iter().map(status).collect()
    }

    /// The engine's own figures.
    pub fn engine(&self) -> EngineStatus {
        EngineStatus::of(&self.workshop)
    }

    /// The metrics that plugins count themselves.
    pub(crate) fn families(&self) -> Vec<Family> {
        self.workshop.services.metrics()
    }

    /// Log lines that went over the budget of a call, by plugin.
    pub(crate) fn dropped_lines(&self) -> Vec<(Arc<str>, u64)> {
        self.workshop.services.dropped_lines()
    }

    /// A slot for a group of entries, with an image or with the reason why there is none. An error where the entries
    /// are wrong.
    async fn group(
        &self,
        api: &str,
        name: &Arc<str>,
        entries: Vec<Entry>,
    ) -> Result<Arc<Slot>, Vec<Problem>> {
        let policy = self.settings.load().policy(name).clone();
        let slot = Slot::refreshable(name.clone(), Err(String::new()), self.bell.clone());
        let slot = Arc::new(slot);
        let here = entries.first().map(|entry| entry.place().clone());
        let group = Group::new(api, name.clone(), policy.clone(), entries, &slot);
        let refuse = |message: String, suggestion: Option<String>| {
            vec![Problem {
                place: here.clone(),
                message,
                suggestion,
            }]
        };
        let made = match self.plugin(name, &policy).await {
            Ok(plugin) => self.image(&group, &plugin).await,
            Err(NoPlugin::Missing) => {
                return Err(refuse(
                    format!("there is no plugin `{name}`"),
                    self.meant(name),
                ));
            }
            Err(NoPlugin::Broken(reason)) => Err(Fail::Broken(reason)),
        };
        match made {
            Ok(shared) => {
                let mut registry = self.registry();
                registry.served.insert((api.to_owned(), name.clone()));
                if let Some(shared) = shared {
                    return Ok(shared);
                }
            }
            Err(Fail::Problems(problems)) => return Err(problems),
            Err(fail) if self.serves(api, name) => {
                // What serves now is better than what the new deployment would be.
                return Err(refuse(format!("plugin `{name}`: {fail}"), None));
            }
            Err(fail) => {
                tracing::error!(plugin = &**name, reason = %fail, "not usable: its routes answer 503");
                group.fail(&fail);
            }
        }
        self.registry().groups.push(Arc::new(group));
        Ok(slot)
    }

    /// Makes a group's image and puts it in place; or finds another group's slot that has the same already.
    async fn image(&self, group: &Group, plugin: &Arc<Plugin>) -> Result<Option<Arc<Slot>>, Fail> {
        let secrets = self.settings.load().secrets.clone();
        let checked = group.check(plugin, &secrets).map_err(Fail::Problems)?;
        if let Some(slot) = self.shared(&checked.made_of) {
            return Ok(Some(slot));
        }
        let account = self.account(&group.plugin, &group.policy);
        let configured = group
            .configure(plugin, checked, &account, &self.workshop)
            .await;
        group.swap(configured?);
        Ok(None)
    }

    /// The slot of a group whose image was made of the same.
    fn shared(&self, made_of: &Digest) -> Option<Arc<Slot>> {
        let mut registry = self.registry();
        registry.groups.retain(|group| group.slot().is_some());
        let same = registry
            .groups
            .iter()
            .find(|group| group.is_made_of(made_of))?;
        same.slot().filter(|slot| slot.image().is_some())
    }

    /// The plugin that serves under a name; loaded now where none does yet.
    async fn plugin(
        &self,
        name: &Arc<str>,
        policy: &PluginPolicy,
    ) -> Result<Arc<Plugin>, NoPlugin> {
        let loaded = self
            .registry()
            .known
            .get(name)
            .and_then(|known| known.plugin.clone());
        if let Some(plugin) = loaded {
            return Ok(plugin);
        }
        let directory = self.settings.load().directory.clone();
        let source = Source::find(name, directory.as_deref()).ok_or(NoPlugin::Missing)?;
        let loaded = self.load(name, &source, policy).await;
        self.account(name, policy);
        let mut registry = self.registry();
        let Some(known) = registry.known.get_mut(name) else {
            return Err(NoPlugin::Missing);
        };
        match loaded {
            Ok(plugin) => {
                told(&plugin, &source, "loaded");
                known.source = Some(source);
                known.serve(plugin.clone());
                Ok(plugin)
            }
            Err(reason) => {
                known.source = Some(source);
                known.fail(reason.clone());
                Err(NoPlugin::Broken(reason))
            }
        }
    }

    async fn load(
        &self,
        name: &Arc<str>,
        source: &Source,
        policy: &PluginPolicy,
    ) -> Result<Arc<Plugin>, String> {
        let bytes = source.read().map_err(|error| error.to_string())?;
        let loaded = load::load(name, bytes, policy, &self.workshop).await;
        let plugin = loaded.map_err(|error| error.to_string())?;
        Ok(Arc::new(plugin))
    }

    /// The counts of a plugin, which go on through all its images.
    fn account(&self, name: &Arc<str>, policy: &PluginPolicy) -> Arc<Account> {
        let mut registry = self.registry();
        let known = registry.known.entry(name.clone());
        let known = known.or_insert_with(|| Known::new(name.clone(), policy));
        known.account.clone()
    }

    /// Whether an API is served by a plugin already, and would lose that.
    fn serves(&self, api: &str, name: &Arc<str>) -> bool {
        let registry = self.registry();
        let mut groups = registry.groups.iter().filter(|group| group.plugin == *name);
        let had_one = registry.served.contains(&(api.to_owned(), name.clone()));
        had_one && groups.any(|group| group.serves())
    }

    /// What was probably meant by the name of a plugin that there is not.
    fn meant(&self, name: &str) -> Option<String> {
        let settings = self.settings.load();
        let names = directory::names(settings.directory.as_deref());
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let near = config::closest(name, names.iter().copied());
        match (names.is_empty(), &settings.directory) {
            (false, _) if near.is_some() => near.map(|near| format!("did you mean `{near}`?")),
            (false, _) => Some(format!("there are `{}`", names.join("`, `"))),
            (true, Some(directory)) => {
                Some(format!("put `{name}.wasm` into `{}`", directory.display()))
            }
            (true, None) => Some("set `plugins` to the directory of your plugins".to_owned()),
        }
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wanted {
    /// The number of the attachment's entry.
    fn add(&mut self, attachment: config::Attachment) -> u32 {
        let next = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let number = *self
            .numbers
            .entry(attachment.with.to_string())
            .or_insert(next);
        if number == next {
            self.entries.push(Entry::of(attachment));
        }
        number
    }
}

/// Tells of code that serves from now on.
fn told(plugin: &Plugin, source: &Source, what: &str) {
    let name = &*plugin.name;
    let from = match source {
        Source::File(path, _) => path.display().to_string(),
        Source::BuiltIn(_) => "built in".to_owned(),
    };
    let version = &*plugin.description.version;
    tracing::info!(plugin = name, version, from, sha256 = %plugin.digest, "{what}");
    if source.is_file() && directory::built_in(name).is_some() {
        tracing::info!(
            plugin = name,
            "the file takes the place of the built-in plugin"
        );
    }
}

impl std::fmt::Debug for Plugins {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let registry = self.registry();
        formatter
            .debug_set()
            .entries(registry.known.keys())
            .finish()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests;
