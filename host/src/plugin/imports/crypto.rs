//! Signatures, message authentication and hashes, done natively by aws-lc. A key is checked once, when it is made.

use aws_lc_rs::{
    constant_time, digest, hmac,
    rand::SystemRandom,
    signature::{self, EcdsaKeyPair, Ed25519KeyPair, ParsedPublicKey, RsaKeyPair},
};

use super::{Code, Refused, State};
use crate::plugin::bindings::wasmgate::plugin::{crypto, types};

mod algorithm;
mod jwk;
mod pem;
mod rsa;
#[cfg(test)]
mod vectors;

use algorithm::Algorithm;

/// Bytes of a key in any format.
const KEY: usize = 64 * 1024;

/// A key and the one algorithm that it was made for.
pub(super) enum Key {
    Verifying(Verifier),
    Signing(Signer),
}

pub(super) enum Verifier {
    Public(ParsedPublicKey),
    Secret(Box<hmac::Key>),
}

pub(super) enum Signer {
    Rsa(RsaKeyPair, &'static signature::RsaSignatureEncoding),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Secret(Box<hmac::Key>),
}

impl crypto::Host for State {
    fn verifying_key(
        &mut self,
        algorithm: String,
        format: String,
        key: Vec<u8>,
    ) -> Result<u32, types::Error> {
        let make = || verifier(&algorithm, &format, &key).map(Key::Verifying);
        Ok(self.builder()?.add_key(make)?)
    }

    fn signing_key(
        &mut self,
        algorithm: String,
        format: String,
        key: Vec<u8>,
    ) -> Result<u32, types::Error> {
        let make = || signer(&algorithm, &format, &key).map(Key::Signing);
        Ok(self.builder()?.add_key(make)?)
    }

    fn verify(
        &mut self,
        key: u32,
        message: Vec<u8>,
        signature: Vec<u8>,
    ) -> Result<bool, types::Error> {
        match self.holdings()?.key(key) {
            Some(Key::Verifying(verifier)) => Ok(verifier.verify(&message, &signature)),
            _ => Err(missing(key, "verifying").into()),
        }
    }

    fn sign(&mut self, key: u32, message: Vec<u8>) -> Result<Vec<u8>, types::Error> {
        match self.holdings()?.key(key) {
            Some(Key::Signing(signer)) => Ok(signer.sign(&message)?),
            _ => Err(missing(key, "signing").into()),
        }
    }

    fn digest(&mut self, algorithm: String, message: Vec<u8>) -> Result<Vec<u8>, types::Error> {
        Ok(hash(&algorithm, &message)?)
    }

    fn equal(&mut self, a: Vec<u8>, b: Vec<u8>) -> bool {
        constant_time::verify_slices_are_equal(&a, &b).is_ok()
    }
}

fn verifier(algorithm: &str, format: &str, key: &[u8]) -> Result<Verifier, Refused> {
    let algorithm = Algorithm::named(algorithm)?;
    match format {
        _ if key.len() > KEY => Err(too_long()),
        "jwk" => jwk::verifier(algorithm, key),
        "pem" => pem::verifier(algorithm, key),
        "raw" => Ok(Verifier::Secret(algorithm.secret(key)?)),
        _ => Err(unknown_format(format)),
    }
}

fn signer(algorithm: &str, format: &str, key: &[u8]) -> Result<Signer, Refused> {
    let algorithm = Algorithm::named(algorithm)?;
    match format {
        _ if key.len() > KEY => Err(too_long()),
        "jwk" => jwk::signer(algorithm, key),
        "pem" => pem::signer(algorithm, key),
        "raw" => Ok(Signer::Secret(algorithm.secret(key)?)),
        _ => Err(unknown_format(format)),
    }
}

impl Verifier {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Verifier::Public(key) => key.verify_sig(message, signature).is_ok(),
            Verifier::Secret(key) => hmac::verify(key, message, signature).is_ok(),
        }
    }
}

