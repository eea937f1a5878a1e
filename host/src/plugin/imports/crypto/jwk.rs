//! Keys as JWK (RFC 7517), read strictly: what could be taken for two things is refused.

use std::{collections::BTreeMap, fmt};

use aws_lc_rs::signature::RsaKeyPair;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::Value;

use super::{
    Refused, Signer, Verifier,
    algorithm::{Algorithm, Ecdsa, ed25519_private, ed25519_public},
    invalid, rsa,
};

/// A key for verifying; a private key serves by its public part.
pub(super) fn verifier(algorithm: Algorithm, json: &[u8]) -> Result<Verifier, Refused> {
    let jwk = Jwk::read(json)?;
    jwk.allows(algorithm, "verify")?;
    match algorithm {
        Algorithm::Rsa(algorithm) => algorithm.public(&jwk.bytes("n")?, &jwk.bytes("e")?),
        Algorithm::Ecdsa(algorithm) => algorithm.public(&jwk.point(algorithm)?),
        Algorithm::Ed25519 => ed25519_public(&jwk.sized("x", 32)?),
        Algorithm::Hmac(algorithm) => Ok(Verifier::Secret(algorithm.key(&jwk.bytes("k")?)?)),
    }
}

/// A key for signing.
pub(super) fn signer(algorithm: Algorithm, json: &[u8]) -> Result<Signer, Refused> {
    let jwk = Jwk::read(json)?;
    jwk.allows(algorithm, "sign")?;
    match algorithm {
        Algorithm::Rsa(algorithm) => algorithm.private(jwk.rsa_private()?),
        Algorithm::Ecdsa(algorithm) => {
            let private = jwk.sized("d", algorithm.size)?;
            algorithm.private(&private, &jwk.point(algorithm)?)
        }
        Algorithm::Ed25519 => ed25519_private(&jwk.sized("d", 32)?, &jwk.sized("x", 32)?),
        Algorithm::Hmac(algorithm) => Ok(Signer::Secret(algorithm.key(&jwk.bytes("k")?)?)),
    }
}

/// The members of a key, each once.
struct Jwk(BTreeMap<String, Value>);

impl Jwk {
    fn read(json: &[u8]) -> Result<Jwk, Refused> {
        serde_json::from_slice(json).map_err(|error| invalid(format!("not a valid JWK: {error}")))
    }

    /// Whether type, curve, `alg`, `use` and `key_ops` allow it to serve an algorithm for a purpose.
    fn allows(&self, algorithm: Algorithm, purpose: &str) -> Result<(), Refused> {
        let (kind, curve) = match algorithm {
            Algorithm::Rsa(_) => ("RSA", None),
            Algorithm::Ecdsa(algorithm) => ("EC", Some(algorithm.curve)),
            Algorithm::Ed25519 => ("OKP", Some("Ed25519")),
            Algorithm::Hmac(_) => ("oct", None),
        };
        let kty = self.text("kty")?.unwrap_or_default();
        if kty != kind {
            return Err(algorithm.unfit(&format!("`kty` `{}`", kty.escape_debug())));
        }
        let crv = self.text("crv")?;
        if curve.is_some() && crv != curve {
            let crv = crv.unwrap_or_default().escape_debug();
            return Err(algorithm.unfit(&format!("`crv` `{crv}`")));
        }
        // RFC 9864 calls EdDSA by its curve.
        let named = |alg: &str| {
            alg == algorithm.name() || (alg == "Ed25519" && matches!(algorithm, Algorithm::Ed25519))
        };
        if let Some(alg) = self.text("alg")?.filter(|alg| !named(alg)) {
            return Err(algorithm.unfit(&format!("`alg` `{}`", alg.escape_debug())));
        }
        if self.text("use")?.is_some_and(|usage| usage != "sig") {
            return Err(invalid("the key's `use` is not `sig`"));
        }
        self.allows_purpose(purpose)
    }

    fn allows_purpose(&self, purpose: &str) -> Result<(), Refused> {
        let Some(operations) = self.0.get("key_ops") else {
            return Ok(());
        };
        let list = operations.as_array().into_iter().flatten();
        let mut names: Vec<&str> = list.filter_map(Value::as_str).collect();
        let all = names.len() == operations.as_array().map_or(usize::MAX, Vec::len);
        names.sort_unstable();
        if !all || names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(invalid("`key_ops` is a list of different names"));
        }
        // A key that verifies may be given as the private one, whose operation is `sign`.
        if names.contains(&purpose) || (purpose == "verify" && names.contains(&"sign")) {
            return Ok(());
        }
        Err(invalid(format!(
            "the key's `key_ops` do not allow to {purpose}"
        )))
    }

    fn text(&self, member: &str) -> Result<Option<&str>, Refused> {
        match self.0.get(member) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(invalid(format!("`{member}` is not a string"))),
        }
    }

    /// A member's bytes: base64url without padding and without stray bits.
    fn bytes(&self, member: &str) -> Result<Vec<u8>, Refused> {
        let text = self
            .text(member)?
            .ok_or_else(|| invalid(format!("`{member}` is missing")))?;
        URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| invalid(format!("`{member}` is not base64url without padding")))
    }

    fn sized(&self, member: &str, size: usize) -> Result<Vec<u8>, Refused> {
        let bytes = self.bytes(member)?;
        if bytes.len() != size {
            let length = bytes.len();
            return Err(invalid(format!(
                "`{member}` has {length} bytes, not {size}"
            )));
        }
        Ok(bytes)
    }

    /// A point, uncompressed. Both coordinates at full length (RFC 7518, section 6.2.1.2).
    fn point(&self, algorithm: Ecdsa) -> Result<Vec<u8>, Refused> {
        let (x, y) = (
            self.sized("x", algorithm.size)?,
            self.sized("y", algorithm.size)?,
        );
        Ok([&[4][..], &x, &y].concat())
    }

    fn rsa_private(&self) -> Result<RsaKeyPair, Refused> {
        if self.0.contains_key("oth") {
            return Err(invalid(
                "RSA keys of more than two primes are not supported",
            ));
        }
        let names = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
        let mut numbers: [Vec<u8>; 8] = Default::default();
        for (number, name) in numbers.iter_mut().zip(names) {
            *number = self.bytes(name)?;
        }
        let der = rsa::private_der(numbers.each_ref().map(|number| &number[..]));
        RsaKeyPair::from_der(&der).map_err(|_| invalid("not a valid RSA key for this algorithm"))
    }
}

