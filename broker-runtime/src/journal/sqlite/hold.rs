//! One holder at a time, and whoever comes too early waits.

use core::{fmt, time::Duration};
use std::{
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
    thread,
    time::Instant,
};

use broker_core::{Error, ErrorKind, Result};
use fs4::{FileExt, TryLockError};
use rusqlite::ErrorCode;

use super::tail::with_suffix;
use crate::private::owner_only;

/// How often a lock that somebody holds is tried.
const PAUSE: Duration = Duration::from_millis(10);

/// The right to a journal's files, until it is dropped.
///
/// It is a lock on a file of its own: SQLite's locks come with its first look at the log, which is too
/// late to read the log's end before SQLite does. The file stays, because to remove it would let two
/// holders lock two files of one name.
#[derive(Debug)]
pub(super) struct Hold(#[expect(dead_code, reason = "held until it is dropped")] File);

impl Hold {
    pub(super) fn of(journal: &Path, patience: Duration) -> Result<Self> {
        let failed = |error| {
            let message = format!("the journal cannot be locked: {error}");
            Error::new(ErrorKind::Io, message).with_source(error)
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        owner_only(&mut options);
        let file = options
            .open(with_suffix(journal, ".lock"))
            .map_err(failed)?;
        let began = Instant::now();
        loop {
            // By the crate's name: the standard library's own needs a newer compiler.
            match FileExt::try_lock(&file) {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::WouldBlock) if began.elapsed() < patience => thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    return Err(JournalHeld {
                        path: journal.to_owned(),
                        waited: began.elapsed(),
                    }
                    .into());
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
    }
}

/// The same error, by its name when it is that SQLite found the file locked by another program.
pub(super) fn named(error: Error, journal: &Path, waited: Duration) -> Error {
    let sqlite = std::error::Error::source(&error);
    let sqlite = sqlite.and_then(|source| source.downcast_ref::<rusqlite::Error>());
    match sqlite.and_then(rusqlite::Error::sqlite_error_code) {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => JournalHeld {
            path: journal.to_owned(),
            waited,
        }
        .into(),
        _ => error,
    }
}

/// A journal that could not be opened because somebody else has it open. It is the source of an
/// [`Io`](ErrorKind::Io) error.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalHeld {
    /// The journal.
    pub path: PathBuf,
    /// How long it was waited for.
    pub waited: Duration,
}

impl JournalHeld {
    /// What is behind an error, if it is that.
    #[must_use]
    pub fn of(error: &Error) -> Option<&Self> {
        std::error::Error::source(error)?.downcast_ref()
    }
}

impl fmt::Display for JournalHeld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, waited) = (self.path.display(), self.waited.as_secs_f32());
        write!(
            f,
            "the journal {path} is held by another process, or elsewhere in this one; waited {waited:.1} s"
        )
    }
}

impl std::error::Error for JournalHeld {}

impl From<JournalHeld> for Error {
    fn from(held: JournalHeld) -> Self {
        Self::new(ErrorKind::Io, held.to_string()).with_source(held)
    }
}
