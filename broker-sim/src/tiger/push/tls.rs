use std::{io, sync::Arc};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

use crate::tiger::Keys;

/// How the push service proves itself.
#[derive(Clone)]
pub(in crate::tiger) struct Tls(TlsAcceptor);

impl Tls {
    pub(in crate::tiger) fn new(keys: &Keys) -> io::Result<Self> {
        let certificate = CertificateDer::from_pem_slice(keys.push_certificate().as_bytes());
        let key = PrivateKeyDer::from_pem_slice(keys.push_key().as_bytes());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.map_err(io::Error::other)?],
                key.map_err(io::Error::other)?,
            )
            .map_err(io::Error::other)?;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    pub(super) fn acceptor(&self) -> &TlsAcceptor {
        &self.0
    }
}
