//! Who is at the other end? TLS for clients: certificates by server name, replaced without closing a connection.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use arc_swap::ArcSwap;
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
    certificates: Arc<ArcSwap<Certificates>>,
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
        error: rustls::Error,
    },
    #[error("no certificate is given")]
    Empty,
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
}

#[derive(Debug)]
struct Resolver(Arc<ArcSwap<Certificates>>);

impl Identity {
    /// Reads the certificates of an address.
    pub(crate) fn load(certificates: &[Certificate]) -> Result<Identity, TlsError> {
        let certificates = Arc::new(ArcSwap::from_pointee(Certificates::load(certificates)?));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Resolver(Arc::clone(&certificates))));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new()?;
        Ok(Identity {
            config: Arc::new(config),
            certificates,
        })
    }

    /// Reads the certificates again. Connections that are open keep theirs; on an error nothing changes.
    pub(crate) fn reload(&self, certificates: &[Certificate]) -> Result<(), TlsError> {
        let certificates = Certificates::load(certificates)?;
        self.certificates.store(Arc::new(certificates));
        Ok(())
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

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(self.0.load().find(hello.server_name())))
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
        error,
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
