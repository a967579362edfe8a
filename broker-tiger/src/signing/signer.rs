use core::fmt::Debug;
use std::sync::Arc;

use broker_core::Result;

use super::key_text;

/// Signs requests with the developer's private key, wherever that is.
///
/// Implement it for a key that must not leave a vault. Signing happens on the way of every request:
/// an implementer that has to wait should keep it short.
pub trait Signer: Send + Sync + Debug + 'static {
    /// The signature of `text`: RSASSA-PKCS1-v1_5 with SHA-1, in standard base64 on one line.
    ///
    /// # Errors
    /// [`Internal`](broker_core::ErrorKind::Internal) or [`Io`](broker_core::ErrorKind::Io) when it
    /// cannot be made; the request is not sent.
    fn sign(&self, text: &str) -> Result<String>;
}

/// Signs with a private key in any of the forms in which people have it.
pub(crate) fn rsa_signer(key: &str) -> core::result::Result<Arc<dyn Signer>, String> {
    let der = key_text::der(key)?;
    #[cfg(feature = "openssl")]
    let signer = super::openssl_signer::OpensslSigner::new(&der)?;
    #[cfg(not(feature = "openssl"))]
    let signer = super::rsa_key_signer::RsaSigner::new(&der)?;
    Ok(Arc::new(signer))
}