impl<'de> Deserialize<'de> for Jwk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Jwk, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Jwk;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Jwk, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    // Readers disagree about which of two counts.
                    if members.contains_key(&name) {
                        let name = name.escape_debug();
                        return Err(A::Error::custom(format!("`{name}` stands twice")));
                    }
                    members.insert(name, value);
                }
                Ok(Jwk(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;

    fn ec() -> Value {
        json!({
            "kty": "EC", "crv": "P-256",
            "x": "04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY",
            "y": "UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw",
        })
    }

    fn with(member: &str, value: Value) -> Value {
        let mut jwk = ec();
        jwk[member] = value;
        jwk
    }

    fn check(algorithm: &str, jwk: &Value) -> Result<Verifier, Refused> {
        verifier(Algorithm::named(algorithm)?, jwk.to_string().as_bytes())
    }

    #[test]
    fn a_key_serves_what_it_says() {
        assert!(check("ES256", &ec()).is_ok());
        assert!(check("ES256", &with("alg", json!("ES256"))).is_ok());
        assert!(check("ES256", &with("use", json!("sig"))).is_ok());
        assert!(check("ES256", &with("key_ops", json!(["verify"]))).is_ok());
    }

    #[test]
    fn another_algorithm_is_refused() {
        for algorithm in ["ES384", "ES512", "RS256", "PS256", "EdDSA", "HS256"] {
            assert!(check(algorithm, &ec()).is_err(), "{algorithm}");
        }
        for alg in [
            json!("ES384"),
            json!("none"),
            json!(""),
            json!(1),
            json!(null),
        ] {
            assert!(check("ES256", &with("alg", alg.clone())).is_err(), "{alg}");
        }
    }

    #[test]
    fn a_public_key_is_no_secret() {
        let mut jwk = ec();
        jwk["k"] = json!("-ebuDNsVZ2iJtoZ-akfXTSCt4UO2cruLCsbWlBinggE");
        assert!(check("HS256", &jwk).is_err());
    }

    #[test]
    fn other_uses_are_refused() {
        assert!(check("ES256", &with("use", json!("enc"))).is_err());
        assert!(check("ES256", &with("use", json!(["sig"]))).is_err());
        for operations in [
            json!([]),
            json!(["encrypt"]),
            json!(["verify", "verify"]),
            json!("verify"),
            json!(["verify", 1]),
        ] {
            assert!(check("ES256", &with("key_ops", operations)).is_err());
        }
    }

    #[test]
    fn a_member_that_stands_twice_is_refused() {
        let json = ec().to_string();
        let twice = json.replacen('{', r#"{"kty":"EC","#, 1);
        let escaped = json.replacen('{', r#"{"\u006bty":"EC","#, 1);
        let algorithm = Algorithm::named("ES256").unwrap();
        assert!(verifier(algorithm, json.as_bytes()).is_ok());
        assert!(verifier(algorithm, twice.as_bytes()).is_err());
        assert!(verifier(algorithm, escaped.as_bytes()).is_err());
    }

    #[test]
    fn coordinates_are_of_full_length_and_on_the_curve() {
        for x in [
            "04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wZ",
            "AA",
            "",
            "AAAA",
        ] {
            assert!(check("ES256", &with("x", json!(x))).is_err(), "{x}");
        }
        // Padded, with stray bits, of the other alphabet, with white space.
        for x in [
            "04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY=",
            "04N0xi21hshyvBp7I167sbE/bXqyqkAPfefdklMO7wY",
            " 04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY",
        ] {
            assert!(check("ES256", &with("x", json!(x))).is_err(), "{x}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused() {
        let algorithm = Algorithm::named("ES256").unwrap();
        for text in [
            "",
            "[]",
            "null",
            "\"{}\"",
            "{} {}",
            "{\"kty\"",
            "{\"kty\": \"EC\"}",
        ] {
            assert!(verifier(algorithm, text.as_bytes()).is_err(), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(verifier(algorithm, deep.as_bytes()).is_err());
    }
}
