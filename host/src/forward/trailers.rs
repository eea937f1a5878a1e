//! Fields after a request's body. They come when every plugin has run, so what a plugin or the gateway sets for the
//! upstream may not come that way.

use http::{HeaderMap, HeaderName};

use super::{ends_here, has_twin, is_announced};
use crate::connection;

/// What a client may not send behind its request's body.
#[derive(Debug)]
pub(crate) struct Sieve {
    /// Whether names may have `_`.
    underscores: bool,
    /// What plugins have set in the head, or taken out of it.
    changed: Vec<HeaderName>,
}

impl Sieve {
    pub(crate) fn new(underscores: bool) -> Sieve {
        Sieve {
            underscores,
            changed: Vec::new(),
        }
    }

    /// Takes note that a field is a plugin's business.
    pub(crate) fn add(&mut self, field: HeaderName) {
        self.changed.push(field);
    }

    /// Takes out what may not pass.
    pub(crate) fn sift(&self, trailers: &mut HeaderMap) {
        let doomed = trailers.keys().filter(|name| self.stops(name));
        for name in doomed.cloned().collect::<Vec<_>>() {
            trailers.remove(name);
        }
    }

    fn stops(&self, name: &HeaderName) -> bool {
        connection::is_of_heads(name.as_str().as_bytes())
            || ends_here(name)
            || is_announced(name)
            || self.changed.contains(name)
            || (!self.underscores && has_twin(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 10] = [
        "x-user",
        "x_sum",
        "x-sum",
        "x-forwarded-for",
        "x-real-ip",
        "via",
        "authorization",
        "content-length",
        "te",
        "apigw-requestid",
    ];

    fn left(underscores: bool) -> Vec<String> {
        let mut sieve = Sieve::new(underscores);
        sieve.add(HeaderName::from_static("x-user"));
        let fields = NAMES.map(|name| {
            let value = http::HeaderValue::from_static("1");
            (HeaderName::from_static(name), value)
        });
        let mut trailers = HeaderMap::from_iter(fields);
        sieve.sift(&mut trailers);
        let mut left: Vec<_> = trailers.keys().map(ToString::to_string).collect();
        left.sort();
        left
    }

    #[test]
    fn only_what_nobody_sets_passes() {
        assert_eq!(left(false), ["x-sum"]);
        assert_eq!(left(true), ["x-sum", "x_sum"]);
    }
}
