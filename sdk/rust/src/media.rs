//! Content types, and bodies of several parts.
//!
//! There is one reading of a multipart body, so that what one plugin checked is what another one uses.

use memchr::memmem;

/// The lines of a part's head, and what comes between it and the content.
const HEAD: usize = 4096;
const BLANK: &[u8] = b"\r\n\r\n";

/// A content type without its parameters, in lower case.
///
/// ```
/// use wasmgate_sdk::media;
///
/// assert_eq!(media::essence("Application/JSON; charset=utf-8"), "application/json");
/// ```
pub fn essence(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// A parameter of a field's value, as a token or in quotes.
///
/// ```
/// use wasmgate_sdk::media;
///
/// let value = r#"form-data; filename="a;b.txt"; name=file"#;
/// assert_eq!(media::parameter(value, "name").as_deref(), Some("file"));
/// ```
pub fn parameter(value: &str, name: &str) -> Option<String> {
    let (_, mut rest) = value.split_once(';')?;
    loop {
        let (found, value) = rest.split_once('=')?;
        let (value, after) = value_of(value.trim_start())?;
        if found.trim().eq_ignore_ascii_case(name) {
            return Some(value);
        }
        (_, rest) = after.split_once(';')?;
    }
}

/// The parts of a `multipart/form-data` body (RFC 7578), each with what is wrong where that ends the reading. A body
/// begins with its boundary: nothing before it is passed over.
///
/// ```
/// use wasmgate_sdk::media::Multipart;
///
/// let body = b"--x\r\ncontent-disposition: form-data; name=a\r\n\r\n1\r\n--x--";
/// let parts: Vec<_> = Multipart::new("multipart/form-data; boundary=x", body).collect();
/// let part = parts[0].as_ref().unwrap();
/// assert_eq!((&*part.name, part.content), ("a", &b"1"[..]));
/// ```
#[derive(Clone, Debug)]
pub struct Multipart<'a> {
    /// The line break before a boundary, and the boundary.
    delimiter: Vec<u8>,
    /// What stands behind the last boundary; none at the end.
    rest: Option<&'a [u8]>,
    wrong: Option<&'static str>,
}

/// A part of a multipart body.
#[derive(Clone, Debug, PartialEq)]
pub struct Part<'a> {
    /// The field's name.
    pub name: String,
    /// The file's name, where the part is a file.
    pub filename: Option<String>,
    /// The part's own content type.
    pub content_type: Option<&'a str>,
    /// The content as it was sent.
    pub content: &'a [u8],
}

impl<'a> Multipart<'a> {
    /// The parts of a body of this content type, which names the boundary.
    pub fn new(content_type: &str, body: &'a [u8]) -> Self {
        let boundary = parameter(content_type, "boundary");
        let Some(boundary) = boundary.filter(|name| (1..=70).contains(&name.len())) else {
            return Multipart::wrong("no boundary is named");
        };
        let delimiter = ["\r\n--", &boundary].concat().into_bytes();
        // The first one needs no line before it.
        match body.strip_prefix(&delimiter[2..]) {
            None => Multipart::wrong("the body does not begin with its boundary"),
            rest => Multipart {
                delimiter,
                rest,
                wrong: None,
            },
        }
    }

    fn wrong(message: &'static str) -> Self {
        Multipart {
            delimiter: Vec::new(),
            rest: None,
            wrong: Some(message),
        }
    }

    fn part(&mut self, rest: &'a [u8]) -> Result<Option<Part<'a>>, &'static str> {
        match rest {
            [b'-', b'-', ..] => Ok(None),
            [b'\r', b'\n', part @ ..] => {
                let end = memmem::find(part, &self.delimiter).ok_or("a part has no end")?;
                self.rest = Some(&part[end + self.delimiter.len()..]);
                Part::read(&part[..end]).map(Some)
            }
            _ => Err("a boundary is followed by something else"),
        }
    }
}

impl<'a> Iterator for Multipart<'a> {
    type Item = Result<Part<'a>, &'static str>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(wrong) = self.wrong.take() {
            return Some(Err(wrong));
        }
        let rest = self.rest.take()?;
        let part = self.part(rest);
        if part.is_err() {
            self.rest = None;
        }
        part.transpose()
    }
}

impl<'a> Part<'a> {
    fn read(part: &'a [u8]) -> Result<Self, &'static str> {
        let head = &part[..part.len().min(HEAD)];
        let end =
            memmem::find(head, BLANK).ok_or("a part has no head, or one of more than 4 KiB")?;
        let head = std::str::from_utf8(&part[..end]).map_err(|_| "a part's head is not UTF-8")?;
        let disposition = field(head, "content-disposition").ok_or("a part has no name")?;
        Ok(Part {
            name: parameter(disposition, "name").ok_or("a part has no name")?,
            filename: parameter(disposition, "filename"),
            content_type: field(head, "content-type"),
            content: &part[end + BLANK.len()..],
        })
    }
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let fields = head.split("\r\n").filter_map(|line| line.split_once(':'));
    let mut values = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
    values.next().map(|(_, value)| value.trim())
}

fn value_of(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return Some((text[..end].trim().to_owned(), &text[end..]));
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(letters.next()?.1),
            _ => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=\"x;y\"";

    fn wrong(body: &str) -> Option<&'static str> {
        Multipart::new(TYPE, body.as_bytes()).find_map(Result::err)
    }

    #[test]
    fn parts_have_names_files_and_types() {
        let body = b"--x;y\r\nContent-Disposition: form-data; name=\"a\\\"b\"\r\n\r\none\r\n--x;y\r\n\
            content-disposition: form-data; filename=\"f;g\"; name=c\r\nContent-Type: text/csv\r\n\r\n1,2\r\n--x;y--\r\n";
        let parts: Vec<_> = Multipart::new(TYPE, body)
            .map(|part| part.expect("a part"))
            .collect();
        assert_eq!((&*parts[0].name, parts[0].content), ("a\"b", &b"one"[..]));
        assert_eq!(
            (&*parts[1].name, parts[1].filename.as_deref()),
            ("c", Some("f;g"))
        );
        assert_eq!(parts[1].content_type, Some("text/csv"));
        assert_eq!(parts.len(), 2);
    }

    #[test]
    fn what_could_be_read_in_two_ways_ends_the_reading() {
        let head = "content-disposition: form-data; name=a";
        assert_eq!(
            wrong(&format!("before\r\n--x;y\r\n{head}\r\n\r\n1\r\n--x;y--")),
            Some("the body does not begin with its boundary")
        );
        assert_eq!(
            wrong(&format!("--x;y\n{head}\n\n1\n--x;y--")),
            Some("a boundary is followed by something else")
        );
        assert_eq!(
            wrong(&format!("--x;y\r\n{head}\r\n\r\n1\n--x;y--")),
            Some("a part has no end")
        );
        assert_eq!(
            wrong("--x;y\r\n\r\n\r\n1\r\n--x;y--"),
            Some("a part has no name")
        );
        let none = Multipart::new("multipart/form-data", b"--").next();
        assert_eq!(none, Some(Err("no boundary is named")));
    }
}
