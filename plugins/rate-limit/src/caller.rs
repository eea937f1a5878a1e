//! Who counts as one caller.

use std::net::{IpAddr, Ipv6Addr};

use wasmgate_sdk::prelude::*;

/// A longer name of a counter is kept as its digest.
const LONGEST: usize = 256;

/// What callers are told apart by.
#[derive(Debug)]
pub(crate) struct Callers {
    parts: Vec<Part>,
    ipv6_prefix: u32,
    /// What the names of all counters of these settings begin with.
    settings: String,
}

#[derive(Debug, PartialEq)]
enum Part {
    Address,
    Header(String),
    Context(String),
}

impl Callers {
    /// Reads what is written under `by`. `settings` tell these counters from those of other settings.
    pub(crate) fn parse(
        by: &[String],
        ipv6_prefix: u32,
        settings: String,
    ) -> Result<Self, Problem> {
        let mut problems = Vec::new();
        let mut parts = Vec::new();
        for (n, text) in by.iter().enumerate() {
            match Part::parse(text) {
                Ok(part) => parts.push(part),
                Err(message) => problems.push(Problem::at(format!("/by/{n}"), message)),
            }
        }
        Problem::all(problems)?;
        Ok(Callers {
            parts,
            ipv6_prefix,
            settings: settings + "/" + &by.join(","),
        })
    }

    pub(crate) fn interest(&self) -> Interest {
        let interest = Interest::default().context("apiId").context("stage");
        self.parts
            .iter()
            .fold(interest, |interest, part| match part {
                Part::Address => interest.context("sourceIp"),
                Part::Header(name) => interest.header(name),
                Part::Context(name) => interest.context(name),
            })
    }

    /// The name of the counter for a request. Each value comes with its length, so that no two callers can be made to
    /// share one by what they send.
    pub(crate) fn counter(&self, request: &Request) -> Result<String, Refusal> {
        let mut name = String::with_capacity(LONGEST);
        name.push_str(&self.settings);
        push(&mut name, request.context("apiId").unwrap_or_default());
        push(&mut name, request.context("stage").unwrap_or_default());
        for part in &self.parts {
            match part {
                Part::Address => push(&mut name, &self.address(request)),
                Part::Context(value) => push(&mut name, request.context(value).unwrap_or_default()),
                Part::Header(field) => {
                    let fields = request.headers().filter(|(known, _)| known == field);
                    fields.for_each(|(_, value)| push(&mut name, value));
                    // Values of repeated fields end somewhere, too.
                    name.push(';');
                }
            }
        }
        match name.len() > LONGEST {
            true => Ok(hexadecimal(&crypto::digest("SHA-256", name)?)),
            false => Ok(name),
        }
    }

    /// The client's address, of IPv6 the leading bits.
    fn address(&self, request: &Request) -> String {
        let text = request.context("sourceIp").unwrap_or_default();
        match text.parse() {
            Ok(IpAddr::V6(address)) => {
                let rest = u128::MAX.checked_shr(self.ipv6_prefix).unwrap_or(0);
                Ipv6Addr::from_bits(address.to_bits() & !rest).to_string()
            }
            _ => text.to_owned(),
        }
    }
}

impl Part {
    fn parse(text: &str) -> Result<Self, String> {
        let context = |name: &str| Ok(Part::Context(name.to_owned()));
        match text {
            "address" => return Ok(Part::Address),
            "key" => return context("identity.apiKey"),
            "principal" => return context("authorizer.principalId"),
            "route" => return context("routeKey"),
            _ => {}
        }
        match text.split_once('.') {
            Some((_, "")) => Err(format!("`{text}` has no name after the dot")),
            Some(("header", name)) => Ok(Part::Header(name.to_ascii_lowercase())),
            Some(("claim", name)) => Ok(Part::Context(format!("authorizer.claims.{name}"))),
            Some(("context", name)) => context(name),
            _ => Err(format!(
                "`{text}` tells no callers apart: write `address`, `key`, `principal`, `route`, `header.NAME`, \
                 `claim.NAME` or `context.NAME`"
            )),
        }
    }
}

fn push(name: &mut String, value: &str) {
    name.push('/');
    name.push_str(&value.len().to_string());
    name.push(':');
    name.push_str(value);
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}
