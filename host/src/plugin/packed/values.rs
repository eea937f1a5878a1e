//! Numbers, texts and lists as bytes, one after another.

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
        // A head is smaller than that by the limits of its listener.
        self.number(u32::try_from(text.len()).unwrap_or(u32::MAX));
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Writes a list of pairs, which `fill` adds to it.
    pub(super) fn pairs<T>(&mut self, fill: impl FnOnce(&mut PairsWriter<'_>) -> T) -> T {
        let place = self.0.len();
        self.number(0);
        let mut pairs = PairsWriter {
            values: self,
            count: 0,
        };
        let filled = fill(&mut pairs);
        let count = pairs.count.to_le_bytes();
        self.0[place..place + count.len()].copy_from_slice(&count);
        filled
    }

    pub(super) fn done(self) -> Vec<u8> {
        self.0
    }
}

/// Adds pairs to a list.
pub(super) struct PairsWriter<'a> {
    values: &'a mut Writer,
    count: u32,
}

impl PairsWriter<'_> {
    pub(super) fn add(&mut self, name: &str, value: &str) {
        self.values.text(name);
        self.values.text(value);
        self.count += 1;
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
