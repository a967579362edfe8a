use core::{fmt, time::Duration};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use broker_core::SecretString;
use chrono::{DateTime, Utc};

use super::{
    KeyDerivation, MasterKey, SecretEntry, SecretError,
    disk::{self, Lock},
    entries::{Entries, check_name},
    sealed::{self, Flaw, RawKey, Sealed, Slot},
};

/// How long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(10);

/// Secrets in one encrypted file, which several handles and processes may share.
///
/// Every call reads the file anew, so what another process has put is there at once; a call that
/// writes keeps other writers away and replaces the file as a whole, readable by its owner only. A key
/// that another process has rotated is read again from where it comes from.
///
/// Calls block: on the disk, and where a key has to be derived (opening, and after a rotation) for as
/// long as [`KeyDerivation`] says. In async code use `spawn_blocking`, or [`StoredToken`](super::StoredToken).
pub struct SecretStore {
    path: PathBuf,
    pub(super) key: MasterKey,
    pub(super) unlocked: Mutex<Unlocked>,
}

/// The master key as it was read last, and what was derived from it.
pub(super) struct Unlocked {
    key: SecretString,
    derived: Option<(Slot, RawKey)>,
}

/// A file that is open.
pub(super) struct Opened {
    pub(super) slots: Vec<Slot>,
    /// The slot that the key opened.
    pub(super) own: usize,
    pub(super) data: RawKey,
    pub(super) entries: Entries,
}

