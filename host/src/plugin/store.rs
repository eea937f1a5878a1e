//! All plugins of the process: loaded when an API wants them, configured in groups, kept up to date.
//!
//! Everything here runs on the control thread, one change at a time. Workers only ever read a slot.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_swap::ArcSwap;
use tokio::{sync::Notify, task::JoinSet};

use super::{
    Attachment, Hook,
    cache::Digest,
    call::Account,
    directory::{self, Source},
    group::{Entry, Fail, Group, Hooks},
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
    /// Plugins whose attachments fail, until what is wrong is mended.
    pub unusable: Vec<Unusable>,
}

/// A plugin that an API cannot use: there is none, it is broken, or it refuses its configuration.
#[derive(Debug)]
pub struct Unusable {
    pub plugin: Arc<str>,
    /// Why, each at its place.
    pub problems: Vec<Problem>,
    /// Whether the operator's file is wrong, rather than the plugin's.
    pub misconfigured: bool,
    /// Whether what runs now is no better.
    pub already: bool,
}

/// An attachment of an API, and the hooks one of which its plugin needs there; any will do where there are none.
pub type Asked = (config::Attachment, &'static [Hook]);

#[derive(Default)]
struct Registry {
    known: BTreeMap<Arc<str>, Known>,
    groups: Vec<Arc<Group>>,
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

/// Groups of an API that was prepared, and what is wrong with one.
type Grouped = (Arc<Slot>, Option<Unusable>);

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

    /// Gives all long work low priority from now on.
    pub(crate) fn let_requests_go_first(&self) {
        self.workshop.compiler.step_back();
    }

    /// Configures all attachments of an API: one image for each plugin among them.
    pub async fn prepare(self: &Arc<Self>, api: &str, attachments: Vec<Asked>) -> Prepared {
        let _turn = self.turn.lock().await;
        let mut wanted: BTreeMap<Arc<str>, Wanted> = BTreeMap::new();
        let mut places = Vec::with_capacity(attachments.len());
        for (attachment, hooks) in attachments {
            let name: Arc<str> = attachment.plugin.as_str().into();
            let entry = wanted
                .entry(name.clone())
                .or_default()
                .add(&attachment, hooks);
            places.push((name, entry, attachment.fail_open));
        }
        let mut unusable = Vec::new();
        let mut slots = BTreeMap::new();
        let mut groups = JoinSet::new();
        for (name, wanted) in wanted {
            let (plugins, api) = (Arc::clone(self), api.to_owned());
            groups.spawn(async move {
                let made = plugins.group(&api, &name, wanted.entries).await;
                (name, made)
            });
        }
        let mut made = groups.join_all().await;
        made.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (name, (slot, wrong)) in made {
            unusable.extend(wrong);
            slots.insert(name, slot);
        }
        tracing::debug!(api, plugins = slots.len(), "prepared");
        let attachments = places.into_iter().map(|(name, entry, fail_open)| {
            Attachment::new(slots[&name].clone(), entry, fail_open)
        });
        Prepared {
            attachments: attachments.collect(),
            unusable,
        }
    }

    /// Every plugin that is loaded, or wanted by what runs.
    pub fn status(&self) -> Vec<PluginStatus> {
        let registry = self.registry();
        let status = |(name, known): (&Arc<str>, &Known)| {
            let groups = registry.groups.iter().map(|group| &**group);
            let groups = groups.filter(|group| group.plugin == *name && group.slot().is_some());
            let groups: Vec<_> = groups.collect();
            // What only a refused reload asked for is nobody's loss.
            let concerns = known.plugin.is_some() || !groups.is_empty();
            concerns.then(|| PluginStatus::of(name, known, &groups))
        };
        registry.known.iter().filter_map(status).collect()
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

    /// A slot for a group of entries, with an image, or with the reason why there is none.
    async fn group(&self, api: &str, name: &Arc<str>, entries: Vec<Entry>) -> Grouped {
        let policy = self.settings.load().policy(name).clone();
        let slot = Arc::new(Slot::new(name.clone(), self.bell.clone()));
        let group = Group::new(api, name.clone(), policy, entries, &slot);
        let made = match self.current(&group).await {
            Ok(plugin) => self.image(&group, &plugin).await,
            Err(fail) => Err(fail),
        };
        let unusable = match made {
            Ok(Some(shared)) => return (shared, None),
            Ok(None) => None,
            Err(fail) => {
                group.fail(&fail);
                Some(self.unusable(api, &group, fail))
            }
        };
        self.registry().groups.push(Arc::new(group));
        (slot, unusable)
    }

    /// What a deployment with this group comes to. The group itself is not one of those that run yet.
    fn unusable(&self, api: &str, group: &Group, fail: Fail) -> Unusable {
        let registry = self.registry();
        let mut running = registry.groups.iter();
        let already = |group: &Arc<Group>, name: &str| {
            group.is(api, name) && group.slot().is_some() && !group.serves()
        };
        Unusable {
            plugin: group.plugin.clone(),
            misconfigured: matches!(fail, Fail::Problems(_)),
            already: running.any(|running| already(running, &group.plugin)),
            problems: fail.into_problems(group),
        }
    }

    /// The plugin of a group, as it serves now.
    async fn current(&self, group: &Group) -> Result<Arc<Plugin>, Fail> {
        let plugin = self.plugin(&group.plugin, &group.policy).await;
        plugin.map_err(|none| match none {
            NoPlugin::Broken(reason) => Fail::Broken(reason),
            NoPlugin::Missing => Fail::Problems(vec![Problem {
                place: group.place(),
                message: format!("there is no plugin `{}`", group.plugin),
                suggestion: self.meant(&group.plugin),
            }]),
        })
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
        // Known from here on: once there is a file of its name, it is looked at.
        self.account(name, policy);
        let source = Source::find(name, directory.as_deref()).ok_or(NoPlugin::Missing)?;
        let loaded = self.load(name, &source, policy).await;
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
        let file = source.read().map_err(|error| error.to_string())?;
        let loaded = load::load(name, file, policy, &self.workshop).await;
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

    /// What was probably meant by the name of a plugin that there is not.
    fn meant(&self, name: &str) -> Option<String> {
        let settings = self.settings.load();
        let names = directory::names(settings.directory.as_deref());
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let near = config::closest(name, names.iter().copied());
        match (names.is_empty(), &settings.directory) {
            (false, _) if near.is_some() => near.map(|near| format!("did you mean `{near}`?")),
            (false, _) => Some(format!("there are `{}`", names.join("`, `"))),
            (true, Some(directory)) => Some(format!(
                "put `{name}.wasm` or `{name}.js` into `{}`",
                directory.display()
            )),
            (true, None) => Some("set `plugins` to the directory of your plugins".to_owned()),
        }
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wanted {
    /// The number of the attachment's entry.
    fn add(&mut self, attachment: &config::Attachment, hooks: Hooks) -> u32 {
        let next = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let number = *self
            .numbers
            .entry(attachment.with.to_string())
            .or_insert(next);
        if number == next {
            self.entries.push(Entry::of(attachment));
        }
        if let Some(entry) = self.entries.get_mut(number as usize) {
            entry.used(attachment.place.clone(), hooks);
        }
        number
    }
}

/// Tells of code that serves from now on.
fn told(plugin: &Plugin, source: &Source, what: &str) {
    let name = &*plugin.name;
    let path = source.path().map(|path| path.display().to_string());
    let from = path.unwrap_or_else(|| "built in".to_owned());
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
