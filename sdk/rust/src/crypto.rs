//! Signatures, message authentication and hashes, done by the host at native speed.
//!
//! Keys are made in `configure` and stay in the host. A key serves the one algorithm that it was made for, so that no
//! token can choose another.
//!
//! ```
//! # fn main() -> Result<(), wasmgate_sdk::Error> {
//! use wasmgate_sdk::crypto::{Algorithm, SigningKey, VerifyingKey};
//!
//! let secret = b"a secret of at least thirty-two bytes";
//! let signature = SigningKey::secret(Algorithm::HS256, secret)?.sign(b"message")?;
//! assert!(VerifyingKey::secret(Algorithm::HS256, secret)?.verify(b"message", &signature)?);
//! # Ok(()) }
//! ```

use crate::{Error, host};

/// An algorithm, by its JOSE name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names are what there is to know")]
pub enum Algorithm {
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    ES512,
    EdDSA,
    HS256,
    HS384,
    HS512,
}

impl Algorithm {
    /// The algorithm of a JOSE name, as in a token's `alg`.
    pub fn named(name: &str) -> Option<Self> {
        ALGORITHMS
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(algorithm, _)| *algorithm)
    }

    /// Its JOSE name.
    pub fn name(self) -> &'static str {
        ALGORITHMS[self as usize].1
    }
}

/// A key that checks signatures.
#[derive(Clone, Copy, Debug)]
pub struct VerifyingKey(u32);

impl VerifyingKey {
    /// A key from a JWK (JSON), in `configure` only.
    ///
    /// # Errors
    /// `invalid` for what is no key of this algorithm, or too weak; `denied` outside of `configure`.
    pub fn jwk(algorithm: Algorithm, jwk: &str) -> Result<Self, Error> {
        Self::new(algorithm, "jwk", jwk.as_bytes())
    }

    /// A key from a public key or a certificate in PEM, in `configure` only.
    ///
    /// # Errors
    /// As [`jwk`](Self::jwk).
    pub fn pem(algorithm: Algorithm, pem: &str) -> Result<Self, Error> {
        Self::new(algorithm, "pem", pem.as_bytes())
    }

    /// A shared secret, for HS algorithms, in `configure` only.
    ///
    /// # Errors
    /// As [`jwk`](Self::jwk).
    pub fn secret(algorithm: Algorithm, secret: &[u8]) -> Result<Self, Error> {
        Self::new(algorithm, "raw", secret)
    }

    /// Whether the signature is this key's over the message. ES signatures are the raw form of JOSE.
    ///
    /// # Errors
    /// `not-found` where the host no longer has the key.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<bool, Error> {
        Ok(host::crypto::verify(self.0, message, signature)?)
    }

    fn new(algorithm: Algorithm, format: &str, key: &[u8]) -> Result<Self, Error> {
        Ok(VerifyingKey(host::crypto::verifying_key(
            algorithm.name(),
            format,
            key,
        )?))
    }
}

/// A key that makes signatures.
#[derive(Clone, Copy, Debug)]
pub struct SigningKey(u32);

impl SigningKey {
    /// A key from a JWK (JSON), in `configure` only.
    ///
    /// # Errors
    /// `invalid` for what is no key of this algorithm, or too weak; `denied` outside of `configure`.
    pub fn jwk(algorithm: Algorithm, jwk: &str) -> Result<Self, Error> {
        Self::new(algorithm, "jwk", jwk.as_bytes())
    }

    /// A key from a private key in PEM (PKCS #8), in `configure` only.
    ///
    /// # Errors
    /// As [`jwk`](Self::jwk).
    pub fn pem(algorithm: Algorithm, pem: &str) -> Result<Self, Error> {
        Self::new(algorithm, "pem", pem.as_bytes())
    }

    /// A shared secret, for HS algorithms, in `configure` only.
    ///
    /// # Errors
    /// As [`jwk`](Self::jwk).
    pub fn secret(algorithm: Algorithm, secret: &[u8]) -> Result<Self, Error> {
        Self::new(algorithm, "raw", secret)
    }

    /// Signs a message.
    ///
    /// # Errors
    /// `not-found` where the host no longer has the key.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(host::crypto::sign(self.0, message)?)
    }

    fn new(algorithm: Algorithm, format: &str, key: &[u8]) -> Result<Self, Error> {
        Ok(SigningKey(host::crypto::signing_key(
            algorithm.name(),
            format,
            key,
        )?))
    }
}

/// A hash: `SHA-1` (for protocols that need it), `SHA-256`, `SHA-384` or `SHA-512`.
///
/// # Errors
/// `invalid` for another name.
pub fn digest(algorithm: &str, message: impl AsRef<[u8]>) -> Result<Vec<u8>, Error> {
    Ok(host::crypto::digest(algorithm, message.as_ref())?)
}

/// Whether two texts are equal, in time that depends on their lengths only.
pub fn equal(a: impl AsRef<[u8]>, b: impl AsRef<[u8]>) -> bool {
    let (a, b) = (a.as_ref(), b.as_ref());
    // The plain loop is a few instructions and needs no import. `black_box` keeps the compiler from leaving it early.
    a.len() == b.len()
        && a.iter()
            .zip(b)
            .fold(0, |seen, (a, b)| std::hint::black_box(seen | (a ^ b)))
            == 0
}

/// In the order of the enum.
const ALGORITHMS: [(Algorithm, &str); 13] = [
    (Algorithm::RS256, "RS256"),
    (Algorithm::RS384, "RS384"),
    (Algorithm::RS512, "RS512"),
    (Algorithm::PS256, "PS256"),
    (Algorithm::PS384, "PS384"),
    (Algorithm::PS512, "PS512"),
    (Algorithm::ES256, "ES256"),
    (Algorithm::ES384, "ES384"),
    (Algorithm::ES512, "ES512"),
    (Algorithm::EdDSA, "EdDSA"),
    (Algorithm::HS256, "HS256"),
    (Algorithm::HS384, "HS384"),
    (Algorithm::HS512, "HS512"),
];
