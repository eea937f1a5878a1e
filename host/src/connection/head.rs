//! The head of a request, judged line by line as it comes (RFC 9112, sections 2.2, 3, 5 and 6).
//!
//! What hyper would repair silently is refused here, since whoever is in front of us may have repaired it otherwise.

use std::ops::Range;

use memchr::memchr;

use super::{host, refused::Refused};

/// What is known of a head so far. Ranges are places in the head.
#[derive(Debug, Default)]
pub(crate) struct Head {
    pub(crate) fields: usize,
    old: bool,
    authority: Option<Range<usize>>,
    host: Option<Range<usize>>,
    length: Option<u64>,
    chunked: bool,
    /// Whether the client asks for another protocol, whose bytes then follow.
    pub(crate) asks: bool,
}

/// What follows a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Sized(u64),
    Chunked,
}

/// The longest method; registered ones have up to 17 letters.
const METHOD: usize = 32;

impl Head {
    /// Judges the request line; `target` says how long the target may be.
    pub(crate) fn request_line(&mut self, line: &[u8], target: usize) -> Result<(), Refused> {
        let method_end = memchr(b' ', line).ok_or(Refused::RequestLine)?;
        let (method, rest) = (&line[..method_end], &line[method_end + 1..]);
        let length = memchr(b' ', rest).ok_or(Refused::RequestLine)?;
        if !is_token(method) || method.len() > METHOD || length == 0 {
            return Err(Refused::RequestLine);
        }
        match &rest[length + 1..] {
            b"HTTP/1.1" => {}
            b"HTTP/1.0" => self.old = true,
            version if version.starts_with(b"HTTP/") => return Err(Refused::Version),
            _ => return Err(Refused::RequestLine),
        }
        if length > target {
            return Err(Refused::TargetTooLong);
        }
        self.authority = authority(method, &rest[..length])?
            .map(|range| range.start + method_end + 1..range.end + method_end + 1);
        Ok(())
    }

    /// Judges a field, whose line stands at `at` in the head.
    pub(crate) fn field(&mut self, line: &[u8], at: usize) -> Result<(), Refused> {
        let (name, value) = split(line)?;
        self.fields += 1;
        // Few names matter here, and their lengths tell them apart from most others.
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => {
                let trimmed = value.trim_ascii();
                let start = at + name.len() + 1 + value.len() - value.trim_ascii_start().len();
                match self.host.replace(start..start + trimmed.len()) {
                    Some(_) => return Err(Refused::HostRepeated),
                    None if !host::is_valid(trimmed) => return Err(Refused::HostInvalid),
                    None => {}
                }
            }
            7 if name.eq_ignore_ascii_case(b"upgrade") => self.asks = true,
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                let length = number(value.trim_ascii())?;
                if self.length.replace(length).is_some() {
                    return Err(Refused::LengthRepeated);
                }
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                if self.chunked || !value.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                    return Err(Refused::Coding);
                }
                self.chunked = true;
            }
            _ => {}
        }
        Ok(())
    }

    /// Judges the head as a whole, at its end.
    pub(crate) fn end(&self, head: &[u8]) -> Result<Body, Refused> {
        match (&self.host, &self.authority) {
            (None, _) if !self.old => return Err(Refused::HostMissing),
            (Some(host), Some(authority))
                if !head[host.clone()].eq_ignore_ascii_case(&head[authority.clone()]) =>
            {
                return Err(Refused::OtherHost);
            }
            _ => {}
        }
        match (self.chunked, self.length) {
            (true, Some(_)) => Err(Refused::BothLengths),
            (true, None) if self.old => Err(Refused::OldCoding),
            (true, None) => Ok(Body::Chunked),
            (false, length) => Ok(Body::Sized(length.unwrap_or(0))),
        }
    }
}

/// Judges a field after a chunked body.
pub(crate) fn trailer(line: &[u8]) -> Result<(), Refused> {
    let (name, _) = split(line)?;
    match is_of_heads(name) {
        true => Err(Refused::Trailer),
        false => Ok(()),
    }
}

