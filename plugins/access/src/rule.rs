//! Conditions on a request.

use std::net::IpAddr;

use wasmgate_sdk::prelude::*;

use crate::{
    config::{self, Addresses},
    network::{self, Networks},
    time::Hours,
};

/// How the country of a client is written that nobody tells.
const UNKNOWN: &str = "unknown";

/// Conditions, all of which must hold; those that are missing do.
#[derive(Debug)]
pub(crate) struct Rule {
    address: Option<Networks>,
    method: Option<Vec<String>>,
    host: Option<Vec<String>>,
    country: Option<Vec<String>>,
    time: Option<Hours>,
}

/// What rules look at.
pub(crate) struct Caller<'a> {
    pub(crate) address: IpAddr,
    pub(crate) method: &'a str,
    pub(crate) host: &'a str,
    /// None where nobody tells.
    pub(crate) country: Option<&'a str>,
    /// In minutes since 1970; nothing where no rule asks.
    pub(crate) now: i64,
}

impl Rule {
    /// Reads a rule that is written at a place.
    pub(crate) fn parse(at: &str, written: config::Rule) -> Result<Self, Problem> {
        let mut check = Check::default();
        let time = written.time.map(|time| {
            let hours = Hours::parse(&time);
            hours.map_err(|(member, why)| Problem::at(format!("{at}/time{member}"), why))
        });
        let rule = Rule {
            address: written
                .address
                .and_then(|addresses| check.found(networks(&format!("{at}/address"), addresses))),
            method: check.list(&format!("{at}/method"), written.method, method),
            host: check.list(&format!("{at}/host"), written.host, host),
            country: check.list(&format!("{at}/country"), written.country, country),
            time: time.and_then(|time| check.found(time)),
        };
        check.done()?;
        if rule.is_empty() {
            let message = "a rule without a condition meets everything: write `address`, `method`, `host`, \
                           `country` or `time`";
            return Err(Problem::at(at, message));
        }
        Ok(rule)
    }

    /// Whether every condition holds. `doubt` is what counts where the country is not known.
    pub(crate) fn meets(&self, caller: &Caller<'_>, doubt: bool) -> bool {
        let Rule {
            address,
            method,
            host,
            country,
            time,
        } = self;
        holds(address, |networks| networks.contain(caller.address))
            && holds(method, |methods| methods.iter().any(|m| m == caller.method))
            && holds(host, |hosts| hosts.iter().any(|h| is_host(h, caller.host)))
            && holds(country, |countries| match caller.country {
                Some(country) => countries.iter().any(|c| c == country),
                None => doubt || countries.iter().any(|c| c == UNKNOWN),
            })
            && holds(time, |hours| hours.contain(caller.now))
    }

    pub(crate) fn asks_country(&self) -> bool {
        self.country.is_some()
    }

    pub(crate) fn asks_time(&self) -> bool {
        self.time.is_some()
    }

    fn is_empty(&self) -> bool {
        let Rule {
            address,
            method,
            host,
            country,
            time,
        } = self;
        address.is_none()
            && method.is_none()
            && host.is_none()
            && country.is_none()
            && time.is_none()
    }
}

/// A country as a header field tells it; none where nobody knows it, or where two say it: one of them may be the client.
pub(crate) fn told<'a>(mut values: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let (first, more) = (values.next()?, values.next());
    (more.is_none() && first != "XX" && is_country(first)).then_some(first)
}

fn holds<T>(condition: &Option<T>, check: impl FnOnce(&T) -> bool) -> bool {
    condition.as_ref().is_none_or(check)
}

fn is_host(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(domain) => host
            .split_once('.')
            .is_some_and(|(label, rest)| !label.is_empty() && rest == domain),
        None => pattern == host,
    }
}

fn networks(at: &str, written: Addresses) -> Result<Networks, Problem> {
    let mut check = Check::default();
    let mut ranges = Vec::new();
    match written {
        Addresses::List(list) => {
            ranges = check
                .list(at, Some(list), network::parse)
                .unwrap_or_default();
        }
        Addresses::File(file) => {
            let mut line = 0;
            file.for_each_line(|text| {
                line += 1;
                let text = text.trim();
                if !text.is_empty() && !text.starts_with('#') {
                    let wrong = |message| Problem::at(at, message).line(line, 1);
                    ranges.extend(check.found(network::parse(text).map_err(wrong)));
                }
                Ok::<(), Problem>(())
            })?;
        }
    }
    check.done()?;
    Ok(Networks::new(ranges))
}

fn method(text: &str) -> Result<String, String> {
    let token = |byte: u8| byte.is_ascii_uppercase() || byte == b'-';
    match !text.is_empty() && text.bytes().all(token) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "`{text}` is no method: write `GET`, in capital letters"
        )),
    }
}

fn host(text: &str) -> Result<String, String> {
    let name = text.strip_prefix("*.").unwrap_or(text);
    let label = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.[]".contains(&byte);
    // An IPv6 address in brackets is the one name with colons.
    let sound = match name.starts_with('[') {
        true => name.ends_with(']'),
        false => name.bytes().all(label),
    };
    match sound && !name.is_empty() {
        true => Ok(text.to_ascii_lowercase()),
        false => Err(format!(
            "`{text}` is no host: write `shop.example.com` or `*.example.com`, without a port"
        )),
    }
}

fn country(text: &str) -> Result<String, String> {
    match text == UNKNOWN || is_country(text) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "`{text}` is no country: write two capital letters (ISO 3166), or `unknown`"
        )),
    }
}

fn is_country(text: &str) -> bool {
    text.len() == 2
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Gathers mistakes, so that all are told at once.
#[derive(Default)]
pub(crate) struct Check(Vec<Problem>);

impl Check {
    /// A value; none where it is wrong, which is then a mistake.
    pub(crate) fn found<T>(&mut self, value: Result<T, Problem>) -> Option<T> {
        value.map_err(|problem| self.0.push(problem)).ok()
    }

    /// The items of a list that may be missing; an empty one is a mistake.
    pub(crate) fn list<T>(
        &mut self,
        at: &str,
        written: Option<Vec<String>>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        let written = written?;
        if written.is_empty() {
            self.0.push(Problem::at(
                at,
                "the list is empty: nothing could be met by it",
            ));
        }
        let items = written.iter().enumerate();
        Some(
            items
                .filter_map(|(n, text)| {
                    let wrong = |message| Problem::at(format!("{at}/{n}"), message);
                    self.found(parse(text).map_err(wrong))
                })
                .collect(),
        )
    }

    pub(crate) fn done(self) -> Result<(), Problem> {
        Problem::all(self.0)
    }
}