impl Signer {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Refused> {
        let random = SystemRandom::new();
        let signature = match self {
            Signer::Rsa(key, encoding) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(*encoding, &random, message, &mut signature)
                    .map(|()| signature)
            }
            Signer::Ecdsa(key) => key
                .sign(&random, message)
                .map(|signature| signature.as_ref().to_vec()),
            Signer::Ed25519(key) => key
                .try_sign(message)
                .map(|signature| signature.as_ref().to_vec()),
            Signer::Secret(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
        };
        signature.map_err(|_| Refused::new(Code::Invalid, "the key cannot sign this message"))
    }
}

fn hash(algorithm: &str, message: &[u8]) -> Result<Vec<u8>, Refused> {
    let algorithm = match algorithm {
        "SHA-1" => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        "SHA-256" => &digest::SHA256,
        "SHA-384" => &digest::SHA384,
        "SHA-512" => &digest::SHA512,
        other => {
            return Err(invalid(format!(
                "unknown hash `{}`: use SHA-1, SHA-256, SHA-384 or SHA-512",
                other.escape_debug()
            )));
        }
    };
    Ok(digest::digest(algorithm, message).as_ref().to_vec())
}

fn invalid(message: impl Into<String>) -> Refused {
    Refused::new(Code::Invalid, message)
}

fn too_long() -> Refused {
    Refused::new(Code::Limit, format!("a key is at most {KEY} bytes long"))
}

fn unknown_format(format: &str) -> Refused {
    let format = format.escape_debug();
    invalid(format!(
        "unknown key format `{format}`: use jwk, pem or raw"
    ))
}

fn missing(key: u32, purpose: &str) -> Refused {
    let message = format!("no {purpose} key has the number {key}");
    Refused::new(Code::NotFound, message)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_the_known_ones() {
        let hex = |algorithm| -> String {
            let bytes = hash(algorithm, b"abc").unwrap();
            bytes
                .iter()
                .take(4)
                .map(|byte| format!("{byte:02x}"))
                .collect()
        };
        assert_eq!(hex("SHA-1"), "a9993e36");
        assert_eq!(hex("SHA-256"), "ba7816bf");
        assert_eq!(hex("SHA-384"), "cb00753f");
        assert_eq!(hex("SHA-512"), "ddaf35a1");
        assert_eq!(hash("MD5", b"").unwrap_err().code, Code::Invalid);
    }

    #[test]
    fn secrets_shorter_than_the_hash_are_refused() {
        for (algorithm, bytes) in [("HS256", 32), ("HS384", 48), ("HS512", 64)] {
            assert!(verifier(algorithm, "raw", &vec![7; bytes - 1]).is_err());
            let verifier = verifier(algorithm, "raw", &vec![7; bytes]).unwrap();
            let signer = signer(algorithm, "raw", &vec![7; bytes]).unwrap();
            let tag = signer.sign(b"message").unwrap();
            assert!(verifier.verify(b"message", &tag));
            assert!(!verifier.verify(b"other", &tag));
            assert!(
                !verifier.verify(b"message", &tag[..tag.len() - 1]),
                "truncated"
            );
            assert!(!verifier.verify(b"message", b""));
        }
    }

    #[test]
    fn raw_is_for_secrets_only() {
        for algorithm in ["RS256", "PS512", "ES256", "EdDSA"] {
            assert!(verifier(algorithm, "raw", &[7; 65]).is_err());
            assert!(signer(algorithm, "raw", &[7; 32]).is_err());
        }
    }

    #[test]
    fn unknown_algorithms_and_formats_are_refused() {
        for algorithm in ["none", "NONE", "", "rs256", "RS1", "ES256K", "HS1", "dir"] {
            assert!(verifier(algorithm, "raw", &[7; 64]).is_err(), "{algorithm}");
        }
        assert!(verifier("HS256", "der", &[7; 64]).is_err());
        let refused = verifier("HS256", "raw", &vec![7; KEY + 1]).err().unwrap();
        assert_eq!(refused.code, Code::Limit);
    }
}
