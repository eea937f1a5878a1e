//! Hours of a day in a time zone.

use crate::config::Time;

const DAY: i64 = 24 * 60;
/// In the order of the days since 1970-01-01, a Thursday.
const DAYS: [&str; 7] = ["thu", "fri", "sat", "sun", "mon", "tue", "wed"];

/// Hours that come again, in minutes.
#[derive(Debug)]
pub(crate) struct Hours {
    /// Since midnight.
    from: i64,
    length: i64,
    /// Whether they begin on a day, in the order of [`DAYS`].
    days: [bool; 7],
    /// East of UTC.
    zone: i64,
}

impl Hours {
    /// Reads them, or tells which member is wrong and why.
    pub(crate) fn parse(written: &Time) -> Result<Self, (String, String)> {
        let at = |member: &str| {
            let member = member.to_owned();
            move |message| (member, message)
        };
        let from = clock(&written.from, DAY - 1).map_err(at("/from"))?;
        let to = clock(&written.to, DAY).map_err(at("/to"))?;
        if from == to {
            let message = format!("no time passes from `{}` to `{}`", written.from, written.to);
            return Err(at("/to")(message));
        }
        Ok(Hours {
            from,
            length: (to - from).rem_euclid(DAY + i64::from(to == DAY)),
            days: days(written.days.as_deref())?,
            zone: zone(&written.zone).map_err(at("/zone"))?,
        })
    }

    /// Whether a time, in minutes since 1970 UTC, is within them.
    pub(crate) fn contain(&self, now: i64) -> bool {
        let local = now + self.zone;
        let since = (local - self.from).rem_euclid(DAY);
        let began = (local - since).div_euclid(DAY).rem_euclid(7);
        since < self.length && self.days[usize::try_from(began).unwrap_or_default()]
    }
}

fn days(written: Option<&[String]>) -> Result<[bool; 7], (String, String)> {
    let Some(written) = written else {
        return Ok([true; 7]);
    };
    if written.is_empty() {
        return Err(("/days".to_owned(), "no day is named".to_owned()));
    }
    let mut days = [false; 7];
    for (n, name) in written.iter().enumerate() {
        match DAYS.iter().position(|day| day == name) {
            Some(day) => days[day] = true,
            None => {
                let known = "`mon`, `tue`, `wed`, `thu`, `fri`, `sat` and `sun`";
                return Err((
                    format!("/days/{n}"),
                    format!("`{name}` is no day; there are {known}"),
                ));
            }
        }
    }
    Ok(days)
}

fn clock(text: &str, last: i64) -> Result<i64, String> {
    minutes(text)
        .filter(|minutes| *minutes <= last)
        .ok_or_else(|| format!("`{text}` is no time of day: write `08:00`"))
}

fn zone(text: &str) -> Result<i64, String> {
    let east = || minutes(text.strip_prefix('+')?);
    let west = || minutes(text.strip_prefix('-')?).map(|minutes| -minutes);
    east()
        .or_else(west)
        .filter(|zone| (-12 * 60..=14 * 60).contains(zone))
        .ok_or_else(|| format!("`{text}` is no distance from UTC: write `+01:00`"))
}

/// `HH:MM` in minutes.
fn minutes(text: &str) -> Option<i64> {
    let two = |text: &str| -> Option<i64> {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok())?
    };
    let (hours, minutes) = text.split_once(':')?;
    Some(two(hours)? * 60 + two(minutes).filter(|minutes| *minutes < 60)?)
}
