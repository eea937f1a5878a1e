//! Which addresses are the public internet, and which lead inside: to this machine, its network, its cloud.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address that is meant: of an IPv4 address in IPv6 clothing, that.
pub(super) fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Whether an address may never be connected to, whoever lists it: it names no single host, or this one in disguise.
pub(super) fn is_void(address: IpAddr) -> bool {
    let broadcast = address == IpAddr::V4(Ipv4Addr::BROADCAST);
    broadcast || address.is_unspecified() || address.is_multicast()
}

/// Whether an address is reachable for anybody on the internet. What IANA has for special purposes is not
/// (RFC 6890 and its registries), nor is an address that carries such a one for a translator to unpack.
pub(super) fn is_public(address: IpAddr) -> bool {
    match canonical(address) {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !matches!(
        address.octets(),
        [0 | 10 | 127, ..]                 // this network, private, loopback
        | [100, 64..=127, ..]              // carriers' translators
        | [169, 254, ..]                   // link-local: the clouds' metadata is here
        | [172, 16..=31, ..]               // private
        | [192, 0, 0 | 2, _]               // protocol assignments, documentation
        | [192, 88, 99, _]                 // relays of 6to4
        | [192, 168, ..]                   // private
        | [198, 18 | 19, ..]               // benchmarks
        | [198, 51, 100, _]                // documentation
        | [203, 0, 113, _]                 // documentation
        | [224..=255, ..] // multicast, reserved, broadcast
    )
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // Translated by NAT64, tunnelled by 6to4.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        [0x2001, 0..0x200, ..] => false, // protocol assignments, Teredo among them
        [0x2001, 0xdb8, ..] => false,    // documentation
        [0x3fff, 0..0x1000, ..] => false, // documentation
        // Only this much of IPv6 was ever given to the public.
        [0x2000..0x4000, ..] => true,
        _ => false,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn check(addresses: &str, public: bool) {
        for address in addresses.split_whitespace() {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn the_internet_is_public() {
        check(
            "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0",
            true,
        );
        check(
            "169.253.255.255 172.15.255.255 172.32.0.0 192.0.1.1 223.255.255.255",
            true,
        );
        check(
            "2606:4700::1111 2001:4860:4860::8888 2a00:1450::1 2001:200::1",
            true,
        );
        check("::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::1", true);
    }

    #[test]
    fn special_addresses_are_not() {
        check(
            "0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.254",
            false,
        );
        check(
            "169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.170 192.0.2.1",
            false,
        );
        check(
            "192.168.0.1 192.88.99.1 198.18.0.1 198.19.255.255 198.51.100.9",
            false,
        );
        check(
            "203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255",
            false,
        );
        check(
            ":: ::1 fe80::1 fec0::1 fc00::1 fd00:ec2::254 ff02::1 100::1",
            false,
        );
        check("2001::1 2001:db8::1 3fff::1 5f00::1 4000::1 1fff::1", false);
    }

    #[test]
    fn private_addresses_in_disguise_are_not() {
        check("::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:a9fe:a9fe", false);
        check("::127.0.0.1 ::10.0.0.1 ::8.8.8.8", false);
        check(
            "64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::808:808",
            false,
        );
        check("2002:7f00:1::1 2002:a00:1::1 2002:c0a8:101::1", false);
        check("2001:0:4136:e378:8000:63bf:3fff:fdd2", false);
    }

    #[test]
    fn some_addresses_are_nobody() {
        for address in ["0.0.0.0", "::", "255.255.255.255", "224.0.0.1", "ff02::1"] {
            assert!(is_void(address.parse().unwrap()), "{address}");
        }
        assert!(!is_void("127.0.0.1".parse().unwrap()));
    }
}
