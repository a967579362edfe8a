//! Signatures: RSASSA-PKCS1-v1_5 over SHA-1, the vendor's only one (protocol notes, section 1.4).
//!
//! `text` joins what is signed, `signer` is who signs, `key_text` reads the forms in which people have
//! keys, `answer` proves answers. SHA-1 and 1024 bits are the vendor's choice; TLS is what protects.

mod answer;
mod key_text;
#[cfg(feature = "openssl")]
mod openssl_signer;
#[cfg(any(test, not(feature = "openssl")))]
mod rsa_key_signer;
mod signer;
mod text;

#[cfg(test)]
mod key_text_tests;
#[cfg(test)]
mod vectors_tests;

pub use answer::AnswerPolicy;
pub(crate) use answer::{AnswerKey, Proof};
pub use signer::Signer;
pub(crate) use signer::rsa_signer;
pub(crate) use text::joined;
