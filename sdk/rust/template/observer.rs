//! Counts answers with a status of 500 or more.

use wasmgate_sdk::{metrics::Counter, prelude::*};

struct Failures(Counter);

impl Plugin for Failures {
    type Config = NoConfig;

    fn configure(_: NoConfig) -> Result<Self, Problem> {
        Ok(Failures(Counter::new("failures", "Answers with a status of 500 or more.")?))
    }
}

impl Observer for Failures {
    fn interest(&self) -> Interest {
        Interest::default()
    }

    fn observe(&self, _: &Request, reply: &Reply) {
        if reply.status() >= 500 {
            self.0.add(1.0);
        }
    }
}

wasmgate_sdk::export!(Failures: observer);

#[cfg(test)]
mod tests {
    use wasmgate_sdk::test;

    use super::*;

    #[test]
    fn failures_are_counted() {
        let plugin: Failures = test::configure("{}").unwrap();
        for status in [200, 500, 404, 503] {
            test::observe(&plugin, &Request::test("GET", "/"), &Reply::test(status));
        }
        assert_eq!(test::metric("failures"), Some(2.0));
    }
}
