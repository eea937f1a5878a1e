//! Where each request of a connection begins and ends, and whether it may be read at all (RFC 9112).
//!
//! Bytes are judged before hyper sees them. A head passes as a whole or not at all, so a refused one leaves no trace;
//! what passes has exactly one reading.

use memchr::memchr;

use super::{
    head::{self, Body, Head},
    refused::Refused,
};

/// How large a head may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) target: usize,
    pub(crate) head: usize,
    pub(crate) fields: usize,
}

/// The reading of one connection so far.
#[derive(Debug)]
pub(crate) struct Framing {
    bounds: Bounds,
    state: State,
    head: Head,
    /// Heads that passed.
    heads: u64,
    /// Where the line at hand begins, in the bytes that have not passed.
    line: usize,
    /// How far there is no line feed in them.
    scanned: usize,
    /// Where the head begins, after an empty line that clients of old send.
    begin: usize,
}

/// What the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Of a head, or between two messages.
    Head,
    Sized {
        left: u64,
    },
    ChunkSize,
    Chunk {
        left: u64,
    },
    ChunkEnd,
    Trailers,
    /// Of whatever protocol the answer to the last head decides on.
    Asked,
    /// Of another protocol.
    Switched,
    /// Of nothing more. A head was wrong, and has not passed.
    Refused(Refused),
    /// Of nothing more. A body was wrong, and has passed in part.
    Broken(Refused),
}

/// A chunk's size with its extensions, which nobody uses and which are not passed on.
const CHUNK_LINE: usize = 256;

