//! Parts a component's code from what its memories begin with, so that the code can be kept and the data need not be.
//!
//! What a compiler makes holds both, but the data only as they are, in one piece for each memory. So it is a stencil
//! that is compiled and kept: the component with its memories full of a pattern. What is loaded is the stencil's code
//! with the data where the pattern stands. Another configuration that fills as many pages needs no other code.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use memchr::memmem;
use wasm_encoder::{
    Component, ComponentSection, ConstExpr, DataCountSection, DataSection, Module, RawSection,
    Section as _,
};
use wasmparser::{Data, DataKind, DataSectionReader, Operator};

use crate::plugin::{
    engine::LARGEST_IMAGE,
    sections::{Parsed, Section, sections},
};

/// What memories are measured in, so that data which grow a little leave the stencil as it is. A divisor of a memory's own
/// pages, and a multiple of a word.
const PAGE: u64 = 4 << 10;
/// What the pattern is made of, beside the number of the memory and that of the word.
const PATTERN: u64 = u64::from_le_bytes(*b"wasmgate");
const WORD: usize = size_of::<u64>();

/// Bytes before a component's first section, and before each section's content at most.
const HEAD: usize = 8;
/// Of a component's sections.
const CORE_MODULE: u8 = 1;
/// Of a module's sections.
const DATA: u8 = 11;
const DATA_COUNT: u8 = 12;

/// A component whose data were taken out, and the data.
pub(super) struct Stencil {
    pub(super) component: Vec<u8>,
    memories: Vec<Vec<u8>>,
}

impl Stencil {
    /// None where a component is not made as snapshots are.
    pub(super) fn cut(component: &[u8]) -> Option<Stencil> {
        let mut memories = Vec::new();
        let mut cut = Vec::new();
        for Section { id, content } in sections(component).ok()? {
            let content = match id {
                CORE_MODULE => Cow::Owned(cut_module(content, &mut memories)?),
                _ => Cow::Borrowed(content),
            };
            cut.push((id, content));
        }
        // Grown bit by bit it would take twice its size, which the allocator keeps.
        let room: usize = cut.iter().map(|(_, content)| HEAD + content.len()).sum();
        let mut component = Vec::with_capacity(HEAD + room);
        component.extend(Component::HEADER);
        for (id, content) in cut {
            RawSection { id, data: &content }.append_to_component(&mut component);
        }
        Some(Stencil {
            component,
            memories,
        })
    }

    /// Puts the data into the stencil's code. None where their place is not to be seen: then nothing may be loaded.
    pub(super) fn fill(&self, code: &mut [u8]) -> Option<()> {
        for (number, data) in self.memories.iter().enumerate() {
            let place = place(code, &pattern(number, data.len()))?;
            code[place].copy_from_slice(data);
        }
        Some(())
    }
}

/// Where a pattern stands, if it does so once.
fn place(code: &[u8], pattern: &[u8]) -> Option<Range<usize>> {
    let begin = &pattern[..2 * WORD];
    let mut places = memmem::find_iter(code, begin).filter(|at| code[*at..].starts_with(pattern));
    let at = places.next()?;
    places.next().is_none().then(|| at..at + pattern.len())
}

/// Bytes that are found nowhere else.
fn pattern(number: usize, length: usize) -> Vec<u8> {
    let words = 0..(length / WORD) as u64;
    let word = |index| PATTERN ^ ((number as u64) << 48) ^ index;
    words.flat_map(|index| word(index).to_le_bytes()).collect()
}

