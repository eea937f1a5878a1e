//! Fields of form-encoded and multipart bodies.

use std::borrow::Cow;

use wasmgate_sdk::media::{self, Multipart};

/// The first field of a name in a body of a content type; none where it is no form, or a file.
pub(crate) fn field<'a>(content_type: &str, body: &'a [u8], name: &str) -> Option<Cow<'a, str>> {
    match &*media::essence(content_type) {
        "application/x-www-form-urlencoded" => form_urlencoded::parse(body)
            .find(|(known, _)| known == name)
            .map(|(_, value)| value),
        "multipart/form-data" => part(content_type, body, name).map(Cow::Borrowed),
        _ => None,
    }
}

fn part<'a>(content_type: &str, body: &'a [u8], name: &str) -> Option<&'a str> {
    let mut parts = Multipart::new(content_type, body).map_while(Result::ok);
    let part = parts.find(|part| part.name == name && part.filename.is_none())?;
    std::str::from_utf8(part.content).ok()
}