impl Framing {
    pub(crate) fn new(bounds: Bounds) -> Framing {
        Framing {
            bounds,
            state: State::Head,
            head: Head::default(),
            heads: 0,
            line: 0,
            scanned: 0,
            begin: 0,
        }
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// Heads that passed.
    pub(crate) fn heads(&self) -> u64 {
        self.heads
    }

    /// Judges all bytes that have come and not passed, and says how many of them pass now. What is left stays in front
    /// of what comes.
    pub(crate) fn judge(&mut self, bytes: &[u8]) -> usize {
        let mut passed = 0;
        loop {
            let rest = &bytes[passed..];
            let step = match self.state {
                State::Head => self.head(rest),
                State::Sized { left } => self.sized(rest, left),
                State::ChunkSize => self.chunk_size(rest),
                State::Chunk { left } => self.chunk(rest, left),
                State::ChunkEnd => self.chunk_end(rest),
                State::Trailers => self.trailers(rest),
                State::Switched => return bytes.len(),
                State::Asked | State::Refused(_) | State::Broken(_) => return passed,
            };
            match step {
                Ok(Some(count)) => {
                    passed += count;
                    (self.line, self.scanned) = (0, 0);
                }
                Ok(None) => return passed,
                Err(refused) => {
                    self.state = match self.state {
                        State::Head => State::Refused(refused),
                        _ => State::Broken(refused),
                    };
                }
            }
        }
    }

    /// Says what came of asking for another protocol.
    pub(crate) fn answered(&mut self, switched: bool) {
        self.state = match switched {
            true => State::Switched,
            false => State::Head,
        };
    }

    /// Refuses a head for another reason than its bytes.
    pub(crate) fn refuse(&mut self, refused: Refused) {
        self.state = State::Refused(refused);
    }

    /// Judges a head's lines; gives its length when it is complete.
    fn head(&mut self, bytes: &[u8]) -> Result<Option<usize>, Refused> {
        while let Some(line) = self.next_line(bytes)? {
            let at = self.line - line.len() - 2;
            match line {
                [] if at == 0 => self.begin = self.line,
                [] if at == self.begin => return Err(Refused::EmptyLines),
                [] => return self.end(&bytes[..self.line]).map(Some),
                line if at == self.begin => self.head.request_line(line, self.bounds.target)?,
                line => self.head.field(line, at - self.begin)?,
            }
            if self.head.fields > self.bounds.fields {
                return Err(Refused::TooManyFields);
            }
        }
        match bytes.len() {
            length if length > self.bounds.head => Err(self.oversize()),
            // A method, two spaces and a version are no longer than this.
            length if self.line <= self.begin && length > self.bounds.target + 64 => {
                Err(Refused::TargetTooLong)
            }
            _ => Ok(None),
        }
    }

    fn end(&mut self, head: &[u8]) -> Result<usize, Refused> {
        if head.len() > self.bounds.head {
            return Err(self.oversize());
        }
        let body = self.head.end(&head[self.begin..])?;
        self.heads += 1;
        self.state = match body {
            Body::Chunked => State::ChunkSize,
            Body::Sized(0) => self.next_message(),
            Body::Sized(left) => State::Sized { left },
        };
        Ok(head.len())
    }

    fn oversize(&self) -> Refused {
        match self.line <= self.begin {
            true => Refused::TargetTooLong,
            false => Refused::HeadTooLarge,
        }
    }

    /// What comes after a message that is complete.
    fn next_message(&mut self) -> State {
        let asks = std::mem::take(&mut self.head).asks;
        self.begin = 0;
        match asks {
            true => State::Asked,
            false => State::Head,
        }
    }

    fn sized(&mut self, bytes: &[u8], left: u64) -> Result<Option<usize>, Refused> {
        let count = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if count == 0 {
            return Ok(None);
        }
        self.state = match left - count as u64 {
            0 => self.next_message(),
            left => State::Sized { left },
        };
        Ok(Some(count))
    }

    fn chunk_size(&mut self, bytes: &[u8]) -> Result<Option<usize>, Refused> {
        let Some(line) = self.next_line(bytes)? else {
            return match bytes.len() > CHUNK_LINE {
                true => Err(Refused::Chunk),
                false => Ok(None),
            };
        };
        self.state = match chunk_size(line)? {
            0 => State::Trailers,
            left => State::Chunk { left },
        };
        // What is left of the head counts the trailers from here on.
        self.head.fields = 0;
        Ok(Some(line.len() + 2))
    }

    fn chunk(&mut self, bytes: &[u8], left: u64) -> Result<Option<usize>, Refused> {
        let count = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if count == 0 {
            return Ok(None);
        }
        self.state = match left - count as u64 {
            0 => State::ChunkEnd,
            left => State::Chunk { left },
        };
        Ok(Some(count))
    }

    fn chunk_end(&mut self, bytes: &[u8]) -> Result<Option<usize>, Refused> {
        match bytes {
            [] | [b'\r'] => Ok(None),
            [b'\r', b'\n', ..] => {
                self.state = State::ChunkSize;
                Ok(Some(2))
            }
            _ => Err(Refused::Chunk),
        }
    }

    fn trailers(&mut self, bytes: &[u8]) -> Result<Option<usize>, Refused> {
        while let Some(line) = self.next_line(bytes)? {
            if line.is_empty() {
                let end = self.line;
                self.state = self.next_message();
                return Ok(Some(end));
            }
            head::trailer(line)?;
            self.head.fields += 1;
            if self.head.fields > self.bounds.fields {
                return Err(Refused::TooManyFields);
            }
        }
        match bytes.len() > self.bounds.head {
            true => Err(Refused::HeadTooLarge),
            false => Ok(None),
        }
    }

    /// The next complete line without its end, once it is there.
    fn next_line<'a>(&mut self, bytes: &'a [u8]) -> Result<Option<&'a [u8]>, Refused> {
        let Some(length) = memchr(b'\n', &bytes[self.scanned..]) else {
            self.scanned = bytes.len();
            return Ok(None);
        };
        let feed = self.scanned + length;
        let line = &bytes[self.line..feed];
        (self.line, self.scanned) = (feed + 1, feed + 1);
        let line = line.strip_suffix(b"\r").ok_or(Refused::BareLineFeed)?;
        Ok(Some(line))
    }
}

/// Hexadecimal digits alone, and extensions after a semicolon.
fn chunk_size(line: &[u8]) -> Result<u64, Refused> {
    if line.len() > CHUNK_LINE {
        return Err(Refused::Chunk);
    }
    let (digits, extension) = line.split_at(memchr(b';', line).unwrap_or(line.len()));
    let control = |byte: &u8| *byte < 0x20 && *byte != b'\t' || *byte == 0x7f;
    if digits.is_empty() || digits.len() > 15 || extension.iter().any(control) {
        return Err(Refused::Chunk);
    }
    let size = digits.iter().try_fold(0_u64, |size, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(size << 4 | u64::from(digit))
    });
    size.ok_or(Refused::Chunk)
}

#[cfg(test)]
pub(super) mod tests;
