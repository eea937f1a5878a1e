//! Networks of addresses, IPv4 and IPv6.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The first and last address of a network.
type Range = (IpAddr, IpAddr);

/// Networks as ranges, in order and apart, so that a long list costs a search of few steps.
#[derive(Debug, PartialEq)]
pub(crate) struct Networks(Vec<Range>);

impl Networks {
    pub(crate) fn new(mut ranges: Vec<Range>) -> Self {
        ranges.sort_unstable();
        ranges.dedup_by(|next, kept| {
            let meets = next.0 <= kept.1;
            if meets {
                kept.1 = kept.1.max(next.1);
            }
            meets
        });
        Networks(ranges)
    }

    /// Whether an address is in one of them.
    pub(crate) fn contain(&self, address: IpAddr) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= address);
        after > 0 && address <= self.0[after - 1].1
    }
}

/// Reads a network: `192.0.2.0/24`, `2001:db8::/32`, or a single address.
pub(crate) fn parse(text: &str) -> Result<Range, String> {
    let (address, length) = split(text).ok_or_else(|| {
        format!("`{text}` is no network: write `192.0.2.0/24`, `2001:db8::/32` or an address")
    })?;
    let (first, last) = range(address, length);
    match first == address {
        true => Ok((first, last)),
        false => Err(format!(
            "`{text}` has bits set beyond its prefix: write `{first}/{length}`"
        )),
    }
}

/// Address and length of the prefix. IPv4 within IPv6 is IPv4, as clients' addresses are.
fn split(text: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let length = match length {
        Some(digits) => digits.parse().ok().filter(|length| *length <= bits)?,
        None => bits,
    };
    match address.to_canonical() {
        inner if inner != address && length >= 96 => Some((inner, length - 96)),
        _ => Some((address, length)),
    }
}

fn range(address: IpAddr, length: u32) -> Range {
    match address {
        IpAddr::V4(address) => {
            let rest = u32::MAX.checked_shr(length).unwrap_or(0);
            let first = address.to_bits() & !rest;
            let ends = [first, first | rest].map(Ipv4Addr::from_bits);
            (ends[0].into(), ends[1].into())
        }
        IpAddr::V6(address) => {
            let rest = u128::MAX.checked_shr(length).unwrap_or(0);
            let first = address.to_bits() & !rest;
            let ends = [first, first | rest].map(Ipv6Addr::from_bits);
            (ends[0].into(), ends[1].into())
        }
    }
}
