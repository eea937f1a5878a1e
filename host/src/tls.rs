//! Who is at the other end? TLS for clients: certificates by server name, replaced without closing a connection.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    ServerConfig,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use crate::config::Certificate;

/// The gateway's certificates on one address.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) config: Arc<ServerConfig>,
}

/// Certificates by server name.
#[derive(Debug)]
struct Certificates {
    /// By exact name, or by `.example.com` for `*.example.com`.
    by_name: HashMap<String, Arc<CertifiedKey>>,
    /// For clients that name no server or an unknown one.
    first: Arc<CertifiedKey>,
}

/// Why certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("cannot read `{0}`: {1}")]
    Unreadable(PathBuf, rustls_pki_types::pem::Error),
    #[error("`{0}` holds no certificate in PEM")]
    NoCertificate(PathBuf),
    #[error("`{0}` holds no private key in PEM (PKCS #8, PKCS #1 or SEC 1)")]
    NoKey(PathBuf),
    #[error(
        "the key `{key}` does not belong to the certificate `{chain}`, or is of an unknown kind: {error}"
    )]
    Unfit {
        chain: PathBuf,
        key: PathBuf,
        error: Box<rustls::Error>,
    },
    #[error("no certificate is given")]
    Empty,
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
}

impl Identity {
    /// Reads the certificates of an address.
    pub(crate) fn load(certificates: &[Certificate]) -> Result<Identity, TlsError> {
        let certificates = Certificates::load(certificates)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(certificates));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new()?;
        Ok(Identity {
            config: Arc::new(config),
        })
    }

    /// The same with these certificates: clients may still resume the sessions that they have.
    pub(crate) fn reload(&self, certificates: &[Certificate]) -> Result<Identity, TlsError> {
        let certificates = Certificates::load(certificates)?;
        let mut config = ServerConfig::clone(&self.config);
        config.cert_resolver = Arc::new(certificates);
        Ok(Identity {
            config: Arc::new(config),
        })
    }
}

impl Certificates {
    fn load(files: &[Certificate]) -> Result<Certificates, TlsError> {
        let mut by_name = HashMap::new();
        let mut first = None;
        for file in files {
            let (key, names) = read(file)?;
            for name in names {
                by_name.entry(name).or_insert_with(|| Arc::clone(&key));
            }
            first.get_or_insert(key);
        }
        let first = first.ok_or(TlsError::Empty)?;
        Ok(Certificates { by_name, first })
    }

    fn find(&self, server_name: Option<&str>) -> &Arc<CertifiedKey> {
        let named = server_name.and_then(|name| {
            let name = name.to_ascii_lowercase();
            let wildcard = name.find('.').map_or("", |dot| &name[dot..]);
            self.by_name
                .get(&name)
                .or_else(|| self.by_name.get(wildcard))
        });
        named.unwrap_or(&self.first)
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(self.find(hello.server_name())))
    }
}

/// A key with its certificates, and the names that the first of these stands for.
fn read(files: &Certificate) -> Result<(Arc<CertifiedKey>, Vec<String>), TlsError> {
    let chain = chain(&files.chain)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| match error {
        rustls_pki_types::pem::Error::NoItemsFound => TlsError::NoKey(files.key.clone()),
        error => TlsError::Unreadable(files.key.clone(), error),
    })?;
    let names = names(&chain[0]);
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let key = CertifiedKey::from_der(chain, key, &provider).map_err(|error| TlsError::Unfit {
        chain: files.chain.clone(),
        key: files.key.clone(),
        error: Box::new(error),
    })?;
    Ok((Arc::new(key), names))
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let unreadable = |error| TlsError::Unreadable(path.to_owned(), error);
    let certificates = CertificateDer::pem_file_iter(path).map_err(unreadable)?;
    let chain = certificates
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable)?;
    match chain.is_empty() {
        true => Err(TlsError::NoCertificate(path.to_owned())),
        false => Ok(chain),
    }
}

/// The names of a certificate in the form of [`Certificates::by_name`].
fn names(certificate: &CertificateDer<'_>) -> Vec<String> {
    let Ok(certificate) = webpki::EndEntityCert::try_from(certificate) else {
        return Vec::new();
    };
    let names = certificate.valid_dns_names();
    names
        .map(|name| name.trim_start_matches('*').to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::fs;

    use super::*;

    /// Writes a certificate for these names, and its key.
    fn certificate(folder: &Path, names: &[&str]) -> Certificate {
        let names = names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let made = rcgen::generate_simple_self_signed(names.clone()).unwrap();
        let file = names[0].replace('*', "any");
        let (chain, key) = (
            folder.join(format!("{file}.pem")),
            folder.join(format!("{file}.key")),
        );
        fs::write(&chain, made.cert.pem()).unwrap();
        fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        Certificate { chain, key }
    }

    fn folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("wasmgate-tls-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn found<'a>(certificates: &'a Certificates, name: Option<&str>) -> &'a [u8] {
        certificates.find(name).cert[0].as_ref()
    }

    #[test]
    fn certificate_is_chosen_by_server_name() {
        let folder = folder("names");
        let files = [
            certificate(&folder, &["first.example"]),
            certificate(&folder, &["*.example.com"]),
            certificate(&folder, &["a.example.com", "b.example.com"]),
        ];
        let certificates = Certificates::load(&files).unwrap();
        let expected = |file: usize| chain(&files[file].chain).unwrap()[0].to_vec();
        for (name, file) in [
            (Some("first.example"), 0),
            (Some("x.example.com"), 1),
            (Some("a.example.com"), 2),
            (Some("B.Example.com"), 2),
            (Some("x.y.example.com"), 0),
            (Some("example.com"), 0),
            (Some("other"), 0),
            (None, 0),
        ] {
            assert_eq!(found(&certificates, name), expected(file), "{name:?}");
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn wrong_files_are_told_apart() {
        let folder = folder("wrong");
        let (one, two) = (
            certificate(&folder, &["one"]),
            certificate(&folder, &["two"]),
        );
        let load = |chain: &Path, key: &Path| {
            let certificate = Certificate {
                chain: chain.to_owned(),
                key: key.to_owned(),
            };
            Identity::load(&[certificate]).unwrap_err()
        };
        assert!(matches!(load(&one.chain, &two.key), TlsError::Unfit { .. }));
        assert!(matches!(load(&one.chain, &one.chain), TlsError::NoKey(_)));
        assert!(matches!(
            load(&one.key, &one.key),
            TlsError::NoCertificate(_)
        ));
        assert!(matches!(
            load(&folder.join("none"), &one.key),
            TlsError::Unreadable(..)
        ));
        assert!(matches!(Identity::load(&[]), Err(TlsError::Empty)));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn reload_keeps_sessions_and_takes_new_certificates() {
        let folder = folder("reload");
        let identity = Identity::load(&[certificate(&folder, &["a"])]).unwrap();
        let after = identity.reload(&[certificate(&folder, &["b"])]).unwrap();
        assert!(Arc::ptr_eq(
            &identity.config.ticketer,
            &after.config.ticketer
        ));
        assert!(!Arc::ptr_eq(
            &identity.config.cert_resolver,
            &after.config.cert_resolver
        ));
        fs::remove_dir_all(folder).unwrap();
    }
}
