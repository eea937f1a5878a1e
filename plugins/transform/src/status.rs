//! Status codes and what takes their place.

use std::collections::BTreeMap;

use wasmgate_sdk::Problem;

/// Codes, or hundreds of them, and new codes; single codes first.
#[derive(Debug)]
pub(crate) struct Statuses(Vec<(Range, u16)>);

/// First and last.
type Range = (u16, u16);

impl Statuses {
    pub(crate) fn parse(written: &BTreeMap<String, u16>) -> Result<Self, Problem> {
        let mut problems = Vec::new();
        let mut statuses = Vec::new();
        for (old, new) in written {
            let at = format!("/response/status/{old}");
            match range(old) {
                None => problems.push(Problem::at(
                    &at,
                    format!("`{old}` is no status: write `404` or `5xx`"),
                )),
                Some(_) if !(200..600).contains(new) => problems.push(Problem::at(
                    &at,
                    format!("`{new}` is not one of 200 to 599"),
                )),
                Some(range) => statuses.push((range, *new)),
            }
        }
        Problem::all(problems)?;
        statuses.sort_by_key(|((first, last), _)| last - first);
        Ok(Statuses(statuses))
    }

    /// What takes the place of a status.
    pub(crate) fn of(&self, status: u16) -> Option<u16> {
        let mut found = self.0.iter();
        found
            .find(|((first, last), _)| (*first..=*last).contains(&status))
            .map(|(_, new)| *new)
    }
}

fn range(text: &str) -> Option<Range> {
    if let Some(hundred) = text.strip_suffix("xx") {
        let hundred: u16 = hundred.parse().ok()?;
        return (1..=5)
            .contains(&hundred)
            .then_some((hundred * 100, hundred * 100 + 99));
    }
    let status = text.parse().ok()?;
    (100..600).contains(&status).then_some((status, status))
}
