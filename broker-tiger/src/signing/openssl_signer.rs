use core::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use broker_core::{Error, ErrorKind, Result};
use openssl::{
    error::ErrorStack,
    hash::MessageDigest,
    pkey::{Id, PKey, Private},
    sign,
};

use super::Signer;

/// Signs with OpenSSL, which blinds by itself.
pub(super) struct OpensslSigner(PKey<Private>);

impl OpensslSigner {
    pub(super) fn new(der: &[u8]) -> core::result::Result<Self, String> {
        let key = PKey::private_key_from_der(der)
            .ok()
            .filter(|key| key.id() == Id::RSA)
            .ok_or("is not an RSA private key (PKCS#1 or PKCS#8)")?;
        let signer = Self(key);
        // Some systems forbid SHA-1 by policy; better to know it now than with the first order.
        signer
            .made("")
            .map_err(|error| format!("cannot be used, OpenSSL refuses to sign: {error}"))?;
        Ok(signer)
    }

    fn made(&self, text: &str) -> core::result::Result<Vec<u8>, ErrorStack> {
        sign::Signer::new(MessageDigest::sha1(), &self.0)?.sign_oneshot_to_vec(text.as_bytes())
    }
}

impl Signer for OpensslSigner {
    fn sign(&self, text: &str) -> Result<String> {
        let signature = self.made(text).map_err(|error| {
            Error::new(
                ErrorKind::Internal,
                format!("a request cannot be signed: {error}"),
            )
        })?;
        Ok(BASE64.encode(signature))
    }
}

impl fmt::Debug for OpensslSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpensslSigner")
    }
}
