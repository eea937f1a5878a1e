//! Decimals as texts: compared and normalised exactly, whatever their size.

use std::{borrow::Cow, cmp::Ordering};

/// A decimal in its parts, without zeros that say nothing.
struct Decimal<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let (whole, fraction) = (
            whole.trim_start_matches('0'),
            fraction.trim_end_matches('0'),
        );
        Some(Decimal {
            negative: text.starts_with('-') && !(whole.is_empty() && fraction.is_empty()),
            whole,
            fraction,
        })
    }
}

/// Whether a text is a decimal as XML Schema writes them.
pub(super) fn is_decimal(text: &str) -> bool {
    Decimal::parse(text).is_some()
}

/// Whether a text is an integer as XML Schema writes them.
pub(super) fn is_integer(text: &str) -> bool {
    is_decimal(text) && !text.contains('.')
}

/// Which of two decimals is the larger one; none where one is no decimal.
pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Decimal::parse(a)?, Decimal::parse(b)?);
    let size = || {
        let whole = a
            .whole
            .len()
            .cmp(&b.whole.len())
            .then_with(|| a.whole.cmp(b.whole));
        // Without zeros at its end, a longer fraction that begins alike is the larger one: as texts compare.
        whole.then_with(|| a.fraction.cmp(b.fraction))
    };
    Some(match (a.negative, b.negative) {
        (false, false) => size(),
        (true, true) => size().reverse(),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    })
}

/// A decimal as JSON writes it.
pub(crate) fn normal(text: &str) -> Cow<'_, str> {
    if crate::json::is_number(text) {
        return text.into();
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    let unsigned = text.trim_start_matches(['+', '-']);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let point = if fraction.is_empty() { "" } else { "." };
    [sign, whole, point, fraction].concat().into()
}

/// Digits in all, and behind the point.
pub(super) fn digits(text: &str) -> Option<(usize, usize)> {
    let decimal = Decimal::parse(text)?;
    Some((
        decimal.whole.len() + decimal.fraction.len(),
        decimal.fraction.len(),
    ))
}
