//! A journal in a SQLite file: write-ahead log, full synchronisation, group commit.
//!
//! [`SqliteStore`] hands everything to one writer thread (`writer.rs`), which makes one transaction,
//! and so one `fsync`, of whatever waits. `hold.rs` keeps everybody else away, `schema.rs` has the
//! tables and their versions, `tail.rs` reads the write-ahead log for a torn end, `salvage.rs` takes
//! over what a damaged file still has.

mod hold;
mod rows;
mod salvage;
mod schema;
mod tail;
mod writer;

#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod schema_tests;
#[cfg(test)]
mod sqlite_tests;

use core::{fmt, time::Duration};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::JoinHandle,
};

use async_trait::async_trait;
use broker_core::{
    Error, ErrorKind, Result,
    model::{Fill, Order},
};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{
    BustedFill, Damage, Entry, Intent, IntentId, JournalFilter, JournalStore, NewIntent,
    StoreHealth,
};
use hold::Hold;
use writer::{Job, Shared};

pub use hold::JournalHeld;

/// How long [`SqliteStore::open`] waits for whoever has the file: long enough for a program that is
/// ending, such as the one that this one follows.
const PATIENCE: Duration = Duration::from_secs(5);

/// A journal in a SQLite file.
///
/// Orders that are submitted at the same time share one `fsync`. One holder at a time has the file open,
/// in this process or another one; the file beside it whose name ends in `.lock` says so, and stays.
pub struct SqliteStore {
    path: PathBuf,
    jobs: Option<mpsc::Sender<Job>>,
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.path)
            .field("health", &self.health())
            .finish_non_exhaustive()
    }
}

/// An error of SQLite, in the words of the journal.
fn io(what: &str, error: rusqlite::Error) -> Error {
    Error::new(ErrorKind::Io, format!("the journal cannot {what}: {error}")).with_source(error)
}

fn gone() -> Error {
    Error::new(ErrorKind::Io, "the journal's writer has ended")
}

impl SqliteStore {
    /// Opens a journal, or begins one. Blocks for at most five seconds while somebody else has it open.
    ///
    /// What is damaged is named in [`damage`](JournalStore::damage) and survived: a torn tail is left
    /// out, a file that cannot be read in full is set aside and what can be read is taken over.
    ///
    /// # Errors
    /// [`Io`](ErrorKind::Io) when the file cannot be opened, or with the source [`JournalHeld`] when
    /// somebody else has it; [`Unsupported`](ErrorKind::Unsupported) when a newer version of this
    /// library wrote it.
    pub fn open(path: impl AsRef<Path>) -> Result<Arc<Self>> {
        Self::open_within(path, PATIENCE)
    }

    /// The same with another patience.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_within(path: impl AsRef<Path>, patience: Duration) -> Result<Arc<Self>> {
        let path = path.as_ref().to_owned();
        // Before the first look at the files: their holder may still be writing.
        let hold = Hold::of(&path, patience)?;
        let mut damage: Vec<Damage> = tail::torn(&path).into_iter().collect();
        let (connection, found) =
            salvage::open(&path, patience).map_err(|error| hold::named(error, &path, patience))?;
        damage.extend(found);
        damage.extend(rows::damage(&connection)?);
        let shared = Arc::new(Shared::new(damage));
        let (jobs, queue) = mpsc::channel();
        let thread = std::thread::Builder::new().name("journal".into());
        let for_writer = Arc::clone(&shared);
        let writer = thread
            .spawn(move || {
                writer::run(connection, &queue, &for_writer);
                // SQLite has let go of the files by now.
                drop(hold);
            })
            .map_err(|error| {
                Error::new(ErrorKind::Io, "no thread for the journal").with_source(error)
            })?;
        Ok(Arc::new(Self {
            path,
            jobs: Some(jobs),
            shared,
            writer: Mutex::new(Some(writer)),
        }))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Transactions that were made durable so far; far fewer than intents, when many come at once.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.shared.commits()
    }

    fn send(&self, job: Job) -> Result<()> {
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(job).map_err(|_| gone())
    }

    /// Runs something on the writer's connection, behind everything that was recorded before.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Read(Box::new(move |connection| {
            // Whoever asked may have given up.
            let _ = answer.send(read(connection));
        })))?;
        answered.await.map_err(|_| gone())?
    }

    /// Lets the file grow no further, as on a full disk; for tests.
    #[cfg(test)]
    pub(crate) async fn fill_disk(&self, full: bool) {
        let pages: i64 = if full { 1 } else { 1_000_000 };
        let limited = self.read(move |connection| {
            connection
                .pragma_update(None, "max_page_count", pages)
                .map_err(|error| io("limit its pages", error))
        });
        limited.await.unwrap();
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        // The writer ends when nobody can send any more, and what was sent is written by then.
        self.jobs = None;
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(writer) = writer.take() {
            let _ended = writer.join();
        }
    }
}

#[async_trait]
impl JournalStore for SqliteStore {
    async fn begin(&self, intents: Vec<NewIntent>) -> Result<Vec<IntentId>> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Begin(intents, answer))?;
        answered.await.map_err(|_| gone())?
    }

    fn record(&self, entries: Vec<Entry>) {
        if let Err(error) = self.send(Job::Record(entries)) {
            tracing::error!(%error, "nothing can be written down any more");
        }
    }

    async fn flush(&self) -> Result<()> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Flush(answer))?;
        answered.await.map_err(|_| gone())?
    }

    fn health(&self) -> StoreHealth {
        self.shared.health()
    }

    fn damage(&self) -> Vec<Damage> {
        self.shared.damage()
    }

    async fn intents(&self, filter: &JournalFilter) -> Result<Vec<Intent>> {
        let filter = filter.clone();
        self.read(move |connection| rows::intents(connection, &filter))
            .await
    }

    async fn orders(&self, filter: &JournalFilter) -> Result<Vec<Order>> {
        let filter = filter.clone();
        self.read(move |connection| rows::orders(connection, &filter))
            .await
    }

    async fn busted_fills(&self, filter: &JournalFilter) -> Result<Vec<BustedFill>> {
        let filter = filter.clone();
        self.read(move |connection| rows::busted_fills(connection, &filter))
            .await
    }

    async fn fills(&self, filter: &JournalFilter) -> Result<Vec<Fill>> {
        let filter = filter.clone();
        self.read(move |connection| rows::fills(connection, &filter))
            .await
    }
}
