//! Counts requests by address, in as much memory as it was made with.
//!
//! What is kept of an address is the time at which its requests would have been due, had they come at an even rate
//! (the generic cell rate algorithm): one number, whose past is of no interest. Eight addresses share a row. A new one
//! takes the place of the one that is the least ahead of its time, which nearly always is one that is not ahead at
//! all; only where tens of thousands of addresses are at their limit at once, one of them is forgotten too early.

use std::{
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use crate::config::Rate;

const ROWS: usize = 1 << 13;
const ROW: usize = 8;
const SECOND: u64 = 1_000_000_000;

/// 65,536 addresses in 1 MiB. No locks: of two requests that meet at one number, one looks again.
#[derive(Debug)]
pub(super) struct Meter {
    rows: Box<[[Slot; ROW]]>,
    /// Secret, so that nobody can choose addresses that share a row.
    hashes: RandomState,
}

#[derive(Debug, Default)]
struct Slot {
    /// A hash of the address; 0 where there is none yet.
    tag: AtomicU64,
    /// In nanoseconds since the meter's clock began.
    due: AtomicU64,
}

impl Meter {
    pub(super) fn new() -> Meter {
        Meter {
            rows: std::iter::repeat_with(Default::default)
                .take(ROWS)
                .collect(),
            hashes: RandomState::new(),
        }
    }

    /// Whether an address may send one more request at `now`.
    pub(super) fn admit(&self, address: IpAddr, now: u64, rate: Rate) -> bool {
        let pause = SECOND / u64::from(rate.per_second.max(1));
        let most_ahead = pause.saturating_mul(u64::from(rate.burst.max(1)));
        let slot = self.slot(address);
        let next = |due: u64| {
            let next = due.max(now).saturating_add(pause);
            (next - now <= most_ahead).then_some(next)
        };
        slot.due.fetch_update(Relaxed, Relaxed, next).is_ok()
    }

    fn slot(&self, address: IpAddr) -> &Slot {
        let hash = self.hashes.hash_one(address);
        let row = &self.rows[hash as usize % ROWS];
        let tag = hash | 1;
        let known = row.iter().find(|slot| slot.tag.load(Relaxed) == tag);
        known.unwrap_or_else(|| Slot::take(row, tag))
    }
}

impl Slot {
    /// Gives an address the slot that matters least.
    fn take(row: &[Slot; ROW], tag: u64) -> &Slot {
        let (mut least, mut due) = (&row[0], u64::MAX);
        for slot in row {
            let other = slot.due.load(Relaxed);
            if other < due {
                (least, due) = (slot, other);
            }
        }
        least.tag.store(tag, Relaxed);
        least.due.store(0, Relaxed);
        least
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const RATE: Rate = Rate {
        per_second: 10,
        burst: 5,
    };

    fn address(number: u32) -> IpAddr {
        Ipv4Addr::from_bits(number).into()
    }

    /// How many of a hundred requests at once are let in.
    fn admitted(meter: &Meter, number: u32, now: u64) -> usize {
        (0..100)
            .filter(|_| meter.admit(address(number), now, RATE))
            .count()
    }

    #[test]
    fn burst_comes_at_once_and_the_rest_at_its_rate() {
        let meter = Meter::new();
        assert_eq!(admitted(&meter, 1, SECOND), 5);
        assert_eq!(admitted(&meter, 2, SECOND), 5, "another address");
        assert_eq!(admitted(&meter, 1, SECOND + SECOND / 10), 1);
        assert_eq!(admitted(&meter, 1, SECOND + SECOND / 10 * 4), 3);
        assert_eq!(admitted(&meter, 1, 100 * SECOND), 5);
    }

    #[test]
    fn many_addresses_do_not_free_one_that_is_at_its_limit() {
        let meter = Meter::new();
        assert_eq!(admitted(&meter, 0, SECOND), 5);
        for number in 1..500_000 {
            // Each was here before its time ran out, so that none of them is in debt now.
            meter.admit(address(number), 0, RATE);
        }
        assert_eq!(admitted(&meter, 0, SECOND), 0);
    }

    #[test]
    fn threads_share_one_count() {
        let meter = Meter::new();
        let admitted = std::thread::scope(|scope| {
            let threads = [(); 4].map(|()| scope.spawn(|| admitted(&meter, 7, SECOND)));
            threads.map(|thread| thread.join().unwrap_or(0))
        });
        assert_eq!(admitted.into_iter().sum::<usize>(), 5);
    }
}
