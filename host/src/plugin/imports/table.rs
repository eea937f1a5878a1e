//! Tables that stay in the host: one arena of bytes and one array of places, so that a million keys cost little more
//! than their own bytes, and instances nothing.

use std::hash::{BuildHasher, RandomState};

use super::{Code, Refused, State};
use crate::plugin::bindings::wasmgate::plugin::{table, types};

const KEY: usize = 64 * 1024;
const VALUE: usize = 1 << 20;

/// Keys and their values. Grows by [`Table::insert_all`]; [`Table::freeze`] makes it compact.
#[derive(Default)]
pub(super) struct Table {
    /// Keyed anew for each table, so that nobody can choose keys that collide.
    hash: RandomState,
    slots: Vec<Slot>,
    /// Entries one after the other: length of the key, length of the value, key, value.
    arena: Vec<u8>,
    entries: usize,
    /// Bytes of the arena that belong to values that were replaced.
    wasted: usize,
}

/// Where an entry begins, plus one, in the low 40 bits; above, 24 bits of its hash, so that a probe seldom looks at a key
/// in vain. 0 is an empty slot.
#[derive(Clone, Copy, Default, PartialEq)]
struct Slot(u64);

/// One entry, as it stands in the arena.
struct Entry<'a> {
    key: &'a [u8],
    value: &'a [u8],
    /// Bytes with both lengths.
    size: usize,
}

impl table::Host for State {
    fn create(&mut self) -> Result<u32, types::Error> {
        Ok(self.builder()?.add_table()?)
    }

    fn insert(&mut self, table: u32, entries: Vec<(Vec<u8>, Vec<u8>)>) -> Result<(), types::Error> {
        Ok(self.builder()?.insert(table, &entries)?)
    }

    fn lookup(&mut self, table: u32, key: Vec<u8>) -> Option<Vec<u8>> {
        let table = self.holdings().ok()?.table(table)?;
        table.find(&key).map(<[u8]>::to_vec)
    }
}

impl Table {
    /// Slots for as many keys as the first portions bring.
    const SLOTS: usize = 64;

    /// The value of a key.
    pub(super) fn find(&self, key: &[u8]) -> Option<&[u8]> {
        let (_, entry) = self.probe(key, self.hash.hash_one(key)).ok()?;
        Some(entry.value)
    }

    /// Adds entries, all or none; a key that is there gets the new value. `left` bounds the bytes that they may take.
    pub(super) fn insert_all(
        &mut self,
        entries: &[(Vec<u8>, Vec<u8>)],
        left: usize,
    ) -> Result<(), Refused> {
        let limit = |message: String| Err(Refused::new(Code::Limit, message));
        let mut bytes = 0;
        for (key, value) in entries {
            if key.len() > KEY || value.len() > VALUE {
                return limit(format!(
                    "a table's keys are at most {KEY} bytes long, values at most {VALUE}"
                ));
            }
            bytes += key.len() + value.len() + 16;
        }
        if bytes > left {
            return limit("the tables of this plugin are full".to_owned());
        }
        for (key, value) in entries {
            self.insert(key, value);
        }
        Ok(())
    }

    /// Gives back all memory that look-ups do not need.
    pub(super) fn freeze(&mut self) {
        if self.wasted > 0 {
            let mut arena = Vec::with_capacity(self.arena.len() - self.wasted);
            for slot in self.slots.iter_mut().filter(|slot| **slot != Slot::EMPTY) {
                let entry = entry(&self.arena, slot.offset());
                let moved = Slot::new(arena.len(), slot.tag());
                arena.extend_from_slice(&self.arena[slot.offset()..slot.offset() + entry.size]);
                *slot = moved;
            }
            self.arena = arena;
            self.wasted = 0;
        }
        self.arena.shrink_to_fit();
        // Four fifths full: a probe of a key that is there looks at 3 slots in one or two cache lines.
        self.rehash(self.entries + self.entries / 4 + 1);
    }

    /// Bytes that the table occupies.
    pub(super) fn bytes(&self) -> usize {
        self.arena.capacity() + self.slots.capacity() * size_of::<Slot>()
    }

    fn insert(&mut self, key: &[u8], value: &[u8]) {
        if self.entries * 5 >= self.slots.len() * 4 {
            self.rehash((self.slots.len() * 2).max(Self::SLOTS));
        }
        let hash = self.hash.hash_one(key);
        let slot = match self.probe(key, hash) {
            Ok((slot, old)) => {
                self.wasted += old.size;
                slot
            }
            Err(slot) => {
                self.entries += 1;
                slot
            }
        };
        self.slots[slot] = Slot::new(self.arena.len(), Slot::tag_of(hash));
        put_length(&mut self.arena, key.len());
        put_length(&mut self.arena, value.len());
        self.arena.extend_from_slice(key);
        self.arena.extend_from_slice(value);
    }

    /// The slot of a key and its entry, or the empty slot where it would go. Ends because a slot is always empty.
    fn probe(&self, key: &[u8], hash: u64) -> Result<(usize, Entry<'_>), usize> {
        let Some(mut slot) = self.first(hash) else {
            return Err(0);
        };
        loop {
            let found = self.slots[slot];
            if found == Slot::EMPTY {
                return Err(slot);
            }
            if found.tag() == Slot::tag_of(hash) {
                let entry = entry(&self.arena, found.offset());
                if entry.key == key {
                    return Ok((slot, entry));
                }
            }
            slot = if slot + 1 == self.slots.len() {
                0
            } else {
                slot + 1
            };
        }
    }

