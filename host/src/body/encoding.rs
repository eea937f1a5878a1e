//! Content codings: what a plugin that wants a body sees in place of the coded bytes.
//!
//! Decoded bytes are counted while they are made, so that a bomb stops at the limit. A long body is decoded in pieces
//! with turns for other requests in between, since a worker is one thread.

use std::io::{self, Read};

use bytes::Bytes;
use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};
use http::{HeaderMap, header::CONTENT_ENCODING};

use super::BodyError;

/// Undoes the content codings that `headers` names, the last one first. Fails beyond `limit` decoded bytes.
pub async fn decode(headers: &HeaderMap, body: Bytes, limit: u64) -> Result<Bytes, BodyError> {
    let mut body = body;
    for coding in codings(headers)?.into_iter().rev() {
        // A response without content, such as one to HEAD, still names its coding.
        if body.is_empty() {
            break;
        }
        body = coding.decode(body, limit).await?;
    }
    Ok(body)
}

/// Whether `headers` names a coding that `decode` would undo.
pub fn is_coded(headers: &HeaderMap) -> bool {
    headers.contains_key(CONTENT_ENCODING)
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
}

/// More codings than this on top of each other are an attack.
const MOST_CODINGS: usize = 3;

/// More gzip members than this are an attack: block-wise compressors put 64 KiB into each.
const MOST_MEMBERS: usize = 4096;

/// Decoded between two turns for other requests: about a quarter of a millisecond.
const PIECE: usize = 64 << 10;

fn codings(headers: &HeaderMap) -> Result<Vec<Coding>, BodyError> {
    let mut codings = Vec::new();
    for value in headers.get_all(CONTENT_ENCODING) {
        let text = value
            .to_str()
            .map_err(|_| BodyError::Encoding(String::from_utf8_lossy(value.as_bytes()).into()))?;
        for name in text.split(',').map(str::trim) {
            codings.extend(coding(name)?);
        }
        if codings.len() > MOST_CODINGS {
            return Err(BodyError::Encoding(text.to_owned()));
        }
    }
    Ok(codings)
}

/// The coding of a name; none for `identity`, and for the empty elements that RFC 9110 5.6.1 allows in lists.
fn coding(name: &str) -> Result<Option<Coding>, BodyError> {
    const NAMES: [(&str, Option<Coding>); 6] = [
        ("gzip", Some(Coding::Gzip)),
        ("x-gzip", Some(Coding::Gzip)),
        ("deflate", Some(Coding::Deflate)),
        ("br", Some(Coding::Brotli)),
        ("identity", None),
        ("", None),
    ];
    NAMES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, coding)| *coding)
        .ok_or_else(|| BodyError::Encoding(name.to_owned()))
}

impl Coding {
    async fn decode(self, body: Bytes, limit: u64) -> Result<Bytes, BodyError> {
        let input = &body[..];
        let decoded = match self {
            Coding::Gzip => members(input, limit).await,
            Coding::Deflate if is_zlib(input) => whole(ZlibDecoder::new(input), limit).await,
            Coding::Deflate => whole(DeflateDecoder::new(input), limit).await,
            Coding::Brotli => whole(brotli::Decompressor::new(input, 4 << 10), limit).await,
        };
        match decoded {
            Ok(decoded) if decoded.len() as u64 > limit => Err(BodyError::TooLarge(limit)),
            Ok(decoded) => Ok(decoded.into()),
            Err(_) => Err(BodyError::Encoding(self.name().to_owned())),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Coding::Gzip => "gzip",
            Coding::Deflate => "deflate",
            Coding::Brotli => "br",
        }
    }
}

/// `deflate` means zlib (RFC 9110 8.4.1.2), but some senders leave the wrapper out; its two bytes tell.
fn is_zlib(input: &[u8]) -> bool {
    match input {
        [method, check, ..] => {
            method & 0x0f == 8 && u16::from_be_bytes([*method, *check]).is_multiple_of(31)
        }
        _ => false,
    }
}

/// A gzip file is one or more members (RFC 1952, section 2.2). An empty one costs more than its bytes tell: each is
/// followed by a turn for others, and there are not endlessly many.
async fn members(mut input: &[u8], limit: u64) -> io::Result<Vec<u8>> {
    let mut decoded = Vec::new();
    for _ in 0..MOST_MEMBERS {
        read(GzDecoder::new(&mut input), limit, &mut decoded).await?;
        if input.is_empty() || decoded.len() as u64 > limit {
            return Ok(decoded);
        }
        tokio::task::yield_now().await;
    }
    Err(io::Error::other("too many members"))
}