/// Whether a field has no place among trailers. What says how to read or route the message comes too late there, and
/// whoever moves trailers into the head would believe it (RFC 9110, section 6.5.1).
pub(crate) fn is_of_heads(name: &[u8]) -> bool {
    const FORBIDDEN: [&[u8]; 18] = [
        b"authorization",
        b"connection",
        b"content-encoding",
        b"content-length",
        b"content-range",
        b"content-type",
        b"cookie",
        b"expect",
        b"forwarded",
        b"host",
        b"keep-alive",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"x-forwarded-for",
    ];
    let forbidden = |forbidden: &&[u8]| name.eq_ignore_ascii_case(forbidden);
    FORBIDDEN.iter().any(forbidden)
}

/// The authority that a target names, as its place in the target; checks the form of the target.
fn authority(method: &[u8], target: &[u8]) -> Result<Option<Range<usize>>, Refused> {
    if method == b"CONNECT" {
        return Err(Refused::Connect);
    }
    if !target.iter().all(|byte| TARGET[usize::from(*byte)]) {
        return Err(match memchr(b'#', target) {
            Some(_) => Refused::Fragment,
            None => Refused::Target,
        });
    }
    if !target.is_ascii() && std::str::from_utf8(target).is_err() {
        return Err(Refused::Target);
    }
    match target {
        [b'/', ..] => Ok(None),
        b"*" if method == b"OPTIONS" => Ok(None),
        _ => {
            let start = [&b"http://"[..], b"https://"]
                .into_iter()
                .find_map(|scheme| {
                    let (start, _) = target.split_at_checked(scheme.len())?;
                    start.eq_ignore_ascii_case(scheme).then_some(scheme.len())
                });
            let start = start.ok_or(Refused::Target)?;
            let rest = &target[start..];
            let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?'));
            let end = start + end.unwrap_or(rest.len());
            match host::is_valid(&target[start..end]) {
                true => Ok(Some(start..end)),
                false => Err(Refused::HostInvalid),
            }
        }
    }
}

/// A field's name and its value with the white space around it.
fn split(line: &[u8]) -> Result<(&[u8], &[u8]), Refused> {
    if let Some(b' ' | b'\t') = line.first() {
        return Err(Refused::Folded);
    }
    let colon = memchr(b':', line).ok_or(Refused::FieldName)?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    if !is_token(name) {
        return Err(Refused::FieldName);
    }
    // No early exit: this way the compiler looks at many bytes at once.
    let control = |byte: &u8| (*byte < 0x20) & (*byte != b'\t') | (*byte == 0x7f);
    match value
        .iter()
        .fold(false, |found, byte| found | control(byte))
    {
        true => Err(Refused::FieldValue),
        false => Ok((name, value)),
    }
}

/// Digits alone: no sign, no list, no space (RFC 9110, section 8.6).
fn number(digits: &[u8]) -> Result<u64, Refused> {
    if digits.is_empty() {
        return Err(Refused::Length);
    }
    let number = digits.iter().try_fold(0_u64, |number, digit| match digit {
        b'0'..=b'9' => number.checked_mul(10)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    });
    // The highest values mean other things to hyper.
    number
        .filter(|number| *number <= u64::MAX / 2)
        .ok_or(Refused::Length)
}

/// RFC 9110, section 5.6.2.
fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| TOKEN[usize::from(*byte)])
}

const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric()
            || matches!(
                byte as u8,
                b'!' | b'#'
                    | b'$'
                    | b'%'
                    | b'&'
                    | b'\''
                    | b'*'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'^'
                    | b'_'
                    | b'`'
                    | b'|'
                    | b'~'
            );
        byte += 1;
    }
    table
};

/// What may stand in a target: no control, no space, no fragment, nothing that hyper's own reading would refuse.
const TARGET: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = byte > 0x20 && byte != 0x7f && !matches!(byte as u8, b'#' | b'<' | b'>');
        byte += 1;
    }
    table
};
