//! The algorithms by their JOSE names (RFC 7518, RFC 8037), and what a key for each has to be.

use aws_lc_rs::{
    hmac,
    signature::{
        self, EcdsaKeyPair, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, Ed25519KeyPair,
        ParsedPublicKey, RsaKeyPair, RsaParameters, RsaPublicKeyComponents, RsaSignatureEncoding,
    },
};

use super::{Refused, Signer, Verifier, invalid, rsa};

/// An algorithm that the contract knows.
#[derive(Clone, Copy)]
pub(super) enum Algorithm {
    Rsa(Rsa),
    Ecdsa(Ecdsa),
    Ed25519,
    Hmac(Hmac),
}

#[derive(Clone, Copy)]
pub(super) struct Rsa {
    name: &'static str,
    verify: &'static RsaParameters,
    sign: &'static RsaSignatureEncoding,
}

#[derive(Clone, Copy)]
pub(super) struct Ecdsa {
    name: &'static str,
    pub(super) curve: &'static str,
    /// Bytes of a coordinate and of a private number.
    pub(super) size: usize,
    verify: &'static EcdsaVerificationAlgorithm,
    sign: &'static EcdsaSigningAlgorithm,
}

#[derive(Clone, Copy)]
pub(super) struct Hmac {
    name: &'static str,
    algorithm: hmac::Algorithm,
}

impl Algorithm {
    pub(super) fn named(name: &str) -> Result<Algorithm, Refused> {
        use Algorithm::{Ecdsa as Ec, Hmac as Hs, Rsa as Rs};
        #[rustfmt::skip]
        let algorithm = match name {
            "RS256" => Rs(Rsa { name: "RS256", verify: &signature::RSA_PKCS1_2048_8192_SHA256, sign: &signature::RSA_PKCS1_SHA256 }),
            "RS384" => Rs(Rsa { name: "RS384", verify: &signature::RSA_PKCS1_2048_8192_SHA384, sign: &signature::RSA_PKCS1_SHA384 }),
            "RS512" => Rs(Rsa { name: "RS512", verify: &signature::RSA_PKCS1_2048_8192_SHA512, sign: &signature::RSA_PKCS1_SHA512 }),
            "PS256" => Rs(Rsa { name: "PS256", verify: &signature::RSA_PSS_2048_8192_SHA256, sign: &signature::RSA_PSS_SHA256 }),
            "PS384" => Rs(Rsa { name: "PS384", verify: &signature::RSA_PSS_2048_8192_SHA384, sign: &signature::RSA_PSS_SHA384 }),
            "PS512" => Rs(Rsa { name: "PS512", verify: &signature::RSA_PSS_2048_8192_SHA512, sign: &signature::RSA_PSS_SHA512 }),
            "ES256" => Ec(Ecdsa { name: "ES256", curve: "P-256", size: 32, verify: &signature::ECDSA_P256_SHA256_FIXED, sign: &signature::ECDSA_P256_SHA256_FIXED_SIGNING }),
            "ES384" => Ec(Ecdsa { name: "ES384", curve: "P-384", size: 48, verify: &signature::ECDSA_P384_SHA384_FIXED, sign: &signature::ECDSA_P384_SHA384_FIXED_SIGNING }),
            "ES512" => Ec(Ecdsa { name: "ES512", curve: "P-521", size: 66, verify: &signature::ECDSA_P521_SHA512_FIXED, sign: &signature::ECDSA_P521_SHA512_FIXED_SIGNING }),
            "EdDSA" => Algorithm::Ed25519,
            "HS256" => Hs(Hmac { name: "HS256", algorithm: hmac::HMAC_SHA256 }),
            "HS384" => Hs(Hmac { name: "HS384", algorithm: hmac::HMAC_SHA384 }),
            "HS512" => Hs(Hmac { name: "HS512", algorithm: hmac::HMAC_SHA512 }),
            other => {
                let other = other.escape_debug();
                return Err(invalid(format!(
                    "unknown algorithm `{other}`: use RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, HS256, HS384 or HS512"
                )));
            }
        };
        Ok(algorithm)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Algorithm::Rsa(rsa) => rsa.name,
            Algorithm::Ecdsa(ecdsa) => ecdsa.name,
            Algorithm::Ed25519 => "EdDSA",
            Algorithm::Hmac(hmac) => hmac.name,
        }
    }

    /// A secret for message authentication.
    pub(super) fn secret(self, secret: &[u8]) -> Result<Box<hmac::Key>, Refused> {
        match self {
            Algorithm::Hmac(hmac) => hmac.key(secret),
            _ => Err(self.unfit("a secret")),
        }
    }

    /// What to say about a key of another kind.
    pub(super) fn unfit(self, key: &str) -> Refused {
        invalid(format!("{key} is no key for {}", self.name()))
    }
}

