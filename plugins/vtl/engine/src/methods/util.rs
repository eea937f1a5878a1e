//! `$util`.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{Fault, Outcome};
use crate::{
    input::Input,
    scan,
    value::{Text, Value, text},
};

pub(super) fn call(name: &str, arguments: &[Value], input: &Input<'_>) -> Outcome {
    let [argument] = arguments else {
        return Ok(None);
    };
    let argument = match argument {
        Value::Text(text) => text.clone(),
        other => Text::from(text(other)?.into_owned()),
    };
    Ok(Some(match name {
        "escapeJavaScript" => match scan::find(argument.as_bytes(), is_special) {
            Some(plain) => Value::text(escaped(&argument, plain)),
            None => Value::Text(argument),
        },
        "parseJson" => input.read(&argument)?,
        "urlEncode" => Value::text(url_encoded(&argument)),
        "urlDecode" => Value::text(url_decoded(&argument)?),
        "base64Encode" => Value::text(STANDARD.encode(argument.as_bytes())),
        "base64Decode" => Value::text(base64_decoded(&argument)?),
        _ => return Ok(None),
    }))
}

fn is_special(word: u64) -> u64 {
    let quotes = scan::equal(word, b'"') | scan::equal(word, b'\'');
    let slashes = scan::equal(word, b'\\') | scan::equal(word, b'/');
    quotes | slashes | scan::below(word, b' ') | scan::above_ascii(word)
}

/// As commons-lang escapes for JavaScript. Up to some byte, nothing has to be.
fn escaped(text: &str, mut plain: usize) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    let mut rest = text;
    loop {
        escaped.push_str(&rest[..plain]);
        let mut characters = rest[plain..].chars();
        match characters.next() {
            Some(character) => escape(character, &mut escaped),
            None => return escaped,
        }
        rest = characters.as_str();
        plain = scan::find(rest.as_bytes(), is_special).unwrap_or(rest.len());
    }
}

fn escape(character: char, escaped: &mut String) {
    match character {
        '\u{8}' => escaped.push_str("\\b"),
        '\u{c}' => escaped.push_str("\\f"),
        '\n' => escaped.push_str("\\n"),
        '\r' => escaped.push_str("\\r"),
        '\t' => escaped.push_str("\\t"),
        ' '..='\u{7f}' => {
            escaped.push('\\');
            escaped.push(character);
        }
        _ => {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                escaped.push_str("\\u");
                hexadecimal(escaped, u32::from(*unit), 4);
            }
        }
    }
}

fn hexadecimal(out: &mut String, number: u32, digits: u32) {
    for digit in (0..digits).rev() {
        let digit = char::from_digit((number >> (4 * digit)) & 15, 16).unwrap_or('0');
        out.push(digit.to_ascii_uppercase());
    }
}

fn url_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => {
                encoded.push(char::from(byte))
            }
            b' ' => encoded.push('+'),
            _ => {
                encoded.push('%');
                hexadecimal(&mut encoded, u32::from(byte), 2);
            }
        }
    }
    encoded
}

fn url_decoded(text: &str) -> Result<String, Fault> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let [high, low, tail @ ..] = tail else {
                    return Err(Fault("`%` without two hexadecimal digits".to_owned()));
                };
                bytes.push(nibble(*high)? * 16 + nibble(*low)?);
                rest = tail;
            }
            _ => bytes.push(*first),
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn nibble(digit: u8) -> Result<u8, Fault> {
    let digit = char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok());
    digit.ok_or_else(|| Fault("`%` without two hexadecimal digits".to_owned()))
}

fn base64_decoded(text: &str) -> Result<String, Fault> {
    let bytes = STANDARD
        .decode(text)
        .map_err(|error| Fault(format!("no base64: {error}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
