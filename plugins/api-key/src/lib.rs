//! Lets callers in who show a known API key.
//!
//! The host holds the keys, as SHA-256 digests in a table: a million of them cost a request nothing, and finding one
//! takes the same time whether or not it is there.

use wasmgate_sdk::{prelude::*, table::Table};

mod config;
mod csv;
mod file;
mod owners;
mod yaml;

use config::{Config, Keys};
use owners::Owners;

/// A place's settings and known keys.
#[derive(Debug)]
struct ApiKey {
    header: Option<String>,
    query: Option<String>,
    cookie: Option<String>,
    owners: Table,
}

impl Plugin for ApiKey {
    type Config = Config;

    fn configure(
        Config {
            header,
            query,
            cookie,
            keys,
        }: Config,
    ) -> Result<Self, Problem> {
        let elsewhere = query.is_some() || cookie.is_some();
        let header = header.or_else(|| (!elsewhere).then(|| "x-api-key".to_owned()));
        Ok(ApiKey {
            header,
            query,
            cookie,
            owners: owners(keys)?,
        })
    }
}

impl Authorizer for ApiKey {
    fn interest(&self) -> Interest {
        let mut interest = Interest::default();
        if let Some(name) = &self.header {
            interest = interest.header(name);
        }
        if let Some(name) = &self.query {
            interest = interest.query(name);
        }
        if self.cookie.is_some() {
            interest = interest.header("cookie");
        }
        interest
    }

    fn authorize(&self, request: &Request) -> Result<Grant, Refusal> {
        let key = self.shown(request).ok_or_else(Refusal::forbidden)?;
        let owner = self
            .owners
            .lookup(owners::digest(key)?)
            .ok_or_else(Refusal::forbidden)?;
        let grant = owners::grant(std::str::from_utf8(&owner)?).ok_or_else(Refusal::forbidden)?;
        Ok(grant.usage_key(key))
    }
}

impl ApiKey {
    /// The key that the caller shows, at the first of the places that has one.
    fn shown<'a>(&self, request: &'a Request) -> Option<&'a str> {
        let header = || request.header(self.header.as_ref()?);
        let query = || request.query_parameter(self.query.as_ref()?);
        let cookie = || request.cookie(self.cookie.as_ref()?);
        header().or_else(query).or_else(cookie)
    }
}

wasmgate_sdk::export!(ApiKey: authorizer);

fn owners(keys: Keys) -> Result<Table, Problem> {
    let mut owners = Owners::new()?;
    match keys {
        Keys::File(asset) => file::read(&asset, &mut owners)?,
        Keys::List(entries) => {
            let mistakes = entries.into_iter().enumerate().filter_map(|(n, entry)| {
                let mistake = owners.add(entry).err()?;
                Some(Problem::at(format!("/keys/{n}"), mistake))
            });
            Problem::all(mistakes)?;
        }
    }
    owners.finish()
}

#[cfg(test)]
mod tests;
