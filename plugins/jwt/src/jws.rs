//! Takes a token apart: the compact serialization of a JWS (RFC 7515), with nothing in it that we would not understand.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use wasmgate_sdk::crypto::Algorithm;

use crate::json;

/// A token whose signature nobody has looked at yet.
#[derive(Debug)]
pub(crate) struct Jws<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: Option<String>,
    /// The media type, without `application/`, in lower case.
    pub(crate) typ: Option<String>,
    /// What was signed.
    pub(crate) message: &'a str,
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

/// Why a text is no token that we read; a sentence for the caller.
type Unreadable = &'static str;

/// Bytes of a token, and of its header.
const TOKEN: usize = 16 << 10;
const HEADER: usize = 4 << 10;

/// Takes a token apart.
pub(crate) fn read(token: &str) -> Result<Jws<'_>, Unreadable> {
    if token.len() > TOKEN {
        return Err("the token is too long");
    }
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("the token does not have three parts");
    };
    if header.len() > HEADER {
        return Err("the token's header is too long");
    }
    let decoded = decode(header)?;
    let json = json::read(&decoded);
    let header_members = json.as_ref().and_then(json::Json::object);
    let members = header_members.ok_or("the token's header is no JSON object")?;
    // We understand no extension, and RFC 7797's `b64` changes what was signed.
    if members.has("crit") || members.has("b64") {
        return Err("the token demands an extension that is not supported");
    }
    Ok(Jws {
        algorithm: algorithm(members)?,
        kid: text(members, "kid")?.map(str::to_owned),
        typ: text(members, "typ")?.map(media_type),
        message: &token[..header.len() + 1 + payload.len()],
        payload: decode(payload)?,
        signature: decode(signature)?,
    })
}

/// The one that the header names: never `none`, and compared exactly, so that no other spelling of it is.
fn algorithm(header: &json::Object<'_>) -> Result<Algorithm, Unreadable> {
    match text(header, "alg")? {
        // RFC 9864 calls EdDSA by its curve.
        Some("Ed25519") => Ok(Algorithm::EdDSA),
        Some(name) => Algorithm::named(name).ok_or("the token's algorithm is not supported"),
        None => Err("the token names no algorithm"),
    }
}

fn text<'a>(header: &'a json::Object<'_>, name: &str) -> Result<Option<&'a str>, Unreadable> {
    let member = header.get(name);
    member
        .map(|json| {
            json.text()
                .ok_or("a member of the token's header is no text")
        })
        .transpose()
}

fn media_type(typ: &str) -> String {
    let typ = typ.to_ascii_lowercase();
    match typ.strip_prefix("application/") {
        Some(short) if !short.contains('/') => short.to_owned(),
        _ => typ,
    }
}

/// Base64url without padding, and without bits that do not count: a token has one spelling.
fn decode(part: &str) -> Result<Vec<u8>, Unreadable> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| "a part of the token is not base64url")
}