impl fmt::Debug for SecretStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretStore")
            .field("path", &self.path)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl SecretStore {
    /// A new, empty store.
    ///
    /// # Errors
    /// [`Exists`](SecretError::Exists) when the file is there; [`NoKey`](SecretError::NoKey),
    /// [`WeakKey`](SecretError::WeakKey) and [`OpenKeyFile`](SecretError::OpenKeyFile) when the key
    /// cannot be used; [`Io`](SecretError::Io) when the file cannot be written.
    pub fn create(path: impl AsRef<Path>, key: MasterKey) -> Result<Self, SecretError> {
        Self::create_with(path, key, KeyDerivation::default())
    }

    /// As [`create`](Self::create), with other costs.
    ///
    /// # Errors
    /// As [`create`](Self::create); [`Rotation`](SecretError::Rotation) for costs that Argon2id does
    /// not take.
    pub fn create_with(
        path: impl AsRef<Path>,
        key: MasterKey,
        cost: KeyDerivation,
    ) -> Result<Self, SecretError> {
        let store = Self::at(path.as_ref(), key)?;
        let data = sealed::random()?;
        let (slot, derived) = Slot::wrap(&data, &store.unlocked().key, cost)?;
        let bytes = sealed::seal(
            core::slice::from_ref(&slot),
            &data,
            Entries::default().write()?,
        )?;
        disk::create(&store.path, &bytes)?;
        store.unlocked().derived = Some((slot, derived));
        Ok(store)
    }

    /// The store in this file.
    ///
    /// # Errors
    /// [`Missing`](SecretError::Missing) when there is none, [`WrongKey`](SecretError::WrongKey),
    /// [`Truncated`](SecretError::Truncated), [`Tampered`](SecretError::Tampered),
    /// [`Newer`](SecretError::Newer) or [`Foreign`](SecretError::Foreign) when it cannot be opened;
    /// what [`create`](Self::create) says of the key.
    pub fn open(path: impl AsRef<Path>, key: MasterKey) -> Result<Self, SecretError> {
        let store = Self::at(path.as_ref(), key)?;
        if store.opened()?.slots.len() > 1 {
            tracing::warn!(path = %store.path.display(), "two keys open this secret store: \
                a rotation was begun and not finished");
        }
        Ok(store)
    }

    fn at(path: &Path, key: MasterKey) -> Result<Self, SecretError> {
        let unlocked = Unlocked {
            key: key.read()?,
            derived: None,
        };
        Ok(Self {
            // Where the name is a link, what it leads to is locked and replaced, not the link.
            path: fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
            key,
            unlocked: Mutex::new(unlocked),
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps a secret under a name, instead of the one before.
    ///
    /// # Errors
    /// [`BadName`](SecretError::BadName), [`TooLarge`](SecretError::TooLarge);
    /// [`Busy`](SecretError::Busy) when somebody else has been writing for ten seconds;
    /// [`Io`](SecretError::Io) when it cannot be written: the one before is still there; what
    /// [`open`](Self::open) says of the file.
    pub fn put(&self, name: &str, secret: &SecretString) -> Result<(), SecretError> {
        check_name(name)?;
        self.change(|entries| {
            entries.put(name, secret, now());
            Ok(())
        })
    }

    /// A secret.
    ///
    /// # Errors
    /// [`NotFound`](SecretError::NotFound) when there is none of this name;
    /// [`BadName`](SecretError::BadName); what [`open`](Self::open) says of the file.
    pub fn get(&self, name: &str) -> Result<SecretString, SecretError> {
        check_name(name)?;
        let mut opened = self.opened()?;
        let kept = opened.entries.0.remove(name);
        kept.map(|kept| kept.secret).ok_or_else(|| not_found(name))
    }

    /// Removes a secret.
    ///
    /// # Errors
    /// [`NotFound`](SecretError::NotFound) when there is none of this name; else as
    /// [`put`](Self::put).
    pub fn remove(&self, name: &str) -> Result<(), SecretError> {
        check_name(name)?;
        self.change(|entries| {
            let kept = entries.0.remove(name);
            kept.map(|_| ()).ok_or_else(|| not_found(name))
        })
    }

    /// Names and times of all secrets, by name.
    ///
    /// # Errors
    /// What [`open`](Self::open) says of the file.
    pub fn list(&self) -> Result<Vec<SecretEntry>, SecretError> {
        let entries = self.opened()?.entries.0.into_iter();
        let listed = entries.map(|(name, kept)| SecretEntry {
            name,
            created_at: kept.created_at,
            updated_at: kept.updated_at,
        });
        Ok(listed.collect())
    }

    fn change(
        &self,
        change: impl FnOnce(&mut Entries) -> Result<(), SecretError>,
    ) -> Result<(), SecretError> {
        let _alone = self.alone()?;
        let mut opened = self.opened()?;
        change(&mut opened.entries)?;
        self.write(&opened.slots, &opened.data, &opened.entries)
    }

    /// Keeps other writers away.
    pub(super) fn alone(&self) -> Result<Lock, SecretError> {
        disk::lock(&self.path, PATIENCE)
    }

    pub(super) fn write(
        &self,
        slots: &[Slot],
        data: &RawKey,
        entries: &Entries,
    ) -> Result<(), SecretError> {
        disk::replace(&self.path, &sealed::seal(slots, data, entries.write()?)?)
    }

    pub(super) fn unlocked(&self) -> MutexGuard<'_, Unlocked> {
        self.unlocked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the key again from where it comes from.
    pub(super) fn read_key_again(&self) -> Result<(), SecretError> {
        let key = self.key.read()?;
        self.unlocked().key = key;
        Ok(())
    }

    /// The key as it was read last.
    #[cfg(test)]
    pub(super) fn key_in_use(&self) -> SecretString {
        self.unlocked().key.clone()
    }

    pub(super) fn opened(&self) -> Result<Opened, SecretError> {
        let path = || self.path.clone();
        let bytes = disk::read(&self.path, sealed::LARGEST_FILE)?;
        let sealed = Sealed::read(&bytes).map_err(|flaw| match flaw {
            Flaw::Foreign => SecretError::Foreign { path: path() },
            Flaw::Truncated => SecretError::Truncated { path: path() },
            Flaw::Tampered => SecretError::Tampered { path: path() },
            Flaw::Newer(version) => {
                let path = path();
                SecretError::Newer { path, version }
            }
        })?;
        let (own, data) = self
            .unlock(&sealed.slots)
            .ok_or_else(|| SecretError::WrongKey { path: path() })?;
        let entries = sealed.open(&data).and_then(|body| Entries::read(&body));
        let entries = entries.ok_or_else(|| SecretError::Tampered { path: path() })?;
        Ok(Opened {
            slots: sealed.slots,
            own,
            data,
            entries,
        })
    }

    /// The slot that the key opens, and the data key.
    fn unlock(&self, slots: &[Slot]) -> Option<(usize, RawKey)> {
        let mut unlocked = self.unlocked();
        if let Some(found) = unlocked.find(slots) {
            return Some(found);
        }
        // Another process may have rotated it.
        unlocked.key = self.key.read().ok()?;
        unlocked.find(slots)
    }
}

impl Unlocked {
    /// Derives only what was not derived before: that is slow on purpose.
    fn find(&mut self, slots: &[Slot]) -> Option<(usize, RawKey)> {
        for (index, slot) in slots.iter().enumerate() {
            if let Some((of, derived)) = &self.derived
                && of.derives_as(slot)
                && let Some(data) = slot.open(derived)
            {
                return Some((index, data));
            }
        }
        for (index, slot) in slots.iter().enumerate() {
            let Some(derived) = slot.derive(&self.key) else {
                continue;
            };
            if let Some(data) = slot.open(&derived) {
                self.derived = Some((slot.clone(), derived));
                return Some((index, data));
            }
        }
        None
    }
}

fn not_found(name: &str) -> SecretError {
    SecretError::NotFound {
        name: name.to_owned(),
    }
}

fn now() -> DateTime<Utc> {
    let now = Utc::now();
    // As the file keeps it.
    DateTime::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now)
}
