use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use broker_core::{Error, ErrorKind, Result, async_trait, model::AccountId};
use chrono::{DateTime, Utc};
use fs4::{FileExt, TryLockError};
use tokio::sync::Mutex;

use super::{OrderJournal, SentOrder, forgotten::kept};

/// How long another program may write.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a lock that somebody holds is tried.
const PAUSE: Duration = Duration::from_millis(5);

/// A journal in a file: one JSON object per line, some 400 bytes per order.
///
/// Every order is on the disk before it is sent. A line that was cut off by a crash belongs to an order that
/// was never sent. The file is readable by its owner only. Orders that ended long ago are left out once that
/// makes the file half as long: what stays is written to a file beside it, which then takes its name, so
/// that a crash leaves one or the other. A lock beside it keeps other programs that use this library from
/// writing meanwhile.
#[derive(Debug, Clone)]
pub struct FileOrderJournal {
    path: Arc<PathBuf>,
    writing: Arc<Mutex<()>>,
}

impl FileOrderJournal {
    /// The journal in this file, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: Arc::new(path.into()),
            writing: Arc::default(),
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    async fn blocking<T: Send + 'static>(
        &self,
        what: &str,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let path = Arc::clone(&self.path);
        let done = tokio::task::spawn_blocking(move || work(&path)).await;
        done.map_err(io::Error::other)
            .and_then(|done| done)
            .map_err(|error| {
                let path = self.path.display();
                let message = format!("the order journal {path} cannot be {what}: {error}");
                Error::new(ErrorKind::Io, message)
            })
    }
}

#[async_trait]
impl OrderJournal for FileOrderJournal {
    async fn write(&self, orders: &[SentOrder]) -> Result<()> {
        let lines = written(orders);
        let lines = lines.map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
        // Owned by the work: a caller who gives up must not let the next line in between.
        let turn = Arc::clone(&self.writing).lock_owned().await;
        self.blocking("written", move |path| {
            let _turn = turn;
            append(path, lines.as_bytes())
        })
        .await
    }

    async fn read(&self, account: &AccountId) -> Result<Vec<SentOrder>> {
        let mut orders = self.blocking("read", lines).await?;
        orders.retain(|order| order.account == *account);
        Ok(orders)
    }

    async fn forget(&self, account: &AccountId, before: DateTime<Utc>) -> Result<()> {
        let account = account.clone();
        let turn = Arc::clone(&self.writing).lock_owned().await;
        self.blocking("made shorter", move |path| {
            let _turn = turn;
            shorten(path, &account, before)
        })
        .await
    }

    fn is_durable(&self) -> bool {
        true
    }
}

/// Every whole line.
fn lines(path: &Path) -> io::Result<Vec<SentOrder>> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read?,
    };
    // What follows the last line's end was cut off before anything was sent.
    let whole = text.rfind('\n').and_then(|end| text.get(..end));
    let lines = whole.unwrap_or_default().lines().enumerate();
    let written = lines.filter(|(_, line)| !line.is_empty());
    let orders = written.map(|(number, line)| {
        let order = serde_json::from_str(line);
        order.map_err(|error| io::Error::other(format!("line {}: {error}", number + 1)))
    });
    orders.collect()
}

/// The lines of orders.
fn written(orders: &[SentOrder]) -> serde_json::Result<String> {
    let mut lines = String::new();
    for order in orders {
        lines.push_str(&serde_json::to_string(order)?);
        lines.push('\n');
    }
    Ok(lines)
}

fn append(path: &Path, lines: &[u8]) -> io::Result<()> {
    let path = &real(path);
    // Where no lock is to be had, no program gets one, and none makes the file shorter.
    let _lock = lock(path)?;
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    owner_only(&mut options);
    let fresh = !path.exists();
    let mut file = options.open(path)?;
    let end = file.seek(SeekFrom::End(0))?;
    if end > 0 {
        // A line that was cut off must not swallow this one.
        let mut last = [0_u8];
        file.seek(SeekFrom::Start(end - 1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.set_len(cut(path, end)?)?;
        }
    }
    file.write_all(lines)?;
    file.sync_data()?;
    if fresh { sync_folder(path) } else { Ok(()) }
}

/// Writes what stays to a file beside it, has it on the disk, and gives it the name.
fn shorten(path: &Path, account: &AccountId, before: DateTime<Utc>) -> io::Result<()> {
    let path = &real(path);
    let Some(_lock) = lock(path)? else {
        return Err(io::Error::other("there are no locks here"));
    };
    let all = lines(path)?;
    let count = all.len();
    let staying = kept(all, account, before);
    if count == 0 || staying.len() * 2 > count {
        return Ok(());
    }
    let fresh = beside(path, ".new");
    // One that a crash has left behind is no good, and may be readable by others.
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let replaced = put(&fresh, written(&staying)?.as_bytes())
        .and_then(|()| fs::rename(&fresh, path))
        .and_then(|()| sync_folder(path));
    if replaced.is_err() {
        // What remains is of no use to anyone; the error that counts is the first one.
        let _ = fs::remove_file(&fresh);
    }
    replaced
}

fn put(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    owner_only(&mut options);
    let mut file = options.open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

/// The name of a file has to be on the disk, too.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    File::open(folder)?.sync_all()
}

/// What the name leads to, where it is a link: that is replaced, not the link.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Keeps other programs from writing until it is dropped; `None` where no lock is to be had.
fn lock(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    owner_only(&mut options);
    let Ok(lock) = options.open(beside(path, ".lock")) else {
        return Ok(None);
    };
    let until = Instant::now() + PATIENCE;
    loop {
        // By the crate's name: the standard library's own needs a newer compiler.
        match FileExt::try_lock(&lock) {
            Ok(()) => return Ok(Some(lock)),
            Err(TryLockError::Error(_)) => return Ok(None),
            Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => {
                let message = "another program has been writing to it for too long";
                return Err(io::Error::new(io::ErrorKind::TimedOut, message));
            }
        }
    }
}

fn owner_only(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

/// A file in the same folder whose name is longer by this.
fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(more);
    path.with_file_name(name)
}

/// The end of the last whole line.
fn cut(path: &Path, end: u64) -> io::Result<u64> {
    let bytes = fs::read(path)?;
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    Ok(u64::try_from(whole).unwrap_or(end).min(end))
}
