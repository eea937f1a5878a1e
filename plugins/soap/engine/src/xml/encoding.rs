//! What bytes say in which encoding: UTF-8, UTF-16 with its mark, ISO-8859-1 and US-ASCII.

use std::borrow::Cow;

/// Decodes a document. A byte order mark counts first, then what the transport said, then the XML declaration
/// (RFC 7303, 3).
///
/// # Errors
/// Where the encoding is none of ours, or the bytes are none of its.
pub fn decode<'a>(bytes: &'a [u8], charset: Option<&str>) -> Result<Cow<'a, str>, String> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => return utf8(rest),
        [0xfe, 0xff, rest @ ..] => return utf16(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => return utf16(rest, u16::from_le_bytes),
        _ => {}
    }
    let name = charset.or_else(|| declared(bytes)).unwrap_or("utf-8");
    match &*name.to_ascii_lowercase() {
        "utf-8" | "utf8" => utf8(bytes),
        "us-ascii" | "ascii" if bytes.is_ascii() => utf8(bytes),
        "us-ascii" | "ascii" => Err("a byte that is not ASCII".to_owned()),
        "iso-8859-1" | "latin1" => Ok(bytes.iter().map(|byte| char::from(*byte)).collect()),
        "utf-16" => Err("UTF-16 without a byte order mark".to_owned()),
        _ => Err(format!(
            "the encoding `{name}` is not known: send UTF-8, UTF-16, ISO-8859-1 or US-ASCII"
        )),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    let text = std::str::from_utf8(bytes);
    text.map(Cow::Borrowed)
        .map_err(|error| format!("byte {} is not UTF-8", error.valid_up_to() + 1))
}

fn utf16<'a>(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'a, str>, String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    match text {
        Ok(text) if rest.is_empty() => Ok(text.into()),
        _ => Err("not UTF-16".to_owned()),
    }
}

/// The encoding that an XML declaration names.
fn declared(bytes: &[u8]) -> Option<&str> {
    let end = bytes.iter().take(200).position(|byte| *byte == b'>')?;
    let declaration = std::str::from_utf8(&bytes[..end]).ok()?;
    let (_, rest) = declaration.strip_prefix("<?xml")?.split_once("encoding")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    rest[1..].split(quote).next()
}
