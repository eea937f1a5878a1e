//! The sections of a component or a core module, for those parts that are rewritten on their way in.

use wasm_encoder::RawSection;
use wasmparser::{BinaryReader, BinaryReaderError};

/// Bytes before the first section: the mark and the version.
const HEADER: usize = 8;

pub(super) type Parsed<T> = Result<T, BinaryReaderError>;

/// A section: what it is, and what it holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section<'a> {
    pub(super) id: u8,
    pub(super) content: &'a [u8],
}

impl<'a> Section<'a> {
    /// Reads what it holds.
    pub(super) fn reader(&self) -> BinaryReader<'a> {
        BinaryReader::new(self.content, 0)
    }

    /// As it was, for writing.
    pub(super) fn raw(&self) -> RawSection<'a> {
        RawSection {
            id: self.id,
            data: self.content,
        }
    }
}

pub(super) fn sections(binary: &[u8]) -> Parsed<Vec<Section<'_>>> {
    let mut reader = BinaryReader::new(binary, 0);
    reader.read_bytes(HEADER)?;
    let mut sections = Vec::new();
    while !reader.eof() {
        let id = reader.read_u8()?;
        let size = reader.read_var_u32()? as usize;
        let content = reader.read_bytes(size)?;
        sections.push(Section { id, content });
    }
    Ok(sections)
}
