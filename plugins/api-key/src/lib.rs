//! Lets callers in who show a known API key.
//!
//! The host holds the keys, as SHA-256 digests in a table: a million of them cost a request nothing, and finding one
//! takes the same time whether or not it is there.

use wasmgate_sdk::{
    prelude::*,
    table::{Builder, Table},
};

mod config;

use config::{Config, Entry, Keys, Named};

/// A place's settings and known keys.
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
            .lookup(digest(key)?)
            .ok_or_else(Refusal::forbidden)?;
        Ok(grant(String::from_utf8(owner)?).usage_key(key))
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
    let mut owners = Owners {
        table: Builder::new()?,
        count: 0,
    };
    match keys {
        Keys::File(file) => {
            let mut line = 0;
            file.for_each_line(|text| {
                line += 1;
                owners
                    .add_line(text)
                    .map_err(|problem| problem.line(line, 1))
            })?;
        }
        Keys::List(entries) => {
            let mistakes = entries.into_iter().enumerate();
            Problem::all(mistakes.filter_map(|(n, entry)| owners.add_entry(n, entry).err()))?;
        }
    }
    match owners.count {
        0 => Err(Problem::at(
            "/keys",
            "no keys: nobody could call; add one, or remove this authorizer",
        )),
        _ => Ok(owners.table.finish()?),
    }
}

/// The table while it is filled.
struct Owners {
    table: Builder,
    count: usize,
}

impl Owners {
    fn add_line(&mut self, line: &str) -> Result<(), Problem> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        let (key, principal) = line.split_once(',').unwrap_or((line, ""));
        self.add("/keys", key.trim(), principal.trim())
    }

    fn add_entry(&mut self, n: usize, entry: Entry) -> Result<(), Problem> {
        match entry {
            Entry::Bare(key) => self.add(&format!("/keys/{n}"), &key, ""),
            Entry::Named(Named {
                key,
                principal,
                context,
            }) => {
                let context = context.iter().flat_map(|(name, value)| [name, value]);
                let owner: Vec<&str> = [&principal]
                    .into_iter()
                    .chain(context)
                    .map(String::as_str)
                    .collect();
                self.add(&format!("/keys/{n}"), &key, &owner.join("\0"))
            }
        }
    }

    fn add(&mut self, pointer: &str, key: &str, owner: &str) -> Result<(), Problem> {
        // A header field could never hold it; the NUL is what separates an owner's values in the table.
        if key.is_empty() || key.trim() != key || key.contains(|c: char| c.is_ascii_control()) {
            return Err(Problem::at(
                pointer,
                "a key must be a text without spaces around it or control characters",
            ));
        }
        self.count += 1;
        Ok(self.table.insert(digest(key)?, owner)?)
    }
}

fn digest(key: &str) -> Result<Vec<u8>, wasmgate_sdk::Error> {
    crypto::digest("SHA-256", key)
}

/// The grant to an owner as the table holds it: the principal, then names and values.
fn grant(owner: String) -> Grant {
    let mut values = owner.split('\0');
    let mut grant = Grant::to(values.next().unwrap_or_default());
    while let (Some(name), Some(value)) = (values.next(), values.next()) {
        grant = grant.context(name, value);
    }
    grant
}

#[cfg(test)]
mod tests;
