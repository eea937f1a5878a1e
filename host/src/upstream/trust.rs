//! Whom an upstream must prove to be: TLS as a client, with the system's certificates or an operator's own.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, pem::PemObject};

/// Why there is nobody to trust.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TrustError {
    #[error("cannot read `{path}`: {error}")]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("`{path}` is not PEM: {error}")]
    NotPem {
        path: PathBuf,
        error: rustls_pki_types::pem::Error,
    },
    #[error("`{0}` has no certificate that can be trusted")]
    NoCertificate(PathBuf),
    #[error("the system has no trusted certificates; install `ca-certificates` or set `roots`")]
    NoSystemRoots,
    #[error(transparent)]
    Tls(#[from] rustls::Error),
}

/// The certificates to trust.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    /// The operator's file as it was read; none for the system's certificates.
    pem: Option<Vec<u8>>,
    roots: Arc<RootCertStore>,
}

impl Trust {
    /// The certificates that the system trusts.
    pub(crate) fn system() -> Result<Trust, TrustError> {
        let mut roots = RootCertStore::empty();
        // Single certificates that cannot be read are no reason to refuse the others.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        match roots.is_empty() {
            true => Err(TrustError::NoSystemRoots),
            false => Ok(Trust {
                pem: None,
                roots: roots.into(),
            }),
        }
    }

    /// The certificates of a PEM file, and no others.
    pub(crate) fn file(path: &Path) -> Result<Trust, TrustError> {
        let pem = std::fs::read(path).map_err(|error| TrustError::Unreadable {
            path: path.to_owned(),
            error,
        })?;
        let certificates = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
        let certificates = certificates.map_err(|error| TrustError::NotPem {
            path: path.to_owned(),
            error,
        })?;
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates);
        match roots.is_empty() {
            true => Err(TrustError::NoCertificate(path.to_owned())),
            false => Ok(Trust {
                pem: Some(pem),
                roots: roots.into(),
            }),
        }
    }

    /// A client that trusts these and offers the protocols of `alpn`, the best first.
    pub(crate) fn client(&self, alpn: &[&[u8]]) -> Result<Arc<ClientConfig>, TrustError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(Arc::new(config))
    }

    /// What tells two trusts apart: connections made under one are not used under the other.
    pub(super) fn pem(&self) -> Option<&[u8]> {
        self.pem.as_deref()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn failure(text: &str) -> String {
        let file = std::env::temp_dir().join(format!("roots-{:x}", fastrand::u64(..)));
        std::fs::write(&file, text).unwrap();
        let failure = Trust::file(&file).unwrap_err().to_string();
        std::fs::remove_file(&file).unwrap();
        failure
    }

    #[test]
    fn useless_files_are_named() {
        let missing = Trust::file(Path::new("/nowhere/ca.pem")).unwrap_err();
        assert!(
            missing
                .to_string()
                .starts_with("cannot read `/nowhere/ca.pem`")
        );
        assert!(failure("").contains("has no certificate"));
        assert!(failure("-----BEGIN CERTIFICATE-----\n").contains("is not PEM"));
    }
}
