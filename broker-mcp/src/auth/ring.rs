use core::{fmt, time::Duration};
use std::sync::Arc;

use broker_core::SecretString;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Cost, KeyError, SecretHash, text};
use crate::Principal;

/// A key: who has it, what they may do, and the secrets that prove it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct KeyRecord {
    /// Who has it and what they may do. Its `id` stays when the key is rotated.
    pub principal: Principal,
    /// When it was made, UTC.
    pub created_at: DateTime<Utc>,
    /// When it was taken away, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
    /// What proves it: one, and while a rotation lasts two.
    pub secrets: Vec<SecretRecord>,
}

/// One secret of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SecretRecord {
    /// The part of the key that may be shown.
    pub prefix: String,
    /// The hash of the rest.
    pub hash: SecretHash,
    /// When it was made, UTC.
    pub created_at: DateTime<Utc>,
    /// When it ends, UTC, because another one has taken its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

impl KeyRecord {
    fn is_called(&self, name: &str) -> bool {
        &*self.principal.id == name
            || self.principal.name == name
            || self.secrets.iter().any(|secret| secret.prefix == name)
    }
}

/// A key that was just made. This is the only time that it can be read.
#[non_exhaustive]
pub struct Issued {
    /// Names its owner in the trail.
    pub id: Arc<str>,
    /// The part that lists show.
    pub prefix: String,
    /// All of it.
    pub key: SecretString,
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued")
            .field("id", &self.id)
            .field("prefix", &self.prefix)
            .field("key", &"***")
            .finish()
    }
}

/// All keys.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ring {
    keys: Vec<KeyRecord>,
}

impl Ring {
    /// The keys, oldest first, with those that were revoked.
    #[must_use]
    pub fn keys(&self) -> &[KeyRecord] {
        &self.keys
    }

    /// Makes a key that may do what a principal may; its `id` is replaced by a new one.
    ///
    /// # Errors
    /// [`Taken`](KeyError::Taken) when another key has this name.
    pub fn issue(
        &mut self,
        mut principal: Principal,
        now: DateTime<Utc>,
        cost: Cost,
    ) -> Result<Issued, KeyError> {
        let name = &principal.name;
        let same = |key: &KeyRecord| key.revoked_at.is_none() && key.is_called(name);
        if name.trim().is_empty() || self.keys.iter().any(same) {
            return Err(KeyError::Taken(name.clone()));
        }
        let id = text::hexadecimal(text::random::<8>()?.as_slice());
        principal.id = Arc::from(format!("key-{id}"));
        let (secret, issued) = secret(Arc::clone(&principal.id), now, cost)?;
        self.keys.push(KeyRecord {
            principal,
            created_at: now,
            revoked_at: None,
            secrets: vec![secret],
        });
        Ok(issued)
    }

    /// Makes another secret for a key, which is named by its id, its name or a prefix. The present one
    /// works for as long as `overlap`, any before that one no more.
    ///
    /// # Errors
    /// [`Unknown`](KeyError::Unknown), [`Revoked`](KeyError::Revoked).
    pub fn rotate(
        &mut self,
        name: &str,
        overlap: Duration,
        now: DateTime<Utc>,
        cost: Cost,
    ) -> Result<Issued, KeyError> {
        let key = self.named(name)?;
        let overlap = chrono::TimeDelta::from_std(overlap).unwrap_or(chrono::TimeDelta::MAX);
        let end = now
            .checked_add_signed(overlap)
            .unwrap_or(DateTime::<Utc>::MAX_UTC);
        key.secrets.retain(|secret| secret.expires_at.is_none());
        for secret in &mut key.secrets {
            secret.expires_at = Some(end);
        }
        let (secret, issued) = secret(Arc::clone(&key.principal.id), now, cost)?;
        key.secrets.push(secret);
        Ok(issued)
    }

    /// Takes a key away, which is named by its id, its name or a prefix.
    ///
    /// # Errors
    /// [`Unknown`](KeyError::Unknown), [`Revoked`](KeyError::Revoked).
    pub fn revoke(&mut self, name: &str, now: DateTime<Utc>) -> Result<(), KeyError> {
        self.named(name)?.revoked_at = Some(now);
        Ok(())
    }

    /// The key that is named by its id, its name or a prefix, to be changed. A revoked one is only found
    /// where no other has the name.
    fn named(&mut self, name: &str) -> Result<&mut KeyRecord, KeyError> {
        let place = |live: bool| {
            self.keys
                .iter()
                .position(|key| key.is_called(name) && (!live || key.revoked_at.is_none()))
        };
        match place(true) {
            Some(place) => self.keys.get_mut(place),
            None if place(false).is_some() => return Err(KeyError::Revoked(name.to_owned())),
            None => None,
        }
        .ok_or_else(|| KeyError::Unknown(name.to_owned()))
    }

    /// The key and the secret of a prefix.
    pub(super) fn by_prefix(&self, prefix: &str) -> Option<(&KeyRecord, &SecretRecord)> {
        self.keys.iter().find_map(|key| {
            let secret = key.secrets.iter().find(|one| one.prefix == prefix)?;
            Some((key, secret))
        })
    }
}

fn secret(
    id: Arc<str>,
    now: DateTime<Utc>,
    cost: Cost,
) -> Result<(SecretRecord, Issued), KeyError> {
    let (prefix, secret) = text::fresh()?;
    let record = SecretRecord {
        prefix: prefix.clone(),
        hash: SecretHash::of(&secret, cost)?,
        created_at: now,
        expires_at: None,
    };
    let key = text::write(&prefix, &secret);
    Ok((record, Issued { id, prefix, key }))
}
