use std::{path::Path, sync::Arc};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring::default_provider,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
        version::{TLS12, TLS13},
    },
};

use super::{ServeError, TlsFiles};

fn unread(path: &Path) -> impl FnOnce(tokio_rustls::rustls::pki_types::pem::Error) -> ServeError {
    let path = path.to_owned();
    move |error| ServeError::Tls(format!("{} cannot be read: {error}", path.display()))
}

/// What encrypts connections with these certificates.
pub(super) fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, ServeError> {
    owner_only(&files.private_key)?;
    let certificates = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unread(&files.certificate))?;
    let key = PrivateKeyDer::from_pem_file(&files.private_key);
    let key = key.map_err(unread(&files.private_key))?;
    let versions: &[_] = if files.only_1_3 {
        &[&TLS13]
    } else {
        &[&TLS13, &TLS12]
    };
    let wrong = |error: tokio_rustls::rustls::Error| ServeError::Tls(error.to_string());
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(versions)
        .map_err(wrong)?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(wrong)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn owner_only(path: &Path) -> Result<(), ServeError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = std::fs::metadata(path).map_err(|error| {
            ServeError::Tls(format!("{} cannot be read: {error}", path.display()))
        })?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let path = path.display();
            let message =
                format!("{path} has the mode {mode:o}: only its owner may read it (chmod 600)");
            return Err(ServeError::Tls(message));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
