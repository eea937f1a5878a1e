//! What an RSA key has to be, and its numbers in DER.

use super::{Refused, invalid};

/// Bits of a modulus. A larger one would cost the host more than a request is worth.
const BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Checks a public key, both numbers without leading zeros.
pub(super) fn check(n: &[u8], e: &[u8]) -> Result<(), Refused> {
    let (Some(&first), Some(&last)) = (n.first(), n.last()) else {
        return Err(invalid("an RSA key without a modulus"));
    };
    if first == 0 || e.first().is_none_or(|&byte| byte == 0) {
        return Err(invalid("an RSA key's numbers have no leading zeros"));
    }
    let bits = n.len() * 8 - first.leading_zeros() as usize;
    if !BITS.contains(&bits) {
        return Err(invalid(format!(
            "an RSA key of {bits} bits: it has to have {} to {}",
            BITS.start(),
            BITS.end()
        )));
    }
    // An exponent of 1 signs nothing; a long one is only good for wasting time.
    let odd = |byte: u8| byte & 1 == 1;
    if e.len() > 4 || e == [1] || !e.last().copied().is_some_and(odd) || !odd(last) {
        return Err(invalid(
            "an RSA key's exponent is odd, more than 1 and at most 32 bits long",
        ));
    }
    if is_roca(n) {
        return Err(invalid(
            "an RSA key of the weak kind of CVE-2017-15361 (ROCA): make a new one",
        ));
    }
    Ok(())
}

/// Checks a public key in DER (`RSAPublicKey`, RFC 8017).
pub(super) fn check_public(der: &[u8]) -> Result<(), Refused> {
    let (n, e) = numbers(der)?;
    check(n, e)
}

/// The modulus and the exponent of an `RSAPublicKey`, without leading zeros.
pub(super) fn numbers(der: &[u8]) -> Result<(&[u8], &[u8]), Refused> {
    let pair = || {
        let (body, []) = element(der, 0x30)? else {
            return None;
        };
        let (n, rest) = element(body, 0x02)?;
        let (e, []) = element(rest, 0x02)? else {
            return None;
        };
        Some((positive(n), positive(e)))
    };
    pair().ok_or_else(|| invalid("not a valid RSA key"))
}

/// An `RSAPrivateKey` (RFC 8017) of its numbers: n, e, d, p, q, dp, dq, qi.
pub(super) fn private_der(numbers: [&[u8]; 8]) -> Vec<u8> {
    let mut body = vec![0x02, 1, 0]; // version 0: two primes
    for number in numbers {
        // A leading zero keeps a number positive.
        let zero = number.first().is_none_or(|&byte| byte >= 0x80);
        header(&mut body, 0x02, number.len() + usize::from(zero));
        body.extend(zero.then_some(0));
        body.extend_from_slice(number);
    }
    let mut der = Vec::with_capacity(body.len() + 6);
    header(&mut der, 0x30, body.len());
    der.append(&mut body);
    der
}

/// Whether a modulus has the fingerprint of keys that Infineon's library made: for each of these small primes, its
/// remainder is a power of 65537. A sound key passes them all with a chance of one in 2^27.
fn is_roca(n: &[u8]) -> bool {
    const PRIMES: [u32; 17] = [
        11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
    ];
    PRIMES.iter().all(|&prime| {
        let remainder = |rest: u32, &byte: &u8| (rest * 256 + u32::from(byte)) % prime;
        let wanted = n.iter().fold(0, remainder);
        let powers = std::iter::successors(Some(1), |power| Some(power * (65537 % prime) % prime));
        powers.take(prime as usize).any(|power| power == wanted)
    })
}

/// The contents of a DER element with this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, first], rest) = der.split_first_chunk()?;
    let bytes = usize::from(first & 0x7f);
    let (length, rest) = match first {
        _ if found != tag => return None,
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(bytes)?;
            let number = length.iter().fold(0, |sum, &b| sum << 8 | usize::from(b));
            (number, rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

fn header(der: &mut Vec<u8>, tag: u8, length: usize) {
    der.push(tag);
    let bytes = length.to_be_bytes();
    let significant = &bytes[bytes.iter().take_while(|&&byte| byte == 0).count()..];
    if length >= 0x80 {
        der.push(0x80 | significant.len() as u8);
        der.extend_from_slice(significant);
    } else {
        der.push(length as u8);
    }
}

fn positive(number: &[u8]) -> &[u8] {
    &number[number.iter().take_while(|&&byte| byte == 0).count()..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modulus(bits: usize) -> Vec<u8> {
        let mut n = vec![0xff; bits.div_ceil(8)];
        n[0] >>= (8 - bits % 8) % 8;
        n
    }

    #[test]
    fn sizes_are_bounded_to_the_bit() {
        for (bits, good) in [
            (1024, false),
            (2047, false),
            (2048, true),
            (8192, true),
            (8193, false),
        ] {
            assert_eq!(check(&modulus(bits), &[1, 0, 1]).is_ok(), good, "{bits}");
        }
    }

    #[test]
    fn useless_exponents_are_refused() {
        let n = modulus(2048);
        assert!(check(&n, &[3]).is_ok());
        for e in [&[][..], &[0], &[1], &[2], &[0, 3], &[1, 0, 0, 0, 1]] {
            assert!(check(&n, e).is_err(), "{e:?}");
        }
        let mut even = n.clone();
        even[255] = 0xfe;
        assert!(check(&even, &[3]).is_err());
        assert!(check(&[], &[3]).is_err());
    }

    #[test]
    fn broken_der_is_refused() {
        let good = [0x30, 6, 2, 1, 5, 2, 1, 3];
        assert_eq!(numbers(&good), Ok((&[5][..], &[3][..])));
        for cut in 0..good.len() {
            assert!(numbers(&good[..cut]).is_err());
        }
        assert!(
            numbers(&[&good[..], &[0]].concat()).is_err(),
            "more behind it"
        );
        assert!(numbers(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).is_err());
        assert!(numbers(&[0x30, 0x80]).is_err());
    }

    #[test]
    fn lengths_are_written_in_their_shortest_form() {
        let written = |length| {
            let mut der = Vec::new();
            header(&mut der, 2, length);
            der
        };
        assert_eq!(written(127), [2, 127]);
        assert_eq!(written(128), [2, 0x81, 128]);
        assert_eq!(written(256), [2, 0x82, 1, 0]);
    }
}