async fn whole(decoder: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut decoded = Vec::new();
    read(decoder, limit, &mut decoded).await?;
    Ok(decoded)
}

/// Reads a decoder to its end, or to where there are more than `limit` bytes.
async fn read(mut decoder: impl Read, limit: u64, decoded: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let before = decoded.len();
        decoder.by_ref().take(PIECE as u64).read_to_end(decoded)?;
        if decoded.len() - before < PIECE || decoded.len() as u64 > limit {
            return Ok(());
        }
        tokio::task::yield_now().await;
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::io::Write;

    use flate2::{
        Compression,
        write::{DeflateEncoder, GzEncoder, ZlibEncoder},
    };
    use http::HeaderValue;

    use super::*;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(data: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn raw_deflate(data: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn brotli(data: &[u8]) -> Vec<u8> {
        let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 20);
        encoder.write_all(data).unwrap();
        encoder.into_inner()
    }

    fn decoded(encoding: &'static str, body: Vec<u8>, limit: u64) -> Result<Bytes, BodyError> {
        let headers =
            HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static(encoding))]);
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(decode(&headers, body.into(), limit))
    }

    #[test]
    fn every_coding_is_undone() {
        let text = "wasm ".repeat(50_000).into_bytes();
        let cases = [
            ("gzip", gzip(&text)),
            ("x-GZIP", gzip(&text)),
            ("deflate", zlib(&text)),
            ("deflate", raw_deflate(&text)),
            ("br", brotli(&text)),
            ("identity", text.clone()),
            ("gzip, br", brotli(&gzip(&text))),
            (" , deflate ,identity,gzip", gzip(&zlib(&text))),
        ];
        for (encoding, body) in cases {
            let decoded = decoded(encoding, body, 1 << 20).unwrap();
            assert!(decoded == text, "{encoding}");
        }
    }

    #[test]
    fn gzip_members_are_joined() {
        let body = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(decoded("gzip", body, 100).unwrap(), "one two");
    }

    #[test]
    fn endless_empty_members_are_refused() {
        let body = gzip(b"").repeat(MOST_MEMBERS + 1);
        assert!(matches!(
            decoded("gzip", body, 100),
            Err(BodyError::Encoding(_))
        ));
    }

    #[test]
    fn bombs_stop_at_the_limit() {
        let zeros = vec![0; 50 << 20];
        for (encoding, bomb) in [
            ("gzip", gzip(&zeros)),
            ("deflate", zlib(&zeros)),
            ("br", brotli(&zeros)),
            ("gzip, gzip", gzip(&gzip(&zeros))),
        ] {
            assert!(bomb.len() < 1 << 18);
            let refused = decoded(encoding, bomb, 1 << 20).unwrap_err();
            assert!(matches!(refused, BodyError::TooLarge(_)), "{encoding}");
        }
    }

    #[test]
    fn the_limit_itself_is_allowed() {
        assert_eq!(decoded("gzip", gzip(&[7; 1000]), 1000).unwrap().len(), 1000);
        assert!(decoded("gzip", gzip(&[7; 1001]), 1000).is_err());
    }

    #[test]
    fn broken_or_unknown_codings_are_refused() {
        let cut = gzip(b"hello, hello, hello");
        for (encoding, body) in [
            ("zstd", b"x".to_vec()),
            ("gzip gzip", b"x".to_vec()),
            ("gzip", b"not gzip".to_vec()),
            ("gzip", cut[..cut.len() - 6].to_vec()),
            ("br", b"\xff\xff\xff\xff".to_vec()),
            ("deflate", b"\x78\x9c\xff\xff".to_vec()),
            ("gzip,gzip,gzip,gzip", b"x".to_vec()),
        ] {
            let refused = decoded(encoding, body, 1000).unwrap_err();
            assert!(matches!(refused, BodyError::Encoding(_)), "{encoding}");
        }
    }

    #[test]
    fn empty_bodies_need_no_decoding() {
        assert!(decoded("gzip", Vec::new(), 10).unwrap().is_empty());
    }
}
