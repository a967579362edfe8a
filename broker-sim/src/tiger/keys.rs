use std::{fmt, io};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use rsa::{
    RsaPrivateKey,
    pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _, LineEnding},
    pkcs8::{EncodePrivateKey as _, EncodePublicKey as _},
    rand_core::OsRng,
};

/// The keys of a simulated login: the developer's, the broker's, and the certificate of the push
/// service. `Debug` shows none of them.
///
/// Simulated keys open nothing but simulators.
#[derive(Clone)]
pub struct Keys {
    client: RsaPrivateKey,
    broker: RsaPrivateKey,
    push_certificate: String,
    push_key: String,
}

/// How a key of PKCS#1 ends in its text.
const END: &str = "-----END RSA PRIVATE KEY-----\n";

/// Bits of the vendor's keys.
const BITS: usize = 1024;

impl Keys {
    /// Fresh keys.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn generate() -> io::Result<Self> {
        let client = RsaPrivateKey::new(&mut OsRng, BITS).map_err(io::Error::other)?;
        let broker = RsaPrivateKey::new(&mut OsRng, BITS).map_err(io::Error::other)?;
        Self::with_fresh_certificate(client, broker)
    }

    /// Keys that come with this crate and are known to everyone, which saves the time of making
    /// them; the certificate is fresh.
    ///
    /// # Errors
    /// When the certificate cannot be made.
    pub fn well_known() -> io::Result<Self> {
        Self::from_pem(
            include_str!("shipped_keys/client.pem"),
            include_str!("shipped_keys/server.pem"),
        )
    }

    /// The developer's and the broker's private keys, PEM of PKCS#1; the certificate is fresh.
    ///
    /// # Errors
    /// When a text is not such a key.
    pub fn from_pem(client: &str, broker: &str) -> io::Result<Self> {
        let client = RsaPrivateKey::from_pkcs1_pem(client).map_err(io::Error::other)?;
        let broker = RsaPrivateKey::from_pkcs1_pem(broker).map_err(io::Error::other)?;
        Self::with_fresh_certificate(client, broker)
    }

    fn with_fresh_certificate(client: RsaPrivateKey, broker: RsaPrivateKey) -> io::Result<Self> {
        let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let made = rcgen::generate_simple_self_signed(names).map_err(io::Error::other)?;
        Ok(Self {
            client,
            broker,
            push_certificate: made.cert.pem(),
            push_key: made.signing_key.serialize_pem(),
        })
    }

    /// All private keys, one after the other.
    pub(super) fn to_text(&self) -> io::Result<String> {
        let broker = self.broker.to_pkcs1_pem(LineEnding::LF);
        let broker = broker.map_err(io::Error::other)?;
        Ok(format!(
            "{}{}{}",
            self.client_pem()?,
            *broker,
            self.push_key
        ))
    }

    /// Keys that [`to_text`](Self::to_text) has written, with their certificate.
    pub(super) fn from_text(text: &str, push_certificate: String) -> io::Result<Self> {
        let no_keys = || io::Error::new(io::ErrorKind::InvalidData, "these are no keys");
        let mut parts = text.split_inclusive(END);
        let mut next = || parts.next().map(|part| part.trim_start().to_owned());
        let (client, broker) = next().zip(next()).ok_or_else(no_keys)?;
        let push_key = parts.collect::<String>().trim_start().to_owned();
        Ok(Self {
            client: RsaPrivateKey::from_pkcs1_pem(&client).map_err(io::Error::other)?,
            broker: RsaPrivateKey::from_pkcs1_pem(&broker).map_err(io::Error::other)?,
            push_certificate,
            push_key,
        })
    }

    /// The developer's private key: PEM of PKCS#1.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn client_pem(&self) -> io::Result<String> {
        let pem = self.client.to_pkcs1_pem(LineEnding::LF);
        Ok(pem.map_err(io::Error::other)?.to_string())
    }

    /// The developer's private key as the properties file has it: PKCS#1 and PKCS#8 on one line.
    pub(super) fn client_lines(&self) -> io::Result<(String, String)> {
        let one = self.client.to_pkcs1_der().map_err(io::Error::other)?;
        let eight = self.client.to_pkcs8_der().map_err(io::Error::other)?;
        Ok((
            BASE64.encode(one.as_bytes()),
            BASE64.encode(eight.as_bytes()),
        ))
    }

    /// The key that proves answers, which clients are given: base64 of its DER on one line.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn broker_public_line(&self) -> io::Result<String> {
        let der = self.broker.to_public_key().to_public_key_der();
        Ok(BASE64.encode(der.map_err(io::Error::other)?.as_bytes()))
    }

    /// The certificate of the push service, PEM; clients trust it as a root.
    #[must_use]
    pub fn push_certificate(&self) -> &str {
        &self.push_certificate
    }

    pub(super) fn push_key(&self) -> &str {
        &self.push_key
    }

    pub(super) const fn client(&self) -> &RsaPrivateKey {
        &self.client
    }

    pub(super) const fn broker(&self) -> &RsaPrivateKey {
        &self.broker
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}
