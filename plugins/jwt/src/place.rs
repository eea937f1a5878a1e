//! Where a token stands in a request.

use wasmgate_sdk::{Interest, Refusal, Request};

use crate::refused;

/// The places that are looked at. Two tokens in one request are refused: others might read the other one.
#[derive(Debug)]
pub(crate) struct Place {
    header: Option<String>,
    query: Option<String>,
    cookie: Option<String>,
}

impl Place {
    pub(crate) fn new(
        header: Option<String>,
        query: Option<String>,
        cookie: Option<String>,
    ) -> Place {
        let elsewhere = query.is_some() || cookie.is_some();
        let usual = || (!elsewhere).then(|| "authorization".to_owned());
        Place {
            header: header.map(|name| name.to_ascii_lowercase()).or_else(usual),
            query,
            cookie,
        }
    }

    pub(crate) fn interest(&self) -> Interest {
        let mut interest = Interest::default();
        if let Some(name) = &self.header {
            interest = interest.header(name);
        }
        if let Some(name) = &self.query {
            interest = interest.query(name);
        }
        if self.cookie.is_some() {
            interest = interest.header("cookie");
        }
        interest
    }

    /// The one token of a request.
    pub(crate) fn token<'a>(&self, request: &'a Request) -> Result<&'a str, Refusal> {
        let mut tokens = self.tokens(request);
        let first = tokens.next().ok_or_else(refused::missing)?;
        match tokens.next() {
            None => Ok(first),
            Some(_) => Err(refused::invalid("there is more than one token")),
        }
    }

    fn tokens<'a>(&self, request: &'a Request) -> impl Iterator<Item = &'a str> {
        let named = |wanted: &Option<String>, name: &str| wanted.as_deref() == Some(name);
        let headers = request
            .headers()
            .filter(move |(name, _)| named(&self.header, name))
            .filter_map(|(_, value)| bare(value));
        let queries = request
            .query_parameters()
            .filter(move |(name, _)| named(&self.query, name))
            .filter_map(|(_, value)| bare(value));
        let cookies = request
            .headers()
            .filter(|(name, _)| *name == "cookie")
            .flat_map(|(_, value)| value.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .filter(move |(name, _)| named(&self.cookie, name))
            .filter_map(|(_, value)| bare(value));
        headers.chain(queries).chain(cookies)
    }
}

/// A token without the word `Bearer`, in any case; none where there is another scheme, or nothing.
fn bare(value: &str) -> Option<&str> {
    let value = value.trim();
    let token = match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim_start(),
        Some(_) => return None,
        None if value.eq_ignore_ascii_case("bearer") => return None,
        None => value,
    };
    Some(token).filter(|token| !token.is_empty())
}
