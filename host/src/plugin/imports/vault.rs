//! What `configure` makes and the host keeps: keys, tables and metrics, known to the plugin by number.
//!
//! Memory is the only thing of an instance that survives `configure`, numbers within it included. So a vault belongs to
//! an image, and where `configure` runs again in each fresh instance, the same calls give the same numbers.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    AllowList, Code, InvalidGrant, Refused, Services,
    crypto::Key,
    metrics::{Definition, Metric},
    table::Table,
};
use crate::config::PluginPolicy;

/// Keys of one image: more than any key set holds.
const KEYS: usize = 4096;
/// Tables of one image.
const TABLES: usize = 256;
/// Bytes of all tables of one image.
const TABLE_BYTES: usize = 1 << 30;
/// Metrics of one image, as the contract has it.
const METRICS: usize = 64;

/// The holdings of an image, immutable once hooks run.
pub(crate) struct Vault {
    plugin: Arc<str>,
    services: Arc<Services>,
    allowed: Arc<AllowList>,
    keys: Vec<Key>,
    tables: Vec<Table>,
    metrics: Vec<Arc<Metric>>,
    assets: Vec<Bytes>,
    used: Used,
}

/// What `configure` used besides its entries. With any of these its outcome is not for the disk, and may differ the
/// next time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) network: bool,
    pub(crate) secrets: bool,
    pub(crate) assets: bool,
    pub(crate) kv: bool,
}

/// A vault while `configure` runs.
pub(crate) struct VaultBuilder {
    vault: Making,
}

enum Making {
    New(Box<Vault>),
    /// `configure` runs again for an image that has its vault: the next numbers to give.
    Again {
        vault: Arc<Vault>,
        keys: usize,
        tables: usize,
        metrics: usize,
    },
}

impl Vault {
    pub(super) fn allowed(&self) -> &Arc<AllowList> {
        &self.allowed
    }

    pub(super) fn key(&self, number: u32) -> Option<&Key> {
        self.keys.get(number as usize)
    }

    pub(super) fn table(&self, number: u32) -> Option<&Table> {
        self.tables.get(number as usize)
    }

    pub(super) fn metric(&self, number: u32) -> Option<&Metric> {
        self.metrics.get(number as usize).map(|metric| &**metric)
    }

    pub(super) fn asset(&self, number: u32) -> Option<&Bytes> {
        self.assets.get(number as usize)
    }

    /// What `configure` used besides its entries.
    pub(crate) fn used(&self) -> Used {
        self.used
    }

    /// Bytes that the tables occupy.
    pub(crate) fn table_bytes(&self) -> usize {
        self.tables.iter().map(Table::bytes).sum()
    }

    /// Lets go of the assets, once no instance will run `configure` on this vault again.
    pub(crate) fn forget_assets(&mut self) {
        self.assets = Vec::new();
    }
}

impl Used {
    /// Whether `configure` used anything that a second run could find different.
    pub(crate) fn any(self) -> bool {
        self.network || self.secrets || self.assets || self.kv
    }

    fn merge(&mut self, other: Used) {
        self.network |= other.network;
        self.secrets |= other.secrets;
        self.assets |= other.assets;
        self.kv |= other.kv;
    }
}

impl VaultBuilder {
    /// An empty vault for a plugin, with the files that its entries name, by number.
    pub(crate) fn new(
        plugin: &Arc<str>,
        policy: &PluginPolicy,
        services: &Arc<Services>,
        assets: Vec<Bytes>,
    ) -> Result<VaultBuilder, InvalidGrant> {
        let vault = Vault {
            plugin: plugin.clone(),
            services: services.clone(),
            allowed: Arc::new(AllowList::parse(&policy.grants.http)?),
            keys: Vec::new(),
            tables: Vec::new(),
            metrics: Vec::new(),
            assets,
            used: Used::default(),
        };
        Ok(VaultBuilder {
            vault: Making::New(Box::new(vault)),
        })
    }

    /// For running `configure` again, in a fresh instance of an image without a snapshot: nothing is made twice.
    pub(crate) fn again(vault: Arc<Vault>) -> VaultBuilder {
        VaultBuilder {
            vault: Making::Again {
                vault,
                keys: 0,
                tables: 0,
                metrics: 0,
            },
        }
    }

    /// Ends a first `configure`; none where this was a repetition, whose vault exists already.
    pub(crate) fn finish(self) -> Option<Vault> {
        match self.vault {
            Making::New(mut vault) => {
                vault.tables.iter_mut().for_each(Table::freeze);
                Some(*vault)
            }
            Making::Again { .. } => None,
        }
    }

    pub(super) fn vault(&self) -> &Vault {
        match &self.vault {
            Making::New(vault) => vault,
            Making::Again { vault, .. } => vault,
        }
    }

    pub(super) fn note(&mut self, used: Used) {
        if let Making::New(vault) = &mut self.vault {
            vault.used.merge(used);
        }
    }

    /// Makes a key, or gives the number of the one that was made at this point the first time.
    pub(super) fn add_key(
        &mut self,
        make: impl FnOnce() -> Result<Key, Refused>,
    ) -> Result<u32, Refused> {
        match &mut self.vault {
            Making::New(vault) => push(&mut vault.keys, KEYS, "keys", make),
            Making::Again { vault, keys, .. } => again(keys, vault.keys.len()),
        }
    }

    pub(super) fn add_metric(&mut self, definition: Definition) -> Result<u32, Refused> {
        match &mut self.vault {
            Making::New(vault) => {
                let (services, plugin) = (&vault.services, &vault.plugin);
                push(&mut vault.metrics, METRICS, "metrics", || {
                    services.metrics.register(plugin, definition)
                })
            }
            Making::Again { vault, metrics, .. } => again(metrics, vault.metrics.len()),
        }
    }

    pub(super) fn add_table(&mut self) -> Result<u32, Refused> {
        match &mut self.vault {
            Making::New(vault) => {
                push(&mut vault.tables, TABLES, "tables", || Ok(Table::default()))
            }
            Making::Again { vault, tables, .. } => again(tables, vault.tables.len()),
        }
    }

    pub(super) fn insert(
        &mut self,
        table: u32,
        entries: &[(Vec<u8>, Vec<u8>)],
    ) -> Result<(), Refused> {
        let missing = || Refused::new(Code::NotFound, format!("no table has the number {table}"));
        match &mut self.vault {
            Making::New(vault) => {
                let left = TABLE_BYTES.saturating_sub(vault.table_bytes());
                let table = vault.tables.get_mut(table as usize).ok_or_else(missing)?;
                table.insert_all(entries, left)
            }
            Making::Again { vault, .. } => vault.table(table).map(|_| ()).ok_or_else(missing),
        }
    }
}

fn push<T>(
    list: &mut Vec<T>,
    limit: usize,
    what: &str,
    make: impl FnOnce() -> Result<T, Refused>,
) -> Result<u32, Refused> {
    if list.len() >= limit {
        return Err(Refused::new(
            Code::Limit,
            format!("a plugin may have at most {limit} {what}"),
        ));
    }
    list.push(make()?);
    Ok(list.len() as u32 - 1)
}

fn again(next: &mut usize, made: usize) -> Result<u32, Refused> {
    if *next >= made {
        return Err(Refused::new(
            Code::Conflict,
            "`configure` asks for more than it did the first time: it has to do the same each time",
        ));
    }
    *next += 1;
    Ok(*next as u32 - 1)
}