impl Rsa {
    /// A public key from its modulus and exponent, without leading zeros.
    pub(super) fn public(self, n: &[u8], e: &[u8]) -> Result<Verifier, Refused> {
        rsa::check(n, e)?;
        RsaPublicKeyComponents { n, e }
            .to_parsed_public_key(self.verify)
            .map(Verifier::Public)
            .map_err(|_| invalid("not a valid RSA key"))
    }

    /// A private key that was read.
    pub(super) fn private(self, key: RsaKeyPair) -> Result<Signer, Refused> {
        use aws_lc_rs::signature::KeyPair;
        rsa::check_public(key.public_key().as_ref())?;
        Ok(Signer::Rsa(key, self.sign))
    }
}

impl Ecdsa {
    /// A public key: a point, uncompressed, or a DER `SubjectPublicKeyInfo`.
    pub(super) fn public(self, key: &[u8]) -> Result<Verifier, Refused> {
        ParsedPublicKey::new(self.verify, key)
            .map(Verifier::Public)
            .map_err(|_| self.bad())
    }

    pub(super) fn private(self, private: &[u8], point: &[u8]) -> Result<Signer, Refused> {
        EcdsaKeyPair::from_private_key_and_public_key(self.sign, private, point)
            .map(Signer::Ecdsa)
            .map_err(|_| self.bad())
    }

    pub(super) fn pkcs8(self, key: &[u8]) -> Result<Signer, Refused> {
        EcdsaKeyPair::from_pkcs8(self.sign, key)
            .map(Signer::Ecdsa)
            .map_err(|_| self.bad())
    }

    fn bad(self) -> Refused {
        invalid(format!("not a valid key on the curve {}", self.curve))
    }
}

impl Hmac {
    pub(super) fn key(self, secret: &[u8]) -> Result<Box<hmac::Key>, Refused> {
        // RFC 7518, section 3.2: at least as long as the hash.
        let least = self.algorithm.digest_algorithm().output_len();
        if secret.len() < least {
            let (name, length) = (self.name, secret.len());
            return Err(invalid(format!(
                "a secret of {length} bytes: {name} needs at least {least}"
            )));
        }
        Ok(Box::new(hmac::Key::new(self.algorithm, secret)))
    }
}

/// An Ed25519 public key: its 32 bytes or a DER `SubjectPublicKeyInfo`.
pub(super) fn ed25519_public(key: &[u8]) -> Result<Verifier, Refused> {
    ParsedPublicKey::new(&signature::ED25519, key)
        .map(Verifier::Public)
        .map_err(|_| invalid("not a valid Ed25519 key"))
}

pub(super) fn ed25519_private(seed: &[u8], public: &[u8]) -> Result<Signer, Refused> {
    Ed25519KeyPair::from_seed_and_public_key(seed, public)
        .map(Signer::Ed25519)
        .map_err(|_| invalid("not a valid Ed25519 key"))
}

pub(super) fn ed25519_pkcs8(key: &[u8]) -> Result<Signer, Refused> {
    Ed25519KeyPair::from_pkcs8(key)
        .map(Signer::Ed25519)
        .map_err(|_| invalid("not a valid Ed25519 key"))
}
