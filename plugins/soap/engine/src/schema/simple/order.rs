//! Which of two texts of a kind is the larger value.

use std::cmp::Ordering;

use super::{Kind, lexical::without_zone};
use crate::schema::number;

impl Kind {
    /// Whether texts of this kind have an order.
    pub(crate) fn ordered(&self) -> bool {
        match self {
            Kind::Token(name) => *name == "gYear",
            Kind::Integer(..) | Kind::Decimal | Kind::Float => true,
            Kind::Date | Kind::DateTime | Kind::Time => true,
            _ => false,
        }
    }

    /// Which of two texts that are valid is the larger value; none where they have no order.
    pub(super) fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        match self {
            Kind::Integer(..) | Kind::Decimal | Kind::Token("gYear") => number::compare(a, b),
            Kind::Float => float(a)?.partial_cmp(&float(b)?),
            Kind::Date | Kind::DateTime | Kind::Time => Some(moment(a)?.cmp(&moment(b)?)),
            _ => None,
        }
    }
}

fn float(text: &str) -> Option<f64> {
    match text {
        "INF" => Some(f64::INFINITY),
        "-INF" => Some(f64::NEG_INFINITY),
        text => text.parse().ok(),
    }
}

/// Seconds, and digits behind the point. What names no zone is taken for one of UTC, times for those of one day.
fn moment(text: &str) -> Option<(i64, &str)> {
    let local = without_zone(text);
    let (date, time) = match local.split_once('T') {
        Some((date, time)) => (Some(date), time),
        None if local.contains(':') => (None, local),
        None => (Some(local), "00:00:00"),
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let seconds = days(date.unwrap_or("1970-01-01"))? * 86_400 + sexagesimal(time)?;
    let fraction = fraction.trim_end_matches('0');
    Some((seconds - offset(&text[local.len()..])?, fraction))
}

/// Days since the first of March of the year 0.
fn days(date: &str) -> Option<i64> {
    let (sign, unsigned) = match date.strip_prefix('-') {
        Some(unsigned) => (-1, unsigned),
        None => (1, date),
    };
    let mut parts = unsigned.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    // A year that begins in March has its leap day at its end.
    let (year, month) = (sign * year - i64::from(month < 3), (month + 9) % 12);
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(year * 365 + leaps + (month * 153 + 2) / 5 + day - 1)
}

fn sexagesimal(time: &str) -> Option<i64> {
    let mut parts = time.split(':').map(|part| part.parse::<i64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    Some(hours * 3600 + minutes * 60 + seconds)
}

/// The seconds that a zone is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    match zone.split_at_checked(1) {
        Some((sign @ ("+" | "-"), zone)) => {
            let seconds = sexagesimal(&format!("{zone}:00"))?;
            Some(if sign == "-" { -seconds } else { seconds })
        }
        _ => Some(0),
    }
}
