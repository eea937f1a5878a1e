//! Keys as PEM: a public key or a certificate for verifying, PKCS #8 for signing.

use aws_lc_rs::{rsa as aws, signature::RsaKeyPair};
use rustls::{pki_types::CertificateDer, server::ParsedCertificate};
use rustls_pki_types::pem::{PemObject, SectionKind};

use super::{
    Refused, Signer, Verifier,
    algorithm::{Algorithm, ed25519_pkcs8, ed25519_public},
    invalid, rsa,
};

/// A key for verifying. Of a certificate only the key is used: neither its names nor its dates, nor who signed it.
pub(super) fn verifier(algorithm: Algorithm, pem: &[u8]) -> Result<Verifier, Refused> {
    let spki = match section(pem)? {
        (SectionKind::PublicKey, der) => der,
        (SectionKind::Certificate, der) => key_of(der)?,
        (kind, _) => {
            return Err(invalid(format!(
                "{kind:?}: verifying needs a `PUBLIC KEY` or a `CERTIFICATE`"
            )));
        }
    };
    match algorithm {
        Algorithm::Rsa(algorithm) => {
            let key = aws::PublicKey::from_der(&spki)
                .map_err(|_| invalid("not a valid RSA key for this algorithm"))?;
            let (n, e) = rsa::numbers(key.as_ref())?;
            algorithm.public(n, e)
        }
        Algorithm::Ecdsa(algorithm) => algorithm.public(&spki),
        Algorithm::Ed25519 => ed25519_public(&spki),
        Algorithm::Hmac(_) => Err(algorithm.unfit("a public key")),
    }
}

/// A key for signing.
pub(super) fn signer(algorithm: Algorithm, pem: &[u8]) -> Result<Signer, Refused> {
    let der = match section(pem)? {
        (SectionKind::PrivateKey, der) => der,
        (kind, _) => {
            return Err(invalid(format!(
                "{kind:?}: signing needs a `PRIVATE KEY` (PKCS #8; `openssl pkcs8 -topk8 -nocrypt` makes one)"
            )));
        }
    };
    match algorithm {
        Algorithm::Rsa(algorithm) => {
            let key = RsaKeyPair::from_pkcs8(&der)
                .map_err(|_| invalid("not a valid RSA key for this algorithm"))?;
            algorithm.private(key)
        }
        Algorithm::Ecdsa(algorithm) => algorithm.pkcs8(&der),
        Algorithm::Ed25519 => ed25519_pkcs8(&der),
        Algorithm::Hmac(_) => Err(algorithm.unfit("a private key")),
    }
}

/// The first object; of a chain of certificates, the leaf.
fn section(pem: &[u8]) -> Result<(SectionKind, Vec<u8>), Refused> {
    <(SectionKind, Vec<u8>)>::from_pem_slice(pem)
        .map_err(|_| invalid("not PEM, or of a kind that is neither key nor certificate"))
}

fn key_of(certificate: Vec<u8>) -> Result<Vec<u8>, Refused> {
    let certificate = CertificateDer::from(certificate);
    let parsed = ParsedCertificate::try_from(&certificate)
        .map_err(|error| invalid(format!("not a valid certificate: {error}")))?;
    Ok(parsed.subject_public_key_info().to_vec())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use aws_lc_rs::{
        encoding::{AsDer, PublicKeyX509Der},
        rsa::KeySize,
        signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
    };
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::*;

    fn pem(label: &str, der: &[u8]) -> Vec<u8> {
        let text = STANDARD.encode(der);
        format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n").into_bytes()
    }

    fn works(name: &str, private: &[u8], public: &[u8]) {
        let algorithm = Algorithm::named(name).unwrap();
        let signer = signer(algorithm, &pem("PRIVATE KEY", private)).unwrap();
        let verifier = verifier(algorithm, &pem("PUBLIC KEY", public)).unwrap();
        let signature = signer.sign(b"message").unwrap();
        assert!(verifier.verify(b"message", &signature), "{name}");
        assert!(!verifier.verify(b"messagf", &signature), "{name}");
    }

    fn refused(name: &str, label: &str, der: &[u8]) {
        let algorithm = Algorithm::named(name).unwrap();
        assert!(
            verifier(algorithm, &pem(label, der)).is_err(),
            "{name} {label}"
        );
        assert!(
            signer(algorithm, &pem(label, der)).is_err(),
            "{name} {label}"
        );
    }

    #[test]
    fn elliptic_keys_serve_their_curve_only() {
        let key = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
        let private = key.to_pkcs8v1().unwrap();
        let public: PublicKeyX509Der = key.public_key().as_der().unwrap();
        works("ES384", private.as_ref(), public.as_ref());
        for name in ["ES256", "ES512", "RS256", "EdDSA", "HS256"] {
            refused(name, "PUBLIC KEY", public.as_ref());
            refused(name, "PRIVATE KEY", private.as_ref());
        }
    }

    #[test]
    fn edwards_keys_serve() {
        let key = Ed25519KeyPair::generate().unwrap();
        let private = key.to_pkcs8v1().unwrap();
        let public: PublicKeyX509Der = key.public_key().as_der().unwrap();
        works("EdDSA", private.as_ref(), public.as_ref());
        refused("ES256", "PUBLIC KEY", public.as_ref());
    }

    #[test]
    fn rsa_keys_serve_both_paddings() {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let private: aws_lc_rs::encoding::Pkcs8V1Der = key.as_der().unwrap();
        let public: PublicKeyX509Der = key.public_key().as_der().unwrap();
        for name in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] {
            works(name, private.as_ref(), public.as_ref());
        }
        refused("ES256", "PUBLIC KEY", public.as_ref());
    }

    #[test]
    fn a_certificate_gives_its_key() {
        let made = rcgen::generate_simple_self_signed(["example.com".to_owned()]).unwrap();
        let algorithm = Algorithm::named("ES256").unwrap();
        let verifier = verifier(algorithm, made.cert.pem().as_bytes()).unwrap();
        let signer = signer(algorithm, made.signing_key.serialize_pem().as_bytes()).unwrap();
        let signature = signer.sign(b"message").unwrap();
        assert!(verifier.verify(b"message", &signature));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for label in [
            "PUBLIC KEY",
            "PRIVATE KEY",
            "CERTIFICATE",
            "X",
            "EC PRIVATE KEY",
        ] {
            for name in ["RS256", "ES256", "EdDSA", "HS256"] {
                refused(name, label, b"");
                refused(name, label, b"\x30\x82\xff\xff");
            }
        }
        let algorithm = Algorithm::named("ES256").unwrap();
        assert!(verifier(algorithm, b"").is_err());
        assert!(verifier(algorithm, b"-----BEGIN PUBLIC KEY-----").is_err());
    }
}
