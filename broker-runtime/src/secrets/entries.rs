use std::collections::BTreeMap;

use broker_core::{ExposeSecret as _, SecretString};
use chrono::{DateTime, Utc};
use zeroize::Zeroizing;

use super::SecretError;

/// What a store tells of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecretEntry {
    /// Its name.
    pub name: String,
    /// When it was put here first, UTC, to the millisecond.
    pub created_at: DateTime<Utc>,
    /// When it was put here last, UTC, to the millisecond.
    pub updated_at: DateTime<Utc>,
}

/// The largest secret in bytes.
const LARGEST: usize = 1 << 20;
/// All of them in bytes.
const LARGEST_BODY: usize = 32 << 20;
/// Bytes of an entry besides its name and its secret.
const FIXED: usize = 1 + 8 + 8 + 4;

pub(super) struct Kept {
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) secret: SecretString,
}

/// What is in a store, by name. No `Debug`: nothing of it is for anybody's eyes.
#[derive(Default)]
pub(super) struct Entries(pub(super) BTreeMap<String, Kept>);

/// Whether an entry may have this name.
pub(super) fn check_name(name: &str) -> Result<(), SecretError> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let begins = name
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphanumeric());
    if begins && name.len() <= 64 && name.bytes().all(is_word) {
        Ok(())
    } else {
        Err(SecretError::BadName)
    }
}

impl Entries {
    pub(super) fn put(&mut self, name: &str, secret: &SecretString, now: DateTime<Utc>) {
        let created_at = self.0.get(name).map_or(now, |kept| kept.created_at);
        let kept = Kept {
            created_at,
            updated_at: now,
            secret: secret.clone(),
        };
        self.0.insert(name.to_owned(), kept);
    }

    /// One piece of bytes, with room for a seal behind it.
    pub(super) fn write(&self) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        let sizes = self.0.iter().map(|(name, kept)| {
            let secret = kept.secret.expose_secret().len();
            (name.len(), secret, FIXED + name.len() + secret)
        });
        let all: usize = sizes.clone().map(|(_, _, size)| size).sum();
        if all > LARGEST_BODY || sizes.clone().any(|(_, secret, _)| secret > LARGEST) {
            return Err(SecretError::TooLarge);
        }
        // Never grown, so that no copy is left behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(all + 64));
        for (name, kept) in &self.0 {
            let secret = kept.secret.expose_secret().as_bytes();
            let name_length = u8::try_from(name.len()).map_err(|_| SecretError::BadName)?;
            let length = u32::try_from(secret.len()).map_err(|_| SecretError::TooLarge)?;
            bytes.push(name_length);
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(&kept.created_at.timestamp_millis().to_be_bytes());
            bytes.extend_from_slice(&kept.updated_at.timestamp_millis().to_be_bytes());
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(secret);
        }
        Ok(bytes)
    }

    /// What [`write`](Self::write) wrote; `None` for anything else.
    pub(super) fn read(mut bytes: &[u8]) -> Option<Self> {
        let mut entries = Self::default();
        while !bytes.is_empty() {
            let name_length = usize::from(take::<1>(&mut bytes)?[0]);
            let (name, rest) = bytes.split_at_checked(name_length)?;
            bytes = rest;
            let name = core::str::from_utf8(name).ok()?.to_owned();
            check_name(&name).ok()?;
            let mut instant = || {
                let millis = i64::from_be_bytes(take(&mut bytes)?);
                DateTime::from_timestamp_millis(millis)
            };
            let (created_at, updated_at) = (instant()?, instant()?);
            let length = u32::from_be_bytes(take(&mut bytes)?);
            let (secret, rest) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
            bytes = rest;
            let kept = Kept {
                created_at,
                updated_at,
                secret: SecretString::from(core::str::from_utf8(secret).ok()?),
            };
            if entries.0.insert(name, kept).is_some() {
                return None;
            }
        }
        Some(entries)
    }
}

/// The first bytes, which are then gone from the front.
pub(super) fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*first)
}
