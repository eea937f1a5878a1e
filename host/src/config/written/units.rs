//! Times and sizes as people write them: `250ms`, `64KiB`.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A time of at least a millisecond, written with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(in crate::config) struct Duration(std::time::Duration);

/// A number of bytes, plain or with a unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub(in crate::config) struct Size(u64);

/// A text that is not a time or a size.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not {1}")]
pub(in crate::config) struct InvalidUnit(String, &'static str);

const MILLISECONDS: [(&str, u64); 4] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];
const BYTES: [(&str, u64); 4] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("B", 1),
];

impl Duration {
    pub(in crate::config) const fn seconds(seconds: u64) -> Duration {
        Duration(std::time::Duration::from_secs(seconds))
    }

    pub(in crate::config) const fn milliseconds(milliseconds: u64) -> Duration {
        Duration(std::time::Duration::from_millis(milliseconds))
    }

    pub(in crate::config) const fn get(self) -> std::time::Duration {
        self.0
    }
}

impl Size {
    pub(in crate::config) const fn kib(number: u64) -> Size {
        Size(number << 10)
    }

    pub(in crate::config) const fn mib(number: u64) -> Size {
        Size(number << 20)
    }

    pub(in crate::config) const fn get(self) -> u64 {
        self.0
    }

    /// As a size in memory, which a larger one cannot be.
    pub(in crate::config) fn in_memory(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = self.0.as_millis();
        match milliseconds % 1000 {
            0 => write!(out, "{}s", milliseconds / 1000),
            _ => write!(out, "{milliseconds}ms"),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, unit): &&(&str, u64)| self.0 >= *unit && self.0.is_multiple_of(*unit);
        let (name, unit) = BYTES[..3].iter().rfind(fits).unwrap_or(&("B", 1));
        write!(out, "{}{name}", self.0 / unit)
    }
}

impl From<Duration> for String {
    fn from(duration: Duration) -> String {
        duration.to_string()
    }
}

impl TryFrom<String> for Duration {
    type Error = InvalidUnit;

    fn try_from(text: String) -> Result<Duration, InvalidUnit> {
        match parse(&text, &MILLISECONDS) {
            Some(milliseconds) if milliseconds > 0 => Ok(Duration::milliseconds(milliseconds)),
            _ => Err(InvalidUnit(text, "a duration")),
        }
    }
}

/// A size as the file has it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Bytes(u64),
    Unit(String),
}

impl From<Size> for Written {
    fn from(size: Size) -> Written {
        Written::Unit(size.to_string())
    }
}

impl TryFrom<Written> for Size {
    type Error = InvalidUnit;

    fn try_from(written: Written) -> Result<Size, InvalidUnit> {
        match written {
            Written::Bytes(bytes) => Ok(Size(bytes)),
            Written::Unit(text) => parse(&text, &BYTES)
                .map(Size)
                .ok_or(InvalidUnit(text, "a size")),
        }
    }
}

fn parse(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, name) = text.split_at(digits);
    let (_, unit) = units.iter().find(|(known, _)| *known == name)?;
    number.parse::<u64>().ok()?.checked_mul(*unit)
}

impl JsonSchema for Duration {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "a duration with its unit",
            "type": "string",
            "pattern": "^[1-9][0-9]{0,8}(ms|s|m|h)$",
            "examples": ["10s"],
        })
    }
}

impl JsonSchema for Size {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "a size",
            "type": ["string", "integer"],
            "pattern": "^[1-9][0-9]{0,8}(B|KiB|MiB|GiB)$",
            "minimum": 1,
            "examples": ["64KiB"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duration(text: &str) -> Option<u128> {
        Duration::try_from(text.to_owned())
            .ok()
            .map(|duration| duration.0.as_millis())
    }

    fn size(text: &str) -> Option<u64> {
        Size::try_from(Written::Unit(text.to_owned()))
            .ok()
            .map(Size::get)
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("250ms"), Some(250));
        assert_eq!(duration("2m"), Some(120_000));
        assert_eq!(duration("999999999h"), Some(3_599_999_996_400_000));
        assert_eq!(
            [
                duration("10"),
                duration("0s"),
                duration("-1s"),
                duration("1 s")
            ],
            [None; 4]
        );
    }

    #[test]
    fn sizes_are_powers_of_two() {
        assert_eq!(size("64KiB"), Some(65_536));
        assert_eq!(size("10B"), Some(10));
        assert_eq!(
            [size("64KB"), size("64k"), size("KiB"), size("-1B")],
            [None; 4]
        );
    }

    #[test]
    fn they_are_shown_as_they_are_written() {
        for text in ["29s", "250ms"] {
            assert_eq!(
                Duration::try_from(text.to_owned()).map_or_else(|e| e.to_string(), String::from),
                text
            );
        }
        for (text, size) in [
            ("64KiB", Size::kib(64)),
            ("10MiB", Size::mib(10)),
            ("7B", Size(7)),
        ] {
            assert_eq!(size.to_string(), text);
        }
    }
}
