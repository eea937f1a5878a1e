//! Numbers, texts and pairs as bytes, one after another.

/// Room that most results do with.
const USUAL: usize = 256;

/// Writes values.
pub(crate) struct Writer(Vec<u8>);

impl Default for Writer {
    fn default() -> Self {
        Writer(Vec::with_capacity(USUAL))
    }
}

impl Writer {
    pub(crate) fn number(&mut self, number: u32) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    /// The length of what follows.
    pub(crate) fn count(&mut self, count: usize) {
        // Memory ends before lengths do.
        self.number(u32::try_from(count).unwrap_or(u32::MAX));
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn pairs(&mut self, pairs: &[(String, String)]) {
        self.count(pairs.len());
        for (name, value) in pairs {
            self.text(name);
            self.text(value);
        }
    }

    pub(crate) fn done(self) -> Vec<u8> {
        self.0
    }
}

/// Where a text stands among the bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text {
    at: usize,
    length: usize,
}

/// Where pairs stand among the bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pairs {
    at: usize,
    count: u32,
}

/// Finds where values stand. What ends too early reads as empty: the host never writes that.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Reader { bytes, at: 0 }
    }

    pub(crate) fn number(&mut self) -> u32 {
        let number = self
            .bytes
            .get(self.at..)
            .and_then(|rest| rest.first_chunk());
        self.at = self.at.saturating_add(4);
        number.map_or(0, |bytes| u32::from_le_bytes(*bytes))
    }

    pub(crate) fn text(&mut self) -> Text {
        let length = self.number() as usize;
        let at = self.at;
        self.at = at.saturating_add(length);
        Text { at, length }
    }

    pub(crate) fn pairs(&mut self) -> Pairs {
        let said = self.number();
        let at = self.at;
        let mut count = 0;
        while count < said && self.at < self.bytes.len() {
            self.text();
            self.text();
            count += 1;
        }
        Pairs { at, count }
    }

    /// How far it has read.
    pub(crate) fn at(&self) -> usize {
        self.at.min(self.bytes.len())
    }
}

pub(crate) fn text(bytes: &[u8], text: Text) -> &str {
    std::str::from_utf8(raw(bytes, text)).unwrap_or_default()
}

fn raw(bytes: &[u8], text: Text) -> &[u8] {
    let end = text.at.saturating_add(text.length);
    bytes.get(text.at..end).unwrap_or_default()
}

/// The value of the first pair whose name is meant. Others are passed over without a look at their values.
pub(crate) fn find(bytes: &[u8], pairs: Pairs, is: impl Fn(&[u8]) -> bool) -> Option<&str> {
    let mut reader = Reader {
        bytes,
        at: pairs.at,
    };
    for _ in 0..pairs.count {
        let (name, value) = (reader.text(), reader.text());
        if is(raw(bytes, name)) {
            return Some(text(bytes, value));
        }
    }
    None
}

pub(crate) fn pairs(bytes: &[u8], pairs: Pairs) -> impl Iterator<Item = (&str, &str)> {
    let mut reader = Reader {
        bytes,
        at: pairs.at,
    };
    (0..pairs.count).map(move |_| {
        let (name, value) = (reader.text(), reader.text());
        (text(bytes, name), text(bytes, value))
    })
}
