//! What the server has to remember over restarts: one SQLite file for all its processes.
//!
//! `approvals.rs` is what people are asked and what they said, `intents.rs` the commands by the names
//! that callers gave them, `order_names.rs` whose the names of orders are, `previews.rs` what was shown before, `nonces.rs` what may be used once,
//! `open_orders.rs` which orders count as working, `hold.rs` who has the file open,
//! `defaults.rs`, `latches.rs`, `added.rs` and `withdrawn.rs` are settings that calls may change, `keys.rs` the keys that
//! its processes have in common; `schema.rs` has the tables and their versions.

mod added;
mod approvals;
mod defaults;
mod hold;
mod intents;
mod keys;
mod latches;
mod nonces;
mod open_orders;
mod order_names;
mod previews;
mod schema;
mod withdrawn;

#[cfg(test)]
mod added_tests;
#[cfg(test)]
mod approvals_tests;
#[cfg(test)]
mod intents_tests;
#[cfg(test)]
mod schema_tests;

use core::{fmt, time::Duration};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use broker_core::{Error, ErrorKind, Result};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::Mutex;
use ulid::Ulid;

pub use added::Added;
pub use approvals::{Approval, ApprovalState, NewApproval};
pub use defaults::Purpose;
pub(crate) use hold::Hold;
pub use intents::{Begun, Intent, IntentState, NewIntent, Quota};
pub use latches::Latch;
pub use open_orders::OpenOrders;
pub use previews::Preview;

/// How long one process waits for another that is writing.
const BUSY: Duration = Duration::from_secs(5);

/// The file. Cheap to clone; all clones are the same.
///
/// Several processes may have it open, such as a server and the command line. What a method has
/// answered is on the disk.
#[derive(Clone)]
pub struct Store {
    connection: Arc<Mutex<Connection>>,
    path: Option<PathBuf>,
    /// Names this opening of the file, so that what a former process left open can be told.
    run: Ulid,
    /// While it is open, no other file is put in its place.
    #[expect(dead_code, reason = "held until the last clone is dropped")]
    hold: Option<Arc<Hold>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// An error of SQLite, in the words of the store.
fn failed(error: rusqlite::Error) -> Error {
    Error::new(ErrorKind::Io, format!("the server's file: {error}")).with_source(error)
}

/// A row that nobody can have written.
fn unreadable(what: &str) -> Error {
    Error::new(
        ErrorKind::Io,
        format!("the server's file has a {what} that cannot be read"),
    )
}

fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

fn time(millis: i64) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis).ok_or_else(|| unreadable("time"))
}

impl Store {
    /// Opens the file, or begins it, and brings it to the newest version.
    ///
    /// # Errors
    /// [`Io`](ErrorKind::Io) when it cannot be opened; [`Unsupported`](ErrorKind::Unsupported) when it is
    /// something else, or a newer version of this program wrote it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let hold = Hold::with_others(&path)?;
        let connection = Connection::open(&path).map_err(failed)?;
        let store = Self::over(connection, Some((path.clone(), hold)))?;
        // Now that it is known to be ours.
        #[cfg(unix)]
        private(&path)?;
        Ok(store)
    }

    /// A store that ends with this value.
    ///
    /// # Errors
    /// [`Io`](ErrorKind::Io) when there is no memory for it.
    pub fn in_memory() -> Result<Self> {
        Self::over(Connection::open_in_memory().map_err(failed)?, None)
    }

    fn over(mut connection: Connection, file: Option<(PathBuf, Hold)>) -> Result<Self> {
        connection.busy_timeout(BUSY).map_err(failed)?;
        schema::configure(&connection)?;
        schema::migrate(&mut connection, schema::STEPS)?;
        let (path, hold) = file.unzip();
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            path,
            run: Ulid::generate(),
            hold: hold.map(Arc::new),
        })
    }

    /// Where it is; nowhere when it is in memory.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Does something to the file, all of it or nothing. It is done even when nobody waits any more.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.turn(move |connection| {
            // At once, so that what is read in it is not changed by another process before it writes.
            let transaction = connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(failed)?;
            let answer = work(&transaction)?;
            transaction.commit().map_err(failed)?;
            Ok(answer)
        })
        .await
    }

    /// Writes something and takes it back, to see whether anything can be written.
    ///
    /// # Errors
    /// What keeps it from being written.
    pub async fn try_to_write(&self) -> Result<()> {
        self.turn(|connection| {
            let transaction = connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(failed)?;
            transaction
                .execute(
                    "INSERT OR REPLACE INTO nonces (nonce, expires_at) VALUES ('', 0)",
                    [],
                )
                .map_err(failed)?;
            transaction.rollback().map_err(failed)
        })
        .await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.turn(|connection| work(connection)).await
    }

    /// One after the other, in the order in which they come. However many come, one thread waits for the disk:
    /// hundreds of callers would take hundreds of threads to do nothing but wait for each other.
    async fn turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let connection = Arc::clone(&self.connection);
        let turn = tokio::spawn(async move {
            let mut connection = connection.lock_owned().await;
            tokio::task::spawn_blocking(move || work(&mut connection)).await
        });
        turn.await.map_err(interrupted)?.map_err(interrupted)?
    }

    /// A command as it was before its outcome was written down; for tests.
    #[cfg(test)]
    pub(crate) async fn forget_outcome(&self, principal: &str, id: &str) {
        let (principal, id) = (principal.to_owned(), id.to_owned());
        let forgotten = self.write(move |transaction| {
            transaction
                .execute(
                    "UPDATE intents SET state = 'open', outcome = NULL
                     WHERE principal = ?1 AND client_order_id = ?2",
                    [principal, id],
                )
                .map_err(failed)
        });
        assert_eq!(forgotten.await.unwrap(), 1);
    }

    /// Lets nothing be written any more, as on a full disk; for tests.
    #[cfg(test)]
    pub(crate) async fn fill_disk(&self, full: bool) {
        let limited = self.read(move |connection| {
            connection
                .pragma_update(None, "query_only", full)
                .map_err(failed)
        });
        limited.await.unwrap();
    }
}

fn interrupted(error: tokio::task::JoinError) -> Error {
    Error::new(ErrorKind::Internal, "the server's file: interrupted").with_source(error)
}

/// What people are asked about is nobody else's business.
#[cfg(unix)]
fn private(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(path, mode).map_err(|error| {
        let message = "the server's file cannot be made private";
        Error::new(ErrorKind::Io, message).with_source(error)
    })
}