/// A module with a pattern for data.
fn cut_module(module: &[u8], memories: &mut Vec<Vec<u8>>) -> Option<Vec<u8>> {
    let sections = sections(module).ok()?;
    let segments = segments(&sections).ok()?;
    let mut data = passive(&segments);
    let extents = extents(&segments)?;
    let room = module.len() + extents.values().map(Extent::length).sum::<usize>();
    for (index, memory) in extents {
        let pattern = pattern(memories.len(), memory.length());
        data.active(index, &memory.offset(), pattern);
        memories.push(memory.content());
    }
    let mut cut = Vec::with_capacity(room);
    cut.extend(Module::HEADER);
    for section in sections {
        match section.id {
            DATA => data.append_to(&mut cut),
            DATA_COUNT => DataCountSection { count: data.len() }.append_to(&mut cut),
            _ => section.raw().append_to(&mut cut),
        }
    }
    Some(cut)
}

fn segments<'a>(sections: &[Section<'a>]) -> Parsed<Vec<Data<'a>>> {
    match sections.iter().find(|section| section.id == DATA) {
        Some(section) => DataSectionReader::new(section.reader())?
            .into_iter()
            .collect(),
        None => Ok(Vec::new()),
    }
}

/// The segments that instructions may know by number. Of an active one nothing is left for them, once a module runs.
fn passive(segments: &[Data<'_>]) -> DataSection {
    let passive = |data: &Data<'_>| matches!(data.kind, DataKind::Passive);
    let known = segments
        .iter()
        .rposition(passive)
        .map_or(0, |last| last + 1);
    let mut section = DataSection::new();
    for segment in &segments[..known] {
        let data = if passive(segment) { segment.data } else { &[] };
        section.passive(data.iter().copied());
    }
    section
}

/// What a memory begins with.
struct Extent<'a> {
    begin: u64,
    end: u64,
    /// Whether addresses have 64 bits.
    wide: bool,
    segments: Vec<(u64, &'a [u8])>,
}

/// By number of the memory.
fn extents<'a>(segments: &[Data<'a>]) -> Option<BTreeMap<u32, Extent<'a>>> {
    let mut extents = BTreeMap::new();
    for segment in segments.iter().filter(|segment| !segment.data.is_empty()) {
        let DataKind::Active {
            memory_index,
            offset_expr,
        } = &segment.kind
        else {
            continue;
        };
        let (offset, wide) = constant(offset_expr)?;
        let extent = extents.entry(*memory_index).or_insert(Extent {
            begin: u64::MAX,
            end: 0,
            wide,
            segments: Vec::new(),
        });
        extent.add(offset, segment.data)?;
    }
    let bounded = |extent: &Extent<'_>| extent.end - extent.begin <= LARGEST_IMAGE;
    extents.values().all(bounded).then_some(extents)
}

/// An offset that is written down, and whether it has 64 bits.
fn constant(offset: &wasmparser::ConstExpr<'_>) -> Option<(u64, bool)> {
    let mut operators = offset.get_operators_reader();
    let constant = match operators.read().ok()? {
        Operator::I32Const { value } => (u64::from(value.cast_unsigned()), false),
        Operator::I64Const { value } => (value.cast_unsigned(), true),
        _ => return None,
    };
    matches!(operators.read().ok()?, Operator::End).then_some(constant)
}

impl<'a> Extent<'a> {
    fn add(&mut self, offset: u64, data: &'a [u8]) -> Option<()> {
        let end = offset.checked_add(data.len() as u64)?;
        self.begin = self.begin.min(offset - offset % PAGE);
        self.end = self.end.max(end.checked_next_multiple_of(PAGE)?);
        self.segments.push((offset, data));
        Some(())
    }

    fn length(&self) -> usize {
        (self.end - self.begin) as usize
    }

    fn offset(&self) -> ConstExpr {
        match self.wide {
            true => ConstExpr::i64_const(self.begin.cast_signed()),
            false => ConstExpr::i32_const((self.begin as u32).cast_signed()),
        }
    }

    fn content(&self) -> Vec<u8> {
        let mut content = vec![0; self.length()];
        for (offset, data) in &self.segments {
            let at = (offset - self.begin) as usize;
            content[at..at + data.len()].copy_from_slice(data);
        }
        content
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests;
