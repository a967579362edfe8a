use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use broker_core::{Error, ErrorKind, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::private::owner_only;

/// Whether new exposure is refused, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kill_switch", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum KillState {
    /// Orders pass.
    Released,
    /// Only cancels, and orders that lessen a position, pass.
    Engaged {
        /// Who or what engaged it, and why.
        reason: String,
        /// When, UTC.
        at: DateTime<Utc>,
    },
}

/// A switch that stays as it is over restarts.
#[derive(Debug)]
pub struct KillSwitch {
    path: Option<PathBuf>,
    state: Mutex<KillState>,
}

impl Default for KillSwitch {
    fn default() -> Self {
        Self::in_memory()
    }
}

impl KillSwitch {
    /// A switch that the next process does not know of.
    #[must_use]
    pub const fn in_memory() -> Self {
        Self {
            path: None,
            state: Mutex::new(KillState::Released),
        }
    }

    /// A switch that is kept in a file. Without a file it is released; a file that cannot be read or
    /// understood engages it.
    #[must_use]
    pub fn at(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref().to_owned();
        let unreadable = |why: String| KillState::Engaged {
            reason: format!("the file of the kill switch cannot be read: {why}"),
            at: DateTime::UNIX_EPOCH,
        };
        let state = match fs::read(&path) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).unwrap_or_else(|error| unreadable(error.to_string()))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => KillState::Released,
            Err(error) => unreadable(error.to_string()),
        };
        Self {
            path: Some(path),
            state: Mutex::new(state),
        }
    }

    fn lock(&self) -> MutexGuard<'_, KillState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> KillState {
        self.lock().clone()
    }

    /// Refuses new exposure from now on, in later processes, too.
    ///
    /// # Errors
    /// [`Io`](ErrorKind::Io) when the file could not be written: this process refuses all the same, a
    /// later one may not know of it.
    pub fn engage(&self, reason: &str, at: DateTime<Utc>) -> Result<()> {
        let state = KillState::Engaged {
            reason: reason.to_owned(),
            at,
        };
        let mut here = self.lock();
        here.clone_from(&state);
        self.write(&state)
    }

    /// Lets orders pass again.
    ///
    /// # Errors
    /// [`Io`](ErrorKind::Io) when the file could not be written: the switch stays engaged.
    pub fn release(&self) -> Result<()> {
        let mut here = self.lock();
        self.write(&KillState::Released)?;
        *here = KillState::Released;
        Ok(())
    }

    /// Replaces the file as a whole, so that it is never half written.
    fn write(&self, state: &KillState) -> Result<()> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let write = || -> std::io::Result<()> {
            let mut name = path.as_os_str().to_owned();
            name.push(".new");
            let new = PathBuf::from(name);
            // What a crash has left behind, perhaps with another mode.
            match fs::remove_file(&new) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut options = fs::OpenOptions::new();
            options.write(true).create_new(true);
            owner_only(&mut options);
            let mut file = options.open(&new)?;
            serde_json::to_writer(&mut file, state)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            fs::rename(&new, path)?;
            // The new name is durable with its folder.
            let folder = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty());
            fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
        };
        write().map_err(|error| {
            let message = format!("the kill switch cannot be kept: {error}");
            Error::new(ErrorKind::Io, message).with_source(error)
        })
    }
}
