//! Escapes what goes into a document.

/// Appends text between tags.
pub fn text(text: &str, out: &mut String) {
    escaped(text, out, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        // A reader would make a line feed of it.
        b'\r' => Some("&#13;"),
        _ => None,
    });
}

/// Appends an attribute with a space before it.
pub fn attribute(name: &str, value: &str, out: &mut String) {
    out.extend([" ", name, "="]);
    quoted(value, out);
}

/// Appends the value of an attribute in its quotes.
pub(crate) fn quoted(value: &str, out: &mut String) {
    out.push('"');
    escaped(value, out, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'"' => Some("&quot;"),
        b'\t' => Some("&#9;"),
        b'\n' => Some("&#10;"),
        b'\r' => Some("&#13;"),
        _ => None,
    });
    out.push('"');
}

/// Appends a CDATA section, or several where the text holds the end of one.
pub fn cdata(text: &str, out: &mut String) {
    out.push_str("<![CDATA[");
    out.push_str(&text.replace("]]>", "]]]]><![CDATA[>"));
    out.push_str("]]>");
}

fn escaped(text: &str, out: &mut String, escape: impl Fn(u8) -> Option<&'static str>) {
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if let Some(escape) = escape(byte) {
            out.push_str(&text[plain..at]);
            out.push_str(escape);
            plain = at + 1;
        }
    }
    out.push_str(&text[plain..]);
}
