//! Which texts are of a kind: numbers, dates, times, bytes.

use std::cmp::Ordering;

use super::Kind;
use crate::schema::number;

impl Kind {
    /// Whether a text is one of this kind.
    pub(crate) fn check(&self, text: &str) -> Result<(), String> {
        let valid = match self {
            Kind::Text | Kind::Token(_) | Kind::List(_) | Kind::Union(_) => true,
            Kind::Boolean => matches!(text, "true" | "false" | "1" | "0"),
            Kind::Integer(min, max) => return integer(text, *min, *max),
            Kind::Decimal => number::is_decimal(text),
            Kind::Float => matches!(text, "INF" | "-INF" | "NaN") || is_float(text),
            Kind::Date => is_date(without_zone(text)),
            Kind::Time => is_time(without_zone(text)),
            Kind::DateTime => {
                let parts = without_zone(text).split_once('T');
                parts.is_some_and(|(date, time)| is_date(date) && is_time(time))
            }
            Kind::Base64 => is_base64(text),
            Kind::Hex => {
                text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
            }
        };
        match valid {
            true => Ok(()),
            false => Err(format!("must be {}", self.what())),
        }
    }

    /// What a message calls it.
    pub(super) fn what(&self) -> &'static str {
        match self {
            Kind::Text | Kind::Token(_) | Kind::Union(_) => "a text",
            Kind::Boolean => "true or false",
            Kind::Integer(..) => "a whole number",
            Kind::Decimal => "a number without an exponent",
            Kind::Float => "a number, `INF`, `-INF` or `NaN`",
            Kind::Date => "a date such as `2024-02-29`",
            Kind::DateTime => "a date and time such as `2024-02-29T12:00:00Z`",
            Kind::Time => "a time such as `12:00:00`",
            Kind::Base64 => "bytes in base64",
            Kind::Hex => "bytes in hexadecimal digits",
            Kind::List(_) => "an array",
        }
    }
}

fn integer(text: &str, min: Option<&str>, max: Option<&str>) -> Result<(), String> {
    if !number::is_integer(text) {
        return Err("must be a whole number".to_owned());
    }
    let beyond = |limit: Option<&str>, order| {
        limit.is_some_and(|limit| number::compare(text, limit) == Some(order))
    };
    if beyond(min, Ordering::Less) {
        return Err(format!("must be at least {}", min.unwrap_or_default()));
    }
    if beyond(max, Ordering::Greater) {
        return Err(format!("must be at most {}", max.unwrap_or_default()));
    }
    Ok(())
}

fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    number::is_decimal(mantissa) && number::is_integer(exponent)
}

/// A date or time without `Z`, `+01:00` and the like.
pub(super) fn without_zone(text: &str) -> &str {
    if let Some(text) = text.strip_suffix('Z') {
        return text;
    }
    let Some((before, zone)) = text.split_at_checked(text.len().saturating_sub(6)) else {
        return text;
    };
    let hours = zone
        .strip_prefix(['+', '-'])
        .and_then(|zone| zone.split_once(':'));
    match hours {
        Some((hours, minutes)) if within(hours, 2, 0, 14) && within(minutes, 2, 0, 59) => before,
        _ => text,
    }
}

fn is_date(text: &str) -> bool {
    let mut parts = text.strip_prefix('-').unwrap_or(text).splitn(3, '-');
    let mut next = || parts.next().unwrap_or_default();
    let (year, month, day) = (next(), next(), next());
    let is_year = (4..10).contains(&year.len()) && year.bytes().all(|byte| byte.is_ascii_digit());
    is_year && within(month, 2, 1, 12) && within(day, 2, 1, days(year, month))
}

fn days(year: &str, month: &str) -> u32 {
    let year: u32 = year.parse().unwrap_or_default();
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        "02" if leap => 29,
        "02" => 28,
        "04" | "06" | "09" | "11" => 30,
        _ => 31,
    }
}

fn is_time(text: &str) -> bool {
    let (text, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = text.splitn(3, ':');
    let mut part = |max| parts.next().is_some_and(|part| within(part, 2, 0, max));
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    (text == "24:00:00" || (part(23) && part(59) && part(59))) && is_fraction
}

fn within(text: &str, length: usize, min: u32, max: u32) -> bool {
    let digits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    digits
        && text
            .parse()
            .is_ok_and(|number| (min..=max).contains(&number))
}

fn is_base64(text: &str) -> bool {
    let mut digits = 0_usize;
    let mut padding = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => digits += 1,
            b'=' => padding += 1,
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => return false,
        }
    }
    padding < 3 && (digits + padding).is_multiple_of(4)
}
