//! The cases of `tests/cases/framing.txt`: bytes that clients send, and what becomes of them.

/// One line of the file.
#[derive(Clone, Debug)]
pub struct Case {
    pub name: &'static str,
    pub outcome: Outcome,
    pub bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// So many requests are answered.
    Reads(usize),
    /// The last request is refused.
    Refused,
    /// The last request's body is refused.
    Cut,
}

/// All cases, in the file's order.
pub fn cases() -> Vec<Case> {
    let lines = include_str!("../cases/framing.txt").lines();
    lines
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| case(line).unwrap_or_else(|| panic!("not a case: {line}")))
        .collect()
}

fn case(line: &'static str) -> Option<Case> {
    let (outcome, rest) = line.split_once(" | ")?;
    let (name, bytes) = rest.split_once(" | ")?;
    let outcome = match outcome {
        "400" => Outcome::Refused,
        "cut" => Outcome::Cut,
        reads => Outcome::Reads(reads.strip_prefix("reads ")?.parse().ok()?),
    };
    Some(Case {
        name,
        outcome,
        bytes: unescape(bytes)?,
    })
}

/// The bytes of a text with escapes; none where one is unknown.
pub fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let (kind, more) = rest.split_first()?;
        rest = more;
        bytes.push(match kind {
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b's' => b' ',
            b'0' => 0,
            b'\\' => b'\\',
            b'x' => {
                let (digits, more) = rest.split_at_checked(2)?;
                rest = more;
                u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?
            }
            _ => return None,
        });
    }
    Some(bytes)
}
