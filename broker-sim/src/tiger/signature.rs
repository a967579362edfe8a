//! RSASSA-PKCS1-v1_5 over SHA-1, in base64: the vendor's only signature.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use rsa::{
    RsaPrivateKey, RsaPublicKey,
    pkcs1v15::{Signature, SigningKey, VerifyingKey},
    signature::{SignatureEncoding as _, Signer as _, Verifier as _},
};
use sha1::Sha1;

/// Signs a text.
pub(super) fn sign(key: &RsaPrivateKey, text: &str) -> String {
    let signature = SigningKey::<Sha1>::new(key.clone()).try_sign(text.as_bytes());
    // A key of 1024 bits is always long enough for a SHA-1 signature.
    signature.map_or_else(|_| String::new(), |made| BASE64.encode(made.to_bytes()))
}

/// Whether a text was signed with the private half of a key.
pub(super) fn verifies(key: &RsaPublicKey, text: &str, signature: &str) -> bool {
    let Ok(bytes) = BASE64.decode(signature) else {
        return false;
    };
    let Ok(signature) = Signature::try_from(bytes.as_slice()) else {
        return false;
    };
    VerifyingKey::<Sha1>::new(key.clone())
        .verify(text.as_bytes(), &signature)
        .is_ok()
}
