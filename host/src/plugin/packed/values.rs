//! Numbers, texts and lists as bytes, one after another.

use super::super::bindings::wasmgate::plugin::types::PairParam;

/// Room that most requests do with.
const USUAL: usize = 512;
/// A list begins with room for so many items at most: how many it says to have is the guest's word.
const MOST_AT_FIRST: usize = 128;

/// Writes values.
pub(super) struct Writer(Vec<u8>);

impl Default for Writer {
    fn default() -> Self {
        Writer(Vec::with_capacity(USUAL))
    }
}

impl Writer {
    pub(super) fn number(&mut self, number: u32) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    pub(super) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(super) fn pairs(&mut self, pairs: &[PairParam<'_>]) {
        self.count(pairs.len());
        for (name, value) in pairs {
            self.text(name);
            self.text(value);
        }
    }

    pub(super) fn done(self) -> Vec<u8> {
        self.0
    }

    fn count(&mut self, count: usize) {
        // A head is smaller than that by the limits of its listener.
        self.number(u32::try_from(count).unwrap_or(u32::MAX));
    }
}

/// The values are no record of the contract's: they end within it or go on behind it, or a text is not UTF-8.
#[derive(Debug, PartialEq)]
pub(crate) struct Ended;

/// Reads values that a guest wrote.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Reader(bytes)
    }

    pub(super) fn number(&mut self) -> Result<u32, Ended> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(Ended)?;
        self.0 = rest;
        Ok(u32::from_le_bytes(*bytes))
    }

    pub(super) fn text(&mut self) -> Result<String, Ended> {
        let length = self.number()? as usize;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Ended)?;
        self.0 = rest;
        String::from_utf8(bytes.to_vec()).map_err(|_| Ended)
    }

    pub(super) fn pairs(&mut self) -> Result<Vec<(String, String)>, Ended> {
        self.list(|from| Ok((from.text()?, from.text()?)))
    }

    pub(super) fn list<T>(
        &mut self,
        item: impl Fn(&mut Self) -> Result<T, Ended>,
    ) -> Result<Vec<T>, Ended> {
        let count = self.number()? as usize;
        let mut items = Vec::with_capacity(count.min(MOST_AT_FIRST));
        for _ in 0..count {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// Nothing may be left.
    pub(super) fn end(self) -> Result<(), Ended> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(Ended),
        }
    }
}
