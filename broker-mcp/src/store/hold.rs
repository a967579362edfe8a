use std::{
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
};

use broker_core::{Error, ErrorKind, Result};
use fs4::{FileExt, TryLockError};

/// Says that somebody has a database open, until it is dropped.
///
/// It is a lock on a file of its own, because SQLite's are free between two commits, and a database that is
/// put aside then goes on being written to by whoever has it open. The file stays: to remove it would let
/// two hold two files of one name. Journals have one of the same name, which their holder has alone.
#[derive(Debug)]
pub(crate) struct Hold(#[expect(dead_code, reason = "held until it is dropped")] File);

impl Hold {
    /// The right to use a database together with others.
    ///
    /// # Errors
    /// [`Io`](ErrorKind::Io) while another one is put in its place.
    pub(crate) fn with_others(database: &Path) -> Result<Self> {
        let file = open(database)?;
        match FileExt::try_lock_shared(&file) {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                let message = format!("{} is being put back from a copy", database.display());
                Err(Error::new(ErrorKind::Io, message))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// The right to put another database in its place; `None` while somebody uses it.
    ///
    /// # Errors
    /// [`Io`](ErrorKind::Io) when it cannot be asked.
    #[cfg(feature = "cli")]
    pub(crate) fn alone(database: &Path) -> Result<Option<Self>> {
        let file = open(database)?;
        // By the crate's name: the standard library's own needs a newer compiler.
        match FileExt::try_lock(&file) {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

fn open(database: &Path) -> Result<File> {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(PathBuf::from(name)).map_err(failed)
}

fn failed(error: std::io::Error) -> Error {
    let message = format!("the lock of the server's file: {error}");
    Error::new(ErrorKind::Io, message).with_source(error)
}
