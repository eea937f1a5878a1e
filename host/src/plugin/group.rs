//! A group: all attachments of an API to one plugin. They are configured together, and share one image.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Instant,
};

use wasmtime::component::Component;

use super::{
    cache::{Digest, Work},
    call::Account,
    configure::{
        self, Configured, Entries, Mistake, Report, Unconfigured,
        entry::{Asset, FileState},
    },
    image::Slot,
    load::Plugin,
    refresh::Schedule,
    status::{ImageStatus, ProblemStatus},
    workshop::Workshop,
};
use crate::config::{self, PluginPolicy, Problem};

mod entry;

/// Mistakes that stand in one line of a log.
const TOLD: usize = 3;

pub(crate) use entry::{Entry, Hooks};

/// The attachments, and what has become of them.
pub(crate) struct Group {
    api: String,
    pub(crate) plugin: Arc<str>,
    pub(crate) policy: PluginPolicy,
    /// Never none.
    entries: Vec<Entry>,
    /// Where the attachments look. The group goes when they are gone.
    slot: Weak<Slot>,
    state: Mutex<GroupState>,
}

/// What changes over a group's life.
#[derive(Default)]
struct GroupState {
    /// What the image was made of.
    made_of: Option<Digest>,
    code: Option<(Digest, Component)>,
    report: Option<Report>,
    work: Work,
    schedule: Schedule,
    assets: Vec<(PathBuf, Option<FileState>)>,
    refreshes: u64,
    /// Why the last attempt failed, where it did.
    failed: Option<Fail>,
    failures: u64,
}

/// Entries that were read and hold what the plugin's schema asks for.
pub(crate) struct Checked {
    entries: Entries,
    assets: Vec<(PathBuf, Option<FileState>)>,
    /// Of plugin, entries, files and settings: equal ones share an image.
    pub(crate) made_of: Digest,
}

/// An image that is ready to be put in place.
pub(crate) struct Ready {
    configured: Configured,
    checked: Checked,
}

/// Why a group has no new image.
#[derive(Clone, Debug)]
pub(crate) enum Fail {
    /// Its entries are wrong, or ask for a plugin that there is not.
    Problems(Vec<Problem>),
    /// The plugin is.
    Broken(String),
}

impl Group {
    pub(crate) fn new(
        api: &str,
        plugin: Arc<str>,
        policy: PluginPolicy,
        entries: Vec<Entry>,
        slot: &Arc<Slot>,
    ) -> Group {
        Group {
            api: api.to_owned(),
            plugin,
            policy,
            entries,
            slot: Arc::downgrade(slot),
            state: Mutex::default(),
        }
    }

    /// Whether it stands for a plugin in an API.
    pub(crate) fn is(&self, api: &str, plugin: &str) -> bool {
        self.api == api && &*self.plugin == plugin
    }

    /// Where the operator attached the plugin first.
    pub(crate) fn place(&self) -> Option<config::Place> {
        self.entries.first().map(|entry| entry.place().clone())
    }

    /// Where its attachments look; none once they are gone.
    pub(crate) fn slot(&self) -> Option<Arc<Slot>> {
        self.slot.upgrade()
    }

    /// Whether there is an image to serve from.
    pub(crate) fn serves(&self) -> bool {
        self.slot().is_some_and(|slot| slot.image().is_some())
    }

