//! The token in the vendor's file, shared with other programs.

use core::time::Duration;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use broker_core::{
    Error, ErrorKind, ExposeSecret as _, Result, SecretString, TokenClaim, TokenStore, async_trait,
};
use fs4::{FileExt, TryLockError};
use tokio::time::{Instant, sleep};

use super::Token;
use crate::config::properties;

/// The only setting in the file.
const KEY: &str = "token";
/// How often a lock that somebody holds is tried.
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// The token in a file of the vendor's form, `tiger_openapi_token.properties`.
///
/// Saving writes another file, readable by its owner only, and renames it, so that a reader sees the
/// old token or the new one. The lock is a file of its own beside it, which programs that use this
/// library respect; the vendor's SDKs know no lock.
#[derive(Debug, Clone)]
pub struct FileTokenStore {
    path: PathBuf,
}

impl FileTokenStore {
    /// The token in this file, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn trouble(&self, what: &str, error: &io::Error) -> Error {
        let path = self.path.display();
        Error::new(
            ErrorKind::Io,
            format!("the token file {path} cannot be {what}: {error}"),
        )
    }

    async fn blocking<T: Send + 'static>(
        &self,
        what: &str,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let path = self.path.clone();
        let done = tokio::task::spawn_blocking(move || work(&path)).await;
        done.map_err(io::Error::other)
            .and_then(|done| done)
            .map_err(|error| self.trouble(what, &error))
    }
}

#[async_trait]
impl TokenStore for FileTokenStore {
    async fn load(&self) -> Result<Option<SecretString>> {
        self.blocking("read", read).await
    }

    async fn save(&self, token: &SecretString) -> Result<()> {
        let token = token.clone();
        self.blocking("written", move |path| write(path, &token))
            .await
    }

    async fn claim(&self, patience: Duration) -> Result<TokenClaim> {
        let until = Instant::now() + patience;
        let lock = self.blocking("locked", open_lock).await?;
        loop {
            // By the crate's name: the standard library's own needs a newer compiler.
            match FileExt::try_lock(&lock) {
                Ok(()) => return Ok(TokenClaim::new(lock)),
                Err(TryLockError::WouldBlock) if Instant::now() < until => sleep(LOCK_PAUSE).await,
                Err(TryLockError::WouldBlock) => {
                    let message = "another program has been renewing the token for too long";
                    return Err(Error::new(ErrorKind::Timeout, message));
                }
                Err(TryLockError::Error(error)) => return Err(self.trouble("locked", &error)),
            }
        }
    }
}

/// The token of a file; `None` when there is no file or no token in it.
///
/// Every line is looked at for itself: the vendor's Python SDK writes a shorter token over a longer
/// one without cutting the rest off, which leaves the tail of the old one as a line of its own. Of
/// several tokens the newest counts.
pub(crate) fn read(path: &Path) -> io::Result<Option<SecretString>> {
    let text = match fs::read(path) {
        Ok(bytes) => SecretString::from(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut newest: Option<Token> = None;
    for property in properties::read(text.expose_secret()).flatten() {
        if property.key != KEY {
            continue;
        }
        let token = Token::new(&property.value);
        let counts = newest.as_ref().is_none_or(|newest| token.is_newer(newest));
        if counts && token.is_header_text() {
            newest = Some(token);
        }
    }
    Ok(newest.map(|token| token.secret().clone()))
}

static WRITTEN: AtomicU64 = AtomicU64::new(0);

fn write(path: &Path, token: &SecretString) -> io::Result<()> {
    // Where the name is a link, what it leads to is replaced, not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let fresh = beside(&path, &format!(".{}.{number}.new", std::process::id()));
    let written = put(&fresh, token).and_then(|()| fs::rename(&fresh, &path));
    if written.is_err() {
        // What remains is of no use to anyone; the error that counts is the first one.
        let _ = fs::remove_file(&fresh);
        return written;
    }
    // The rename itself has to survive a power cut, too; not every system can promise that.
    #[cfg(unix)]
    if let Some(folder) = path.parent()
        && let Err(error) = File::open(folder).and_then(|folder| folder.sync_all())
    {
        tracing::debug!(%error, "the folder of the token file cannot be synchronised");
    }
    Ok(())
}

fn put(path: &Path, token: &SecretString) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    owner_only(&mut options);
    let mut file = options.open(path)?;
    // No escapes: every reader takes the first `=` as the separator, and some do not undo escapes.
    let line = SecretString::from(format!("{KEY}={}\n", token.expose_secret()));
    file.write_all(line.expose_secret().as_bytes())?;
    file.sync_all()
}

fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    owner_only(&mut options);
    options.open(beside(path, ".lock"))
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

/// A file in the same folder whose name is longer by this.
fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(more);
    path.with_file_name(name)
}
