//! Proof that an answer comes from who holds the vendor's key.
//!
//! The signature covers the request's time stamp only, so it says "somebody with the key answered a
//! request with this time stamp" and nothing about what the answer says. TLS protects that.

use core::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use rsa::{
    RsaPublicKey,
    pkcs1::DecodeRsaPublicKey as _,
    pkcs1v15::{Signature, VerifyingKey},
    pkcs8::DecodePublicKey as _,
    signature::Verifier as _,
};
use sha1::Sha1;

use super::key_text;
use crate::config::Stage;

/// What is done about the signatures of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum AnswerPolicy {
    /// A signature that is there has to be right; an answer without one is believed, as all of the
    /// vendor's SDKs do.
    #[default]
    WhenPresent,
    /// An answer without a signature is not believed either. Limits on the number of requests are told
    /// without one, and are believed.
    Required,
}

/// What a signature proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// It is right.
    Good,
    /// There is none, and the policy is content with that.
    NotAsked,
    /// There is none, and there should be.
    Missing,
    /// It is wrong.
    Bad,
}

/// The public half of the key with which the vendor signs answers.
#[derive(Clone)]
pub(crate) struct AnswerKey(VerifyingKey<Sha1>);

impl AnswerKey {
    /// The vendor's published key (protocol notes, section 1.5).
    pub(crate) const fn standard(stage: Stage) -> &'static str {
        match stage {
            Stage::Production | Stage::Test => {
                "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDNF3G8SoEcCZh2rshUbayDgLLrj6rKgzNMxDL2HSnKcB0+GPOsndqSv+a4IBu9+I3fyBp5hkyMMG2+AXugd9pMpy6VxJxlNjhX1MYbNTZJUT4nudki4uh+LMOkIBHOceGNXjgB+cXqmlUnjlqha/HgboeHSnSgpM3dKSJQlIOsDwIDAQAB"
            }
            Stage::Sandbox => {
                "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCbm21i11hgAENGd3/f280PSe4g9YGkS3TEXBYMidihTvHHf+tJ0PYD0o3PruI0hl3qhEjHTAxb75T5YD3SGK4IBhHn/Rk6mhqlGgI+bBrBVYaXixmHfRo75RpUUuWACyeqQkZckgR0McxuW9xRMIa2cXZOoL1E4SL4lXKGhKoWbwIDAQAB"
            }
        }
    }

    /// A public key in any of the forms in which people have it.
    pub(crate) fn from_text(text: &str) -> Result<Self, String> {
        let der = key_text::der(text)?;
        let key = RsaPublicKey::from_public_key_der(&der)
            .or_else(|_| RsaPublicKey::from_pkcs1_der(&der))
            .map_err(|_| "is not an RSA public key".to_owned())?;
        Ok(Self(VerifyingKey::new(key)))
    }

    /// What the signature of an answer proves about a request with this time stamp.
    pub(crate) fn check(&self, policy: AnswerPolicy, stamp: &str, sign: Option<&str>) -> Proof {
        match sign.filter(|sign| !sign.is_empty()) {
            Some(sign) if self.verifies(stamp, sign) => Proof::Good,
            Some(_) => Proof::Bad,
            None => match policy {
                AnswerPolicy::WhenPresent => Proof::NotAsked,
                AnswerPolicy::Required => Proof::Missing,
            },
        }
    }

    fn verifies(&self, text: &str, sign: &str) -> bool {
        let bytes = BASE64.decode(sign).ok();
        let signature = bytes.and_then(|bytes| Signature::try_from(bytes.as_slice()).ok());
        signature.is_some_and(|signature| self.0.verify(text.as_bytes(), &signature).is_ok())
    }
}

impl fmt::Debug for AnswerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnswerKey")
    }
}
