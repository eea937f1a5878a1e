//! How much of the gateway one client address may have: connections at once, requests a second.
//!
//! Both are off unless the operator sets them, and then bounded in memory however many addresses there are. What is
//! counted here goes on through every reload.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

use crate::config::{PerAddress, Rate};

mod meter;

use meter::Meter;

/// All addresses, as all workers see them.
#[derive(Debug)]
pub(crate) struct Addresses {
    /// As many as there are connections, at most.
    connections: Mutex<HashMap<IpAddr, u32>>,
    refused_connections: AtomicU64,
    /// Made when it is first wanted.
    requests: OnceLock<Meter>,
    refused_requests: AtomicU64,
    /// The clock of `requests` begins here.
    began: Instant,
}

/// The place of a connection among those of its address, until it is dropped.
pub(crate) struct Seat {
    addresses: Arc<Addresses>,
    address: IpAddr,
}

/// An address sent more requests than it may.
#[derive(Debug, thiserror::Error)]
#[error("more than {} requests a second from its address (`limits.per_address.requests`)", .0.per_second)]
pub(crate) struct TooManyRequests(pub(crate) Rate);

impl Addresses {
    pub(crate) fn new() -> Arc<Addresses> {
        Arc::new(Addresses {
            connections: Mutex::default(),
            refused_connections: AtomicU64::new(0),
            requests: OnceLock::new(),
            refused_requests: AtomicU64::new(0),
            began: Instant::now(),
        })
    }

    /// Lets a connection in. `Ok(None)` where connections are not counted, `Err` where there are enough.
    pub(crate) fn enter(
        self: &Arc<Self>,
        address: IpAddr,
        limits: &PerAddress,
    ) -> Result<Option<Seat>, ()> {
        let Some(limit) = limits.connections else {
            return Ok(None);
        };
        let address = network(address);
        let mut connections = self.connections();
        let count = connections.entry(address).or_default();
        if *count >= limit {
            drop(connections);
            self.refused_connections.fetch_add(1, Relaxed);
            return Err(());
        }
        *count += 1;
        drop(connections);
        let addresses = Arc::clone(self);
        Ok(Some(Seat { addresses, address }))
    }

    /// Lets a request in.
    pub(crate) fn admit(
        &self,
        address: IpAddr,
        limits: &PerAddress,
    ) -> Result<(), TooManyRequests> {
        let Some(rate) = limits.requests else {
            return Ok(());
        };
        let meter = self.requests.get_or_init(Meter::new);
        let now = u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        if meter.admit(network(address), now, rate) {
            return Ok(());
        }
        self.refused_requests.fetch_add(1, Relaxed);
        Err(TooManyRequests(rate))
    }

    pub(crate) fn refused_connections(&self) -> u64 {
        self.refused_connections.load(Relaxed)
    }

    pub(crate) fn refused_requests(&self) -> u64 {
        self.refused_requests.load(Relaxed)
    }

    fn connections(&self) -> MutexGuard<'_, HashMap<IpAddr, u32>> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut connections = self.addresses.connections();
        if let Some(count) = connections.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                connections.remove(&self.address);
            }
        }
    }
}

/// What counts as one address: of IPv6, the network that one customer has, since all of it is his to choose from.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const TWO: PerAddress = PerAddress {
        connections: Some(2),
        requests: None,
    };

    #[test]
    fn places_are_given_back() {
        let addresses = Addresses::new();
        let [here, there] = ["192.0.2.1", "192.0.2.2"].map(|address| address.parse().unwrap());
        let first = addresses.enter(here, &TWO).unwrap();
        let _second = addresses.enter(here, &TWO).unwrap();
        assert!(addresses.enter(here, &TWO).is_err());
        assert!(addresses.enter(there, &TWO).is_ok());
        drop(first);
        assert!(addresses.enter(here, &TWO).is_ok());
        assert_eq!(addresses.refused_connections(), 1);
    }

    #[test]
    fn what_is_closed_is_forgotten() {
        let addresses = Addresses::new();
        drop(addresses.enter("192.0.2.1".parse().unwrap(), &TWO));
        assert!(addresses.connections().is_empty());
    }

    #[test]
    fn network_of_a_customer_is_one_address() {
        let same = [
            ("2001:db8::1", "2001:db8::ffff:1:2:3", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("::ffff:192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
        ];
        for (one, other, expected) in same {
            let [a, b] = [one, other].map(|address| network(address.parse().unwrap()));
            assert_eq!(a == b, expected, "{one} {other}");
        }
    }
}
