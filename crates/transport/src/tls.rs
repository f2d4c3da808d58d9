//! TLS: certificate and key from files, read again when asked to.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or holds something else.
    #[error("{}: expected {expected} in PEM: {reason}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What should be in it.
        expected: &'static str,
        /// What was found.
        reason: String,
    },
    /// Certificate and key do not belong together, or are of no known kind.
    #[error("{}: cannot be used with its key: {reason}", certificate.display())]
    Pair {
        /// The file of the certificate.
        certificate: PathBuf,
        /// Why.
        reason: String,
    },
}

/// Certificate and key in use. Cheap to clone; all clones change together.
#[derive(Clone, Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: Arc<RwLock<Arc<ServerConfig>>>,
}

impl Tls {
    /// Reads a certificate (its chain after it) and its key.
    ///
    /// # Errors
    /// See [`TlsError`].
    pub fn open(certificate: &Path, key: &Path) -> Result<Tls, TlsError> {
        let current = Arc::new(RwLock::new(Arc::new(read(certificate, key)?)));
        Ok(Tls { certificate: certificate.to_owned(), key: key.to_owned(), current })
    }

    /// Reads the files again; connections from now on get what they hold.
    ///
    /// # Errors
    /// See [`TlsError`]; what was in use stays in use.
    pub fn reload(&self) -> Result<(), TlsError> {
        let read = Arc::new(read(&self.certificate, &self.key)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn read(certificate: &Path, key: &Path) -> Result<ServerConfig, TlsError> {
    let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let wrong =
        |file: &Path, expected, reason: String| TlsError::File { file: file.to_owned(), expected, reason };
    let chain = chain.map_err(|error| wrong(certificate, "a certificate", error.to_string()))?;
    if chain.is_empty() {
        return Err(wrong(certificate, "a certificate", "there is none".to_owned()));
    }
    let secret = PrivateKeyDer::from_pem_file(key);
    let secret = secret.map_err(|error| wrong(key, "a private key", error.to_string()))?;
    let pair = |error: tokio_rustls::rustls::Error| TlsError::Pair {
        certificate: certificate.to_owned(),
        reason: error.to_string(),
    };
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(pair)?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, secret).map_err(pair)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