    /// Reads the entries' files and holds the entries against the plugin's hooks and schema. Every mistake is told.
    pub(crate) fn check(
        &self,
        plugin: &Plugin,
        secrets: &config::Secrets,
    ) -> Result<Checked, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut texts = Vec::with_capacity(self.entries.len());
        let (mut assets, mut absent) = (Vec::new(), Vec::new());
        for entry in &self.entries {
            problems.extend(entry.misplaced(plugin));
            match entry.resolve(plugin, &mut assets, &mut absent) {
                Ok(text) => texts.push(text),
                Err(mistakes) => problems.extend(mistakes),
            }
        }
        match problems.is_empty() {
            true => Ok(self.checked(texts, assets, plugin, secrets)),
            false => {
                // One of them may mend it.
                let read = assets.into_iter().map(|asset| asset.path);
                let paths = read.chain(absent).map(|path| (path, None));
                self.state().assets = paths.collect();
                Err(problems)
            }
        }
    }

    fn checked(
        &self,
        texts: Vec<String>,
        assets: Vec<Asset>,
        plugin: &Plugin,
        secrets: &config::Secrets,
    ) -> Checked {
        let policy = format!("{:?}", self.policy);
        let granted = self.policy.grants.secrets.iter();
        let secrets: Vec<_> = granted.filter_map(|name| secrets.0.get(name)).collect();
        let mut parts = vec![
            plugin.name.as_bytes(),
            plugin.digest.bytes(),
            policy.as_bytes(),
        ];
        parts.extend(texts.iter().map(String::as_bytes));
        parts.extend(assets.iter().map(|asset| &*asset.bytes));
        parts.extend(secrets.iter().map(|value| value.as_bytes()));
        let made_of = Digest::of_all(parts);
        let states = assets.iter();
        Checked {
            made_of,
            assets: states
                .map(|asset| (asset.path.clone(), Some(asset.state)))
                .collect(),
            entries: Entries {
                texts,
                assets: assets.into_iter().map(|asset| asset.bytes).collect(),
                secret: self.entries.iter().any(|entry| entry.place().is_expanded()),
            },
        }
    }

    /// Makes an image; puts nothing in place.
    pub(crate) async fn configure(
        &self,
        plugin: &Arc<Plugin>,
        checked: Checked,
        account: &Arc<Account>,
        workshop: &Arc<Workshop>,
    ) -> Result<Ready, Fail> {
        let before = self.state().code.clone();
        let configured = configure::configure(
            plugin,
            &checked.entries,
            &self.policy,
            account,
            before,
            workshop,
        );
        match configured.await {
            Ok(configured) => Ok(Ready {
                configured,
                checked,
            }),
            Err(Unconfigured::Refused(mistakes)) => Err(Fail::Problems(self.problems(mistakes))),
            Err(broken) => Err(Fail::Broken(broken.to_string())),
        }
    }

    /// Puts an image in place.
    pub(crate) fn swap(&self, ready: Ready) {
        let Ready {
            configured,
            checked,
        } = ready;
        let component = configured.image.pre.component().clone();
        let mut state = self.state();
        state.made_of = Some(checked.made_of);
        state.assets = checked.assets;
        state.code = Some((configured.code, component));
        state.work = state.work.and(configured.report.work);
        state.report = Some(configured.report);
        state.schedule = Schedule::after_success(configured.refresh, Instant::now());
        state.failed = None;
        drop(state);
        if let Some(slot) = self.slot() {
            slot.swap(configured.image);
        }
    }

    /// Notes why there is no new image. The old one, if any, stays.
    pub(crate) fn fail(&self, fail: &Fail) {
        let mut state = self.state();
        state.schedule = state.schedule.after_failure(Instant::now());
        state.failures += 1;
        // A file that is wrong is not looked at again before it changes.
        for (path, seen) in &mut state.assets {
            *seen = FileState::of(path);
        }
        state.failed = Some(fail.clone());
        drop(state);
        if let Some(slot) = self.slot() {
            slot.fail(fail.to_string());
        }
    }

    /// Counts a refresh that went well.
    pub(crate) fn refreshed(&self) {
        self.state().refreshes += 1;
    }

    /// Whether `configure` has to run again: its time has come, a call asks for it, or a file changed.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        let Some(slot) = self.slot() else {
            return false;
        };
        let state = self.state();
        let changed = |(path, seen): &(PathBuf, Option<FileState>)| FileState::of(path) != *seen;
        slot.wish().is_open()
            || state.schedule.due().is_some_and(|due| due <= now)
            || state.assets.iter().any(changed)
    }

    /// When `configure` wants to run again.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.state().schedule.due()
    }

    /// Whether it has an image that was made of the same.
    pub(crate) fn is_made_of(&self, digest: &Digest) -> bool {
        self.state().made_of.as_ref() == Some(digest)
    }

    /// Directories of the files that its entries name.
    pub(crate) fn directories(&self) -> Vec<PathBuf> {
        let state = self.state();
        let paths = state.assets.iter();
        paths
            .filter_map(|(path, _)| path.parent().map(Path::to_owned))
            .collect()
    }

    /// Under which isolation calls really run.
    pub(crate) fn isolation(&self) -> Option<config::Isolation> {
        self.state().report.as_ref().map(|report| report.isolation)
    }

    /// What compiling its images cost.
    pub(crate) fn work(&self) -> Work {
        self.state().work
    }

    pub(crate) fn status(&self) -> ImageStatus {
        let ready = self.serves();
        let state = self.state();
        let report = state.report.as_ref();
        let no_snapshot = report.and_then(|report| report.no_snapshot.clone());
        ImageStatus {
            api: self.api.clone(),
            ready,
            failed: state.failed.as_ref().map(ToString::to_string),
            problems: state.failed.as_ref().map_or_else(Vec::new, Fail::places),
            entries: self.entries.len(),
            snapshot: ready && no_snapshot.is_none(),
            no_snapshot,
            memory: report.map_or(0, |report| report.memory),
            table_bytes: report.map_or(0, |report| report.table_bytes),
            pristine_seconds: report.and_then(|report| Some(report.pristine?.as_secs_f64())),
            refresh_seconds: state.schedule.every().map(|every| every.as_secs()),
            refreshes: state.refreshes,
            failures: state.failures,
        }
    }

    /// Mistakes at their places in the operator's file.
    fn problems(&self, mistakes: Vec<Mistake>) -> Vec<Problem> {
        let problem = |mistake: Mistake| {
            let entry = match mistake.entry {
                Some(entry) => self.entries.get(entry),
                None => self.entries.first(),
            };
            let within = match (mistake.line, mistake.column) {
                (Some(line), Some(column)) => format!(" (line {line}, column {column} of it)"),
                (Some(line), None) => format!(" (line {line} of it)"),
                _ => String::new(),
            };
            let message = format!("plugin `{}`: {}{within}", self.plugin, mistake.message);
            match entry {
                Some(entry) => entry.problem(&mistake.pointer, message),
                None => Problem {
                    place: None,
                    message,
                    suggestion: None,
                },
            }
        };
        mistakes.into_iter().map(problem).collect()
    }

    fn state(&self) -> MutexGuard<'_, GroupState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fail {
    /// The same as mistakes of a configuration; a broken plugin stands where it is attached.
    pub(crate) fn into_problems(self, group: &Group) -> Vec<Problem> {
        match self {
            Fail::Problems(problems) => problems,
            Fail::Broken(reason) => vec![Problem {
                place: group.place(),
                message: format!("plugin `{}` is not usable: {reason}", group.plugin),
                suggestion: None,
            }],
        }
    }

    fn places(&self) -> Vec<ProblemStatus> {
        match self {
            Fail::Problems(problems) => problems.iter().map(ProblemStatus::of).collect(),
            Fail::Broken(_) => Vec::new(),
        }
    }
}

impl std::fmt::Display for Fail {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fail::Broken(broken) => broken.fmt(formatter),
            Fail::Problems(problems) => {
                let told: Vec<_> = problems.iter().take(TOLD).map(Problem::brief).collect();
                formatter.write_str(&told.join("; "))?;
                match problems.len().saturating_sub(TOLD) {
                    0 => Ok(()),
                    more => write!(formatter, "; and {more} more"),
                }
            }
        }
    }
}
