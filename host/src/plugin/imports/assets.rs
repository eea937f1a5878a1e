//! The operator's files, read in pieces by `configure`.

use super::{Code, Refused, State, Used};
use crate::plugin::bindings::wasmgate::plugin::{assets, types};

/// Bytes of one piece.
const PIECE: usize = 1 << 20;

impl assets::Host for State {
    fn read(&mut self, asset: u32, offset: u64, length: u32) -> Result<Vec<u8>, types::Error> {
        Ok(self.piece(asset, offset, length)?)
    }
}

impl State {
    fn piece(&mut self, asset: u32, offset: u64, length: u32) -> Result<Vec<u8>, Refused> {
        self.builder()?;
        self.note(Used {
            assets: true,
            ..Used::default()
        });
        let missing = || Refused::new(Code::NotFound, format!("no asset has the number {asset}"));
        let bytes = self.holdings()?.asset(asset).ok_or_else(missing)?;
        Ok(slice(bytes, offset, length).to_vec())
    }
}

/// Up to `length` bytes from `offset`; nothing behind the end.
fn slice(bytes: &[u8], offset: u64, length: u32) -> &[u8] {
    let start = usize::try_from(offset)
        .unwrap_or(usize::MAX)
        .min(bytes.len());
    let rest = &bytes[start..];
    &rest[..rest.len().min(length as usize).min(PIECE)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_with_the_file() {
        assert_eq!(slice(b"abcdef", 0, 4), b"abcd");
        assert_eq!(slice(b"abcdef", 4, 4), b"ef");
        assert_eq!(slice(b"abcdef", 6, 4), b"");
        assert_eq!(slice(b"abcdef", u64::MAX, u32::MAX), b"");
        assert_eq!(slice(b"", 0, 1), b"");
    }

    #[test]
    fn a_piece_is_bounded() {
        assert_eq!(slice(&vec![0; PIECE + 9], 1, u32::MAX).len(), PIECE);
    }
}
