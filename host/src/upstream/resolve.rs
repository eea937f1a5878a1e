//! Names: looked up in the background again and again. Addresses that were known stay until new ones are.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwapOption;
use tokio::sync::Notify;

use super::{UpstreamFault, Upstreams, target::Target};

/// The addresses of one target. Workers read them; only the first request of all may have to wait for them.
#[derive(Debug)]
pub(super) struct Addresses {
    host: String,
    port: u16,
    known: ArcSwapOption<Vec<SocketAddr>>,
    /// A literal address never changes.
    literal: bool,
    /// Where the next connection begins, so that connections spread over the addresses.
    turn: AtomicUsize,
    stale: Notify,
}

/// The least between two look-ups of a name that failures ask for.
const LEAST_INTERVAL: Duration = Duration::from_secs(2);

impl Addresses {
    pub(super) fn new(host: &str, port: u16) -> Addresses {
        let literal = host.parse::<IpAddr>().ok();
        let known = literal.map(|ip| Arc::new(vec![SocketAddr::new(ip, port)]));
        Addresses {
            host: host.to_owned(),
            port,
            literal: known.is_some(),
            known: ArcSwapOption::new(known),
            turn: AtomicUsize::new(0),
            stale: Notify::new(),
        }
    }

    /// The addresses to try, in order; never none.
    pub(super) async fn get(&self) -> Result<Vec<SocketAddr>, UpstreamFault> {
        let known = match self.known.load_full() {
            Some(known) => known,
            None => self.look_up().await?,
        };
        let mut addresses = known.to_vec();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % addresses.len().max(1);
        addresses.rotate_left(turn);
        Ok(addresses)
    }

    /// Whether connections to an address are kept: it is one of the target's, as far as is known.
    pub(super) fn has(&self, address: SocketAddr) -> bool {
        self.literal
            || self
                .known
                .load()
                .as_ref()
                .is_none_or(|known| known.contains(&address))
    }

    /// Asks for a look-up soon, because a connection failed.
    pub(super) fn doubt(&self) {
        if !self.literal {
            self.stale.notify_one();
        }
    }

    async fn look_up(&self) -> Result<Arc<Vec<SocketAddr>>, UpstreamFault> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let found: Vec<_> = found
            .map_err(|error| UpstreamFault::NameNotResolved(error.to_string()))?
            .collect();
        if found.is_empty() {
            let message = format!("`{}` has no addresses", self.host);
            return Err(UpstreamFault::NameNotResolved(message));
        }
        let found = Arc::new(found);
        self.known.store(Some(found.clone()));
        Ok(found)
    }
}

/// Looks a target's name up each `interval`, until its configuration is gone.
pub(super) async fn keep(configuration: Weak<Upstreams>, target: Arc<Target>, interval: Duration) {
    let least = interval.min(LEAST_INTERVAL);
    let addresses = &target.addresses;
    while !addresses.literal && configuration.strong_count() > 0 {
        if let Err(fault) = addresses.look_up().await {
            let target = &target.origin;
            tracing::warn!(%target, "{fault}; the addresses that are known are kept");
        }
        tokio::time::sleep(least).await;
        let _ = tokio::time::timeout(interval - least, addresses.stale.notified()).await;
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn literals_are_never_looked_up() {
        let addresses = Addresses::new("::1", 80).get().await.unwrap();
        assert_eq!(addresses, ["[::1]:80".parse().unwrap()]);
    }

    #[tokio::test]
    async fn failing_look_ups_keep_what_is_known() {
        let addresses = Addresses::new("name.invalid", 80);
        let failure = addresses.get().await.unwrap_err();
        assert!(matches!(failure, UpstreamFault::NameNotResolved(_)));

        let known = vec!["192.0.2.1:80".parse().unwrap()];
        addresses.known.store(Some(Arc::new(known.clone())));
        assert!(addresses.look_up().await.is_err());
        assert_eq!(addresses.get().await.unwrap(), known);
    }

    #[tokio::test]
    async fn connections_to_what_a_name_had_before_are_not_kept() {
        let addresses = Addresses::new("name.invalid", 80);
        let [old, new] = ["192.0.2.1:80", "192.0.2.2:80"].map(|address| address.parse().unwrap());
        assert!(addresses.has(old), "nothing is known yet");
        addresses.known.store(Some(Arc::new(vec![new])));
        assert!(addresses.has(new) && !addresses.has(old));
    }

    #[tokio::test]
    async fn connections_begin_at_each_address_in_turn() {
        let addresses = Addresses::new("name.invalid", 80);
        let known = ["192.0.2.1:80", "192.0.2.2:80"].map(|address| address.parse().unwrap());
        addresses.known.store(Some(Arc::new(known.to_vec())));
        assert_eq!(addresses.get().await.unwrap()[0], known[0]);
        assert_eq!(addresses.get().await.unwrap()[0], known[1]);
    }
}
