use core::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use broker_core::{Error, ErrorKind, Result};
use rsa::{
    RsaPrivateKey,
    pkcs1::DecodeRsaPrivateKey as _,
    pkcs1v15::SigningKey,
    pkcs8::DecodePrivateKey as _,
    rand_core::OsRng,
    signature::{RandomizedSigner as _, SignatureEncoding as _},
};
use sha1::Sha1;

use super::Signer;

/// Signs in pure Rust.
///
/// The private operation is blinded with fresh random numbers, because the crate `rsa` takes a time
/// that depends on the key (RUSTSEC-2023-0071); the signature is the same without them.
pub(super) struct RsaSigner(SigningKey<Sha1>);

impl RsaSigner {
    pub(super) fn new(der: &[u8]) -> core::result::Result<Self, String> {
        let key = RsaPrivateKey::from_pkcs1_der(der)
            .or_else(|_| RsaPrivateKey::from_pkcs8_der(der))
            .map_err(|_| "is not an RSA private key (PKCS#1 or PKCS#8)".to_owned())?;
        Ok(Self(SigningKey::new(key)))
    }
}

impl Signer for RsaSigner {
    fn sign(&self, text: &str) -> Result<String> {
        let made = self.0.try_sign_with_rng(&mut OsRng, text.as_bytes());
        let signature = made.map_err(|error| {
            Error::new(
                ErrorKind::Internal,
                format!("a request cannot be signed: {error}"),
            )
        })?;
        Ok(BASE64.encode(signature.to_bytes()))
    }
}

impl fmt::Debug for RsaSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RsaSigner")
    }
}
