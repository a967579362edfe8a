use core::fmt;
use std::sync::Arc;

use broker_core::{Error, ErrorKind, Result};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_rustls::rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};

/// Whose certificates are trusted. There is no way to trust everybody: the signature with which a
/// client logs in to the push service never changes, so whoever hears it once can use it for ever.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Trust {
    /// Those that the operating system trusts.
    #[default]
    Platform,
    /// Those of these authorities only: PEM, one or several. For simulators.
    Only(Arc<str>),
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Platform => f.write_str("Platform"),
            Self::Only(_) => f.write_str("Only(..)"),
        }
    }
}

impl Trust {
    /// Settings for a connection that verifies the server.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] for certificates that are none, [`ErrorKind::Io`] when the
    /// system's cannot be had.
    pub(crate) fn client(&self) -> Result<ClientConfig> {
        let io = |error| {
            let message = format!("the certificates of this system cannot be used: {error}");
            Error::new(ErrorKind::Io, message)
        };
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io)?;
        let builder = match self {
            Self::Platform => builder.with_platform_verifier().map_err(io)?,
            Self::Only(pem) => builder.with_root_certificates(roots(pem)?),
        };
        Ok(builder.with_no_client_auth())
    }
}

fn roots(pem: &str) -> Result<RootCertStore> {
    let wrong = |why: &dyn fmt::Display| {
        Error::invalid("trust", format!("is no certificate in PEM: {why}"))
    };
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|error| wrong(&error))?;
        store.add(certificate).map_err(|error| wrong(&error))?;
    }
    if store.is_empty() {
        return Err(wrong(&"nothing was found"));
    }
    Ok(store)
}