    /// Where the search for a hash begins: its upper bits, scaled to the number of slots. None without slots.
    fn first(&self, hash: u64) -> Option<usize> {
        let slot = (u128::from(hash) * self.slots.len() as u128) >> 64;
        (!self.slots.is_empty()).then_some(slot as usize)
    }

    fn rehash(&mut self, slots: usize) {
        let old = std::mem::replace(&mut self.slots, vec![Slot::EMPTY; slots]);
        for slot in old.into_iter().filter(|slot| *slot != Slot::EMPTY) {
            let key = entry(&self.arena, slot.offset()).key;
            // No key stands twice in the old slots, so the search ends at an empty one.
            if let Err(place) = self.probe(key, self.hash.hash_one(key)) {
                self.slots[place] = slot;
            }
        }
    }
}

impl Slot {
    const EMPTY: Slot = Slot(0);
    const OFFSET: u32 = 40;

    fn new(offset: usize, tag: u64) -> Slot {
        Slot(tag << Self::OFFSET | (offset as u64 + 1))
    }

    fn offset(self) -> usize {
        ((self.0 & ((1 << Self::OFFSET) - 1)) - 1) as usize
    }

    fn tag(self) -> u64 {
        self.0 >> Self::OFFSET
    }

    /// The lower bits of a hash: the upper ones already chose the slot.
    fn tag_of(hash: u64) -> u64 {
        hash & ((1 << (u64::BITS - Self::OFFSET)) - 1)
    }
}

fn entry(arena: &[u8], offset: usize) -> Entry<'_> {
    let bytes = &arena[offset..];
    let (key, rest) = length(bytes);
    let (value, rest) = length(rest);
    let (key, rest) = rest.split_at(key);
    let value = &rest[..value];
    let size = bytes.len() - rest.len() + value.len();
    Entry { key, value, size }
}

/// Reads a length: seven bits a byte, the lowest first, the top bit set where another byte follows.
fn length(mut bytes: &[u8]) -> (usize, &[u8]) {
    let (mut length, mut shift) = (0, 0);
    while let Some((&byte, rest)) = bytes.split_first() {
        bytes = rest;
        length |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 {
            break;
        }
    }
    (length, bytes)
}

fn put_length(arena: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        arena.push(length as u8 | 0x80);
        length >>= 7;
    }
    arena.push(length as u8);
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::time::Instant;

    use super::*;

    fn table(entries: &[(&[u8], &[u8])]) -> Table {
        let mut table = Table::default();
        for (key, value) in entries {
            table.insert(key, value);
        }
        table
    }

    #[test]
    fn an_empty_table_has_nothing() {
        let mut table = Table::default();
        assert_eq!(table.find(b""), None);
        table.freeze();
        assert_eq!(table.find(b"k"), None);
    }

    #[test]
    fn the_later_value_wins() {
        let mut table = table(&[(b"k", b"first"), (b"", b"empty"), (b"k", b"2"), (b"k", b"")]);
        for _ in 0..2 {
            assert_eq!(table.find(b"k"), Some(&b""[..]));
            assert_eq!(table.find(b""), Some(&b"empty"[..]));
            assert_eq!(table.find(b"kk"), None);
            table.freeze();
        }
        assert_eq!((table.entries, table.wasted), (2, 0));
    }

    #[test]
    fn lengths_of_all_sizes_come_back() {
        let sizes = [0, 1, 127, 128, 300, 16383, 16384, 65536];
        let mut table = Table::default();
        for size in sizes {
            table.insert(&vec![7; size], &vec![9; size + 1]);
        }
        table.freeze();
        for size in sizes {
            assert_eq!(table.find(&vec![7; size]).map(<[u8]>::len), Some(size + 1));
        }
    }

    #[test]
    fn too_much_is_refused_whole() {
        let mut table = Table::default();
        let refused = |table: &mut Table, key: usize, value: usize, left: usize| {
            let entries = [(vec![1], vec![1]), (vec![0; key], vec![0; value])];
            table.insert_all(&entries, left).unwrap_err().code
        };
        assert_eq!(refused(&mut table, KEY + 1, 0, usize::MAX), Code::Limit);
        assert_eq!(refused(&mut table, 0, VALUE + 1, usize::MAX), Code::Limit);
        assert_eq!(refused(&mut table, 100, 100, 200), Code::Limit);
        assert_eq!(table.find(&[1]), None);
    }

    #[test]
    fn a_million_keys_are_compact_and_quick() {
        let key = |n: u64| (0..4).map(move |part| n.wrapping_mul(part * 2 + 1).to_le_bytes());
        let key = |n: u64| key(n).collect::<Vec<_>>().concat();
        let mut table = Table::default();
        let begin = Instant::now();
        for n in 0..1_000_000_u64 {
            table.insert(&key(n), &n.to_le_bytes());
        }
        table.freeze();
        let built = begin.elapsed();
        let begin = Instant::now();
        for n in 0..1_000_000_u64 {
            assert_eq!(table.find(&key(n)), Some(&n.to_le_bytes()[..]));
        }
        let found = begin.elapsed();
        assert!((1_000_000..1_010_000).all(|n| table.find(&key(n)).is_none()));
        let bytes = table.bytes() / 1_000_000;
        println!(
            "{bytes} bytes a key, built in {built:?}, {} ns a look-up",
            found.as_micros() / 1000
        );
        assert!(bytes <= 52, "{bytes} bytes for 32 of key and 8 of value");
    }
}
