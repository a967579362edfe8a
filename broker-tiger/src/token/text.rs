use core::fmt;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use broker_core::{ExposeSecret as _, SecretString};
use chrono::{DateTime, TimeDelta, Utc};

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A token and what it says about itself.
///
/// Its first 27 characters are two instants in milliseconds; nothing else is known about it, and one
/// that does not say even that is still a token (protocol notes, section 3.1).
#[derive(Clone)]
pub(crate) struct Token {
    secret: SecretString,
    life: Option<Life>,
}

/// From when until when a token is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Life {
    pub(crate) generated_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

impl Life {
    pub(crate) fn span(self) -> TimeDelta {
        self.expires_at - self.generated_at
    }
}

impl Token {
    pub(crate) fn new(secret: &SecretString) -> Self {
        let text = secret.expose_secret().trim();
        Self {
            life: life(text),
            secret: SecretString::from(text),
        }
    }

    pub(crate) const fn secret(&self) -> &SecretString {
        &self.secret
    }

    pub(crate) const fn life(&self) -> Option<Life> {
        self.life
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.secret.expose_secret() == other.secret.expose_secret()
    }

    /// Whether it was made after the other one. Of two that do not say, neither was.
    pub(crate) fn is_newer(&self, other: &Self) -> bool {
        match (self.life, other.life) {
            (Some(own), Some(other)) => own.generated_at > other.generated_at,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    /// Whether a request may carry it.
    pub(crate) fn is_header_text(&self) -> bool {
        let text = self.secret.expose_secret();
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
    }
}

fn life(text: &str) -> Option<Life> {
    let bytes = LENIENT.decode(text).ok()?;
    let head = core::str::from_utf8(bytes.get(..27)?).ok()?;
    let (generated, expires) = head.split_once(',')?;
    let instant = |digits: &str| {
        let all_digits = digits.len() == 13 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let millis = digits.parse().ok().filter(|_| all_digits)?;
        DateTime::from_timestamp_millis(millis)
    };
    let (generated_at, expires_at) = (instant(generated)?, instant(expires)?);
    (expires_at > generated_at).then_some(Life {
        generated_at,
        expires_at,
    })
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("life", &self.life)
            .finish_non_exhaustive()
    }
}
