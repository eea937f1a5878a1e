//! What is tried again: only what cannot happen twice by it, and only as much as the budget allows.

use std::{cell::Cell, net::SocketAddr, pin::pin, time::Duration};

use http::{Request, Response};

use super::{
    SendOptions, UpstreamFailure, UpstreamFault,
    attempt::{Attempt, Failed},
    balance,
    connections::Pools,
    deadline::{self, Upload},
    target::Upstream,
};
use crate::body::Body;

/// Sends a request until there is a response's head, it is not safe or not allowed to go on, or time is up.
pub(super) async fn send(
    upstream: &Upstream,
    pools: &Pools,
    mut request: Request<Body>,
    options: &SendOptions<'_>,
) -> Result<Response<Body>, UpstreamFailure> {
    let upload = request.body_mut().watch();
    let exchange = Exchange {
        upstream,
        pools,
        upload: upload.as_ref(),
        idle: options.idle,
        asked: Cell::new(0),
        address: options.asked,
    };
    let attempts = pin!(exchange.attempts(request));
    let done = deadline::within(options.timeout, upload.as_ref(), attempts).await;
    let fault = match done {
        Some(Ok(response)) => return Ok(response),
        Some(Err(fault)) => fault,
        None => {
            exchange.blame();
            UpstreamFault::HeadTimedOut(options.timeout)
        }
    };
    Err(upstream.failure(exchange.asked.get(), fault))
}

/// One request's way to a response.
struct Exchange<'a> {
    upstream: &'a Upstream,
    pools: &'a Pools,
    upload: Option<&'a Upload>,
    idle: Duration,
    /// The target that was asked last.
    asked: Cell<usize>,
    address: &'a Cell<Option<SocketAddr>>,
}

impl Exchange<'_> {
    async fn attempts(&self, mut request: Request<Body>) -> Result<Response<Body>, UpstreamFault> {
        let repeatable = self.upstream.retries.attempts > 0 && request.method().is_idempotent();
        let mut avoid = None;
        let mut fresh = false;
        let mut retries = 0;
        self.pools.budget.deposit();
        loop {
            let mut attempt = self.attempt(avoid, fresh);
            let copy = match repeatable || attempt.may_be_refused() {
                true => copy(&request),
                false => None,
            };
            attempt.careful = !repeatable || copy.is_none();
            let failed = match attempt.send(request).await {
                Ok(response) => {
                    attempt.target.condition.succeeded();
                    return Ok(response);
                }
                Err(failed) => *failed,
            };
            let fault = self.fault(&failed);
            let safe = repeatable || matches!(fault, UpstreamFault::StreamRefused);
            let again = failed.unsent.or(copy.filter(|_| safe));
            if failed.stale && !fresh && fault.blames_target() {
                // That the connection was closed while idle says nothing about the target, and needs no pause.
                attempt.pool.clear();
                fresh = true;
            } else {
                if fault.blames_target() {
                    self.blame();
                    avoid = Some(self.asked.get());
                }
                if again.is_none() || !self.allows(retries, &fault) {
                    return Err(fault);
                }
                pause(self.upstream.retries.backoff, retries).await;
                retries += 1;
                fresh = false;
            }
            request = again.ok_or(fault)?;
        }
    }

    fn attempt(&self, avoid: Option<usize>, fresh: bool) -> Attempt<'_> {
        let target = match fresh {
            // A fresh connection to the target that closed the old one.
            true => self.asked.get(),
            false => balance::choose(&self.upstream.targets, &self.pools.pools, avoid),
        };
        self.asked.set(target);
        Attempt {
            upstream: self.upstream,
            target: &self.upstream.targets[target],
            pool: &self.pools.pools[target],
            careful: true,
            fresh,
            idle: self.idle,
            address: self.address,
        }
    }

    /// What went wrong: a request's body that failed ends an exchange in many ways, and is the reason for each.
    fn fault(&self, failed: &Failed) -> UpstreamFault {
        match self.upload.and_then(Upload::failure) {
            Some(body) => UpstreamFault::RequestBody(body.clone()),
            None => failed.fault.clone(),
        }
    }

    fn blame(&self) {
        let target = &self.upstream.targets[self.asked.get()];
        target.condition.failed(&self.upstream.health);
    }

    fn allows(&self, retries: u32, fault: &UpstreamFault) -> bool {
        fault.blames_target()
            && retries < self.upstream.retries.attempts
            && self.pools.budget.withdraw()
    }
}

/// A second one of a request that is whole here.
fn copy(request: &Request<Body>) -> Option<Request<Body>> {
    let body = request.body().replay()?;
    let mut copy = Request::new(body);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    Some(copy)
}

/// Waits for a random time up to the back-off, which doubles each time: full jitter keeps clients from coming back
/// together.
async fn pause(backoff: Duration, retries: u32) {
    let most = backoff.saturating_mul(1 << retries.min(16));
    let most = u64::try_from(most.as_micros()).unwrap_or(u64::MAX);
    tokio::time::sleep(Duration::from_micros(fastrand::u64(..=most))).await;
}

/// The share of requests that may be retries, so that an upstream that is down is not asked many times over.
///
/// Each request adds a share of a retry; a reserve lets a quiet upstream be tried again too. One worker's own.
#[derive(Debug)]
pub(super) struct Budget {
    percent: u32,
    /// Hundredths of a retry.
    saved: Cell<u32>,
}

/// Retries that may be saved, and that there are to begin with.
const RESERVE: u32 = 10 * WHOLE;
const WHOLE: u32 = 100;

impl Budget {
    pub(super) fn new(percent: u32) -> Budget {
        Budget {
            percent,
            saved: Cell::new(if percent == 0 { 0 } else { RESERVE }),
        }
    }

    fn deposit(&self) {
        let saved = self.saved.get().saturating_add(self.percent);
        self.saved.set(saved.min(RESERVE.max(self.percent)));
    }

    fn withdraw(&self) -> bool {
        let left = self.saved.get().checked_sub(WHOLE);
        if let Some(left) = left {
            self.saved.set(left);
        }
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budget_is_a_share_of_requests() {
        let budget = Budget::new(20);
        let reserve = (0..100).filter(|_| budget.withdraw()).count();
        assert_eq!(reserve, 10);
        let mut retries = 0;
        for _ in 0..1000 {
            budget.deposit();
            retries += u32::from(budget.withdraw());
        }
        assert_eq!(retries, 200);
    }

    #[test]
    fn budget_of_nothing_allows_nothing() {
        let budget = Budget::new(0);
        budget.deposit();
        assert!(!budget.withdraw());
    }
}
