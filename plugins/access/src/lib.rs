//! Decides by address, method, host, country and time of day who gets in, and answers for CORS.

use wasmgate_sdk::prelude::*;

mod config;
mod cors;
mod network;
mod rule;
mod time;

use config::Config;
use cors::Cors;
use rule::{Caller, Check, Rule};

/// One place's rules.
#[derive(Debug)]
struct Access {
    deny: Vec<Rule>,
    allow: Option<Vec<Rule>>,
    country_header: Option<String>,
    asks_time: bool,
    cors: Option<Cors>,
}

impl Plugin for Access {
    type Config = Config;

    fn configure(config: Config) -> Result<Self, Problem> {
        let mut check = Check::default();
        let deny = rules("/deny", config.deny, &mut check);
        let allow = config.allow.map(|allow| rules("/allow", allow, &mut check));
        let cors = config.cors.and_then(|cors| check.found(Cors::parse(cors)));
        if allow.as_ref().is_some_and(Vec::is_empty) {
            check.found::<()>(Err(Problem::at(
                "/allow",
                "no rule that allows: nobody could get in",
            )));
        }
        check.done()?;
        let mut all = deny.iter().chain(allow.iter().flatten());
        if config.country_header.is_none() && all.clone().any(Rule::asks_country) {
            let message =
                "a rule asks for a `country`: name the field in which your proxy tells it";
            return Err(Problem::at("/country_header", message));
        }
        if deny.is_empty() && allow.is_none() && cors.is_none() {
            let message = "nothing to do: write `deny`, `allow` or `cors`";
            return Err(Problem::new(message));
        }
        Ok(Access {
            asks_time: all.any(Rule::asks_time),
            deny,
            allow,
            country_header: config.country_header,
            cors,
        })
    }
}

impl RequestFilter for Access {
    fn interest(&self) -> Interest {
        let mut interest = Interest::default();
        if self.has_rules() {
            interest = interest.context("sourceIp").context("domainName");
        }
        if let Some(name) = &self.country_header {
            interest = interest.header(name).context("trustedProxy");
        }
        match &self.cors {
            Some(cors) => cors.request_interest(interest),
            None => interest,
        }
    }

    fn filter_request(&self, request: &Request) -> Result<Patch, Refusal> {
        let cors = self.cors.as_ref().filter(|_| cors::is_preflight(request));
        // A preflight request is judged as the one that it asks for.
        let asked = cors.and_then(|_| request.header(cors::METHOD));
        let method = asked.unwrap_or(request.method());
        if self.has_rules() && !self.lets_in(&self.caller(request, method)?) {
            return Err(Refusal::forbidden());
        }
        Ok(cors.map_or_else(Patch::new, |cors| Patch::respond(cors.preflight(request))))
    }
}

impl ResponseFilter for Access {
    fn interest(&self) -> Interest {
        self.cors
            .as_ref()
            .map_or_else(Interest::default, Cors::reply_interest)
    }

    fn filter_response(&self, request: &Request, reply: &Reply) -> Result<Patch, Refusal> {
        match &self.cors {
            Some(cors) if !cors::is_preflight(request) => Ok(cors.reply(request, reply)),
            _ => Ok(Patch::new()),
        }
    }
}

impl Access {
    fn has_rules(&self) -> bool {
        !self.deny.is_empty() || self.allow.is_some()
    }

    fn caller<'a>(&self, request: &'a Request, method: &'a str) -> Result<Caller<'a>, Refusal> {
        let address = request.context("sourceIp").unwrap_or_default();
        Ok(Caller {
            address: address.parse()?,
            method,
            host: request.context("domainName").unwrap_or_default(),
            country: self.country(request),
            now: if self.asks_time { minutes() } else { 0 },
        })
    }

    /// The country that a trusted proxy tells; whatever others tell, they may have made up.
    fn country<'a>(&self, request: &'a Request) -> Option<&'a str> {
        let header = self.country_header.as_ref()?;
        if request.context("trustedProxy") != Some("true") {
            return None;
        }
        let fields = request.headers();
        let told = fields.filter(|(name, _)| name.eq_ignore_ascii_case(header));
        rule::told(told.map(|(_, value)| value))
    }

    /// `deny` goes before `allow`, and who is in doubt stays outside.
    fn lets_in(&self, caller: &Caller<'_>) -> bool {
        let denied = self.deny.iter().any(|rule| rule.meets(caller, true));
        let allowed = |allow: &Vec<Rule>| allow.iter().any(|rule| rule.meets(caller, false));
        !denied && self.allow.as_ref().is_none_or(allowed)
    }
}

wasmgate_sdk::export!(Access: request_filter, response_filter);

fn rules(at: &str, written: Vec<config::Rule>, check: &mut Check) -> Vec<Rule> {
    let rules = written.into_iter().enumerate();
    rules
        .filter_map(|(n, rule)| check.found(Rule::parse(&format!("{at}/{n}"), rule)))
        .collect()
}

/// The time in minutes since 1970.
fn minutes() -> i64 {
    i64::try_from(clock::now().as_secs() / 60).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
