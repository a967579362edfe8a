//! Files that only their owner reads, replaced as a whole, one writer at a time.

use core::time::Duration;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    thread,
    time::Instant,
};

use fs4::{FileExt, TryLockError};

use super::SecretError;
use crate::private::owner_only;

/// How often a lock that somebody holds is tried.
const LOCK_PAUSE: Duration = Duration::from_millis(10);

pub(super) fn trouble(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> SecretError {
    let path = path.to_owned();
    move |source| SecretError::Io {
        path,
        doing,
        source,
    }
}

/// A file in the same folder whose name is longer by this.
pub(super) fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(more);
    path.with_file_name(name)
}

/// The whole file, of which no more than `most` bytes are taken.
pub(super) fn read(path: &Path, most: u64) -> Result<Vec<u8>, SecretError> {
    let read = || {
        let mut bytes = Vec::new();
        File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => SecretError::Missing {
            path: path.to_owned(),
        },
        _ => trouble(path, "read")(error),
    })?;
    if bytes.len() as u64 > most {
        return Err(SecretError::Foreign {
            path: path.to_owned(),
        });
    }
    Ok(bytes)
}

/// Puts these bytes in the place of a file, durably: a crash leaves the old ones or these. Call it
/// while nobody else does.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), SecretError> {
    let fresh = beside(path, ".new");
    let write = || {
        // What a crash has left behind, perhaps with other permissions.
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        owner_only(&mut options);
        let mut file = options.open(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        sync_folder(path)
    };
    write().map_err(trouble(path, "written"))
}

/// Writes a file that must not be there yet.
pub(super) fn create(path: &Path, bytes: &[u8]) -> Result<(), SecretError> {
    let write = || {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        owner_only(&mut options);
        let mut file = options.open(path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        sync_folder(path)
    };
    write().map_err(|error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => SecretError::Exists {
            path: path.to_owned(),
        },
        _ => trouble(path, "written")(error),
    })
}

/// A name is durable with its folder.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// A file that is locked until this is dropped, against other handles and other processes.
pub(super) struct Lock(#[expect(dead_code, reason = "held until it is dropped")] File);

/// The file of a lock, which may be locked already.
pub(super) fn lock_file(path: &Path) -> Result<File, SecretError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    owner_only(&mut options);
    options.open(path).map_err(trouble(path, "locked"))
}

/// Whether the lock could be had.
pub(super) fn try_lock(path: &Path, file: &File) -> Result<bool, SecretError> {
    // By the crate's name: the standard library's own needs a newer compiler.
    match FileExt::try_lock(file) {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(trouble(path, "locked")(error)),
    }
}

/// Waits for the lock of a file that is about to be written.
pub(super) fn lock(path: &Path, patience: Duration) -> Result<Lock, SecretError> {
    let lock = beside(path, ".lock");
    let file = lock_file(&lock)?;
    let began = Instant::now();
    while !try_lock(&lock, &file)? {
        if began.elapsed() >= patience {
            let path = path.to_owned();
            return Err(SecretError::Busy { path });
        }
        thread::sleep(LOCK_PAUSE);
    }
    Ok(Lock(file))
}
