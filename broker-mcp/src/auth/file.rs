use core::time::Duration;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Instant, SystemTime},
};

use fs4::{FileExt, TryLockError};
use serde::{Deserialize, Serialize};

use super::{Alarm, Alert, KeyError, KeyStore, LogAlarm, Ring, store::Change};

/// The largest file that is read.
const LONGEST: u64 = 16 << 20;
/// How long somebody else may hold the lock.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is tried.
const PAUSE: Duration = Duration::from_millis(10);

/// Keys in a file of JSON that only its owner may read (0600).
///
/// The file is replaced as a whole, under a lock (`<file>.lock`) that other programs take as well. What
/// others change is in force with the next request: the file is looked at each time. When it cannot be
/// read any more, the keys that were read last stay in force and an alarm is raised; when it is gone,
/// there are no keys.
#[derive(Debug)]
pub struct KeyFile {
    path: PathBuf,
    held: Mutex<Held>,
    alarm: Arc<dyn Alarm>,
}

#[derive(Debug)]
struct Held {
    stamp: Stamp,
    ring: Arc<Ring>,
}

/// What tells one version of the file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp(Option<(SystemTime, u64, u64)>);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    keys: Ring,
}

const VERSION: u32 = 1;

impl KeyFile {
    /// Reads the keys of a file. Without the file there are none, until somebody makes one.
    ///
    /// # Errors
    /// [`Permissions`](KeyError::Permissions), [`Damaged`](KeyError::Damaged), [`Io`](KeyError::Io).
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, KeyError> {
        let path = path.into();
        let stamp = stamp(&path);
        let ring = Arc::new(read(&path)?);
        Ok(Self {
            path,
            held: Mutex::new(Held { stamp, ring }),
            alarm: Arc::new(LogAlarm),
        })
    }

    /// The same file; this is told when it cannot be read any more.
    #[must_use]
    pub fn with_alarm(mut self, alarm: Arc<dyn Alarm>) -> Self {
        self.alarm = alarm;
        self
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl KeyStore for KeyFile {
    fn ring(&self) -> Arc<Ring> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = stamp(&self.path);
        if now != held.stamp {
            held.stamp = now;
            match read(&self.path) {
                Ok(ring) => {
                    tracing::info!(keys = ring.keys().len(), "the keys were read again");
                    held.ring = Arc::new(ring);
                }
                Err(error) => self.alarm.raise(&Alert::KeysUnreadable {
                    why: error.to_string(),
                }),
            }
        }
        Arc::clone(&held.ring)
    }

    fn change(&self, change: Change<'_>) -> Result<(), KeyError> {
        let _lock = lock(&self.path)?;
        // What another program has written since is kept.
        let mut ring = read(&self.path)?;
        change(&mut ring)?;
        let stored = Stored {
            version: VERSION,
            keys: ring.clone(),
        };
        let mut bytes = serde_json::to_vec_pretty(&stored).map_err(|error| KeyError::Damaged {
            path: self.path.clone(),
            why: error.to_string(),
        })?;
        bytes.push(b'\n');
        replace(&self.path, &bytes).map_err(trouble(&self.path, "written"))?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.stamp = stamp(&self.path);
        held.ring = Arc::new(ring);
        Ok(())
    }
}

fn trouble(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> KeyError {
    let path = path.to_owned();
    move |source| KeyError::Io {
        path,
        doing,
        source,
    }
}

/// A file in the same folder whose name is longer by this.
fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(more);
    path.with_file_name(name)
}

fn owner_only(options: &mut OpenOptions) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = options;
}

fn stamp(path: &Path) -> Stamp {
    let stamp = fs::metadata(path).ok().and_then(|metadata| {
        #[cfg(unix)]
        let file = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let file = 0;
        Some((metadata.modified().ok()?, metadata.len(), file))
    });
    Stamp(stamp)
}

/// The keys in a file; none without it.
fn read(path: &Path) -> Result<Ring, KeyError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Ring::default()),
        Err(error) => return Err(trouble(path, "read")(error)),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = file.metadata().map_err(trouble(path, "read"))?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let path = path.to_owned();
            return Err(KeyError::Permissions { path, mode });
        }
    }
    let damaged = |why: String| KeyError::Damaged {
        path: path.to_owned(),
        why,
    };
    let mut bytes = Vec::new();
    file.take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(trouble(path, "read"))?;
    if bytes.len() as u64 > LONGEST {
        return Err(damaged("it is larger than any file of keys".to_owned()));
    }
    let stored: Stored =
        serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
    if stored.version != VERSION {
        let version = stored.version;
        return Err(damaged(format!("version {version}; {VERSION} is known")));
    }
    Ok(stored.keys)
}

/// Puts these bytes in the place of a file, durably: a crash leaves the old ones or these.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = beside(path, ".new");
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
    #[cfg(unix)]
    {
        // A name is durable with its folder.
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

/// The lock of a file, held until it is dropped, against other handles and other processes.
fn lock(path: &Path) -> Result<File, KeyError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    owner_only(&mut options);
    let lock = beside(path, ".lock");
    let file = options.open(&lock).map_err(trouble(&lock, "locked"))?;
    let began = Instant::now();
    loop {
        // By the crate's name: the standard library's own needs a newer compiler.
        match FileExt::try_lock(&file) {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if began.elapsed() < PATIENCE => thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => return Err(KeyError::Busy(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(trouble(&lock, "locked")(error)),
        }
    }
}
