//! Who owns which key: a table in the host, by the keys' digests.

use wasmgate_sdk::{
    Error, Grant, Problem, crypto,
    table::{Builder, Table},
};

use crate::config::{Entry, Named};

/// What a key is written as that only its digest is known of.
const DIGEST: &str = "sha256:";

/// What stands in the table for a key that lets nobody in: an owner is one value, or three, or five.
const DISABLED: &str = "\0";

/// The table while it is filled.
pub(crate) struct Owners {
    table: Builder,
    count: usize,
}

impl Owners {
    pub(crate) fn new() -> Result<Self, Error> {
        Ok(Owners {
            table: Builder::new()?,
            count: 0,
        })
    }

    /// Adds a key, or says what is wrong with it. One that is known already gets the new owner.
    pub(crate) fn add(&mut self, entry: Entry) -> Result<(), String> {
        let named = match entry {
            Entry::Named(named) => named,
            Entry::Bare(key) => Named::new(key, String::new()),
        };
        let digest = known(&named.key)?;
        let context = named.context.iter().flat_map(|(name, value)| [name, value]);
        let owner: Vec<&str> = [&named.principal]
            .into_iter()
            .chain(context)
            .map(String::as_str)
            .collect();
        if owner.iter().any(|text| text.contains('\0')) {
            // It separates them in the table.
            return Err("a principal or context value holds a NUL".to_owned());
        }
        if !named.enabled {
            // In the table, so that a later line takes back an earlier one.
            let inserted = self.table.insert(digest, DISABLED);
            return inserted.map_err(|error| error.to_string());
        }
        self.count += 1;
        let inserted = self.table.insert(digest, owner.join("\0"));
        inserted.map_err(|error| error.to_string())
    }

    pub(crate) fn finish(self) -> Result<Table, Problem> {
        match self.count {
            0 => Err(Problem::at(
                "/keys",
                "no keys: nobody could call; add one, or remove this authorizer",
            )),
            _ => Ok(self.table.finish()?),
        }
    }
}

/// The digest by which a key is looked up.
pub(crate) fn digest(key: &str) -> Result<Vec<u8>, Error> {
    crypto::digest("SHA-256", key)
}

/// The grant to an owner as the table holds it: the principal, then names and values. None where the key is not enabled.
pub(crate) fn grant(owner: &str) -> Option<Grant> {
    if owner == DISABLED {
        return None;
    }
    let mut values = owner.split('\0');
    let mut grant = Grant::to(values.next().unwrap_or_default());
    while let (Some(name), Some(value)) = (values.next(), values.next()) {
        grant = grant.context(name, value);
    }
    Some(grant)
}

/// The digest of a key as it is written.
fn known(key: &str) -> Result<Vec<u8>, String> {
    if let Some(digits) = key.strip_prefix(DIGEST) {
        let bytes = digits.as_bytes().chunks(2).map(byte);
        let digest: Option<Vec<u8>> = bytes.collect();
        return digest.filter(|digest| digest.len() == 32).ok_or_else(|| {
            format!("`{DIGEST}` is followed by the 64 hexadecimal digits of a key's digest")
        });
    }
    // A header field could never hold it.
    if key.is_empty() || key.trim() != key || key.contains(|c: char| c.is_ascii_control()) {
        return Err(
            "a key must be a text without spaces around it or control characters".to_owned(),
        );
    }
    digest(key).map_err(|error| error.to_string())
}

fn byte(digits: &[u8]) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    match digits {
        [high, low] => u8::try_from(digit(*high)? << 4 | digit(*low)?).ok(),
        _ => None,
    }
}
