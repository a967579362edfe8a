use broker_core::{Error, ErrorKind, Result};
use rusqlite::{Connection, TransactionBehavior};

use super::failed;

/// What takes a file from each version to the next; the first makes one out of an empty file.
///
/// A step is never changed once it has been released: a new version is a new step at the end.
pub(super) const STEPS: &[&str] = &[
    "
    CREATE TABLE approvals (
        id TEXT PRIMARY KEY,
        principal TEXT NOT NULL,
        operation TEXT NOT NULL,
        digest TEXT NOT NULL,
        sentence TEXT NOT NULL,
        lines TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'pending'
            CHECK (state IN ('pending', 'approved', 'declined', 'used')),
        decided_by TEXT,
        decided_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX approvals_digest ON approvals (principal, operation, digest);
    CREATE INDEX approvals_open ON approvals (created_at) WHERE state = 'pending';

    CREATE TABLE previews (
        id TEXT PRIMARY KEY,
        principal TEXT NOT NULL,
        digest TEXT NOT NULL,
        lines TEXT NOT NULL,
        expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE nonces (
        nonce TEXT PRIMARY KEY,
        expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE intents (
        principal TEXT NOT NULL,
        client_order_id TEXT NOT NULL,
        operation TEXT NOT NULL,
        account TEXT NOT NULL,
        digest TEXT NOT NULL,
        notional TEXT,
        owner TEXT NOT NULL,
        begun_at INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'refused', 'void')),
        outcome TEXT,
        PRIMARY KEY (principal, client_order_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX intents_time ON intents (principal, begun_at);

    CREATE TABLE defaults (
        principal TEXT NOT NULL,
        purpose TEXT NOT NULL,
        account TEXT NOT NULL,
        PRIMARY KEY (principal, purpose)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE latches (
        gateway TEXT PRIMARY KEY,
        by_whom TEXT NOT NULL,
        at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE keys (
        name TEXT PRIMARY KEY,
        value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
",
    "
    CREATE TABLE order_names (
        account TEXT NOT NULL,
        name TEXT NOT NULL,
        principal TEXT NOT NULL,
        client_order_id TEXT NOT NULL,
        PRIMARY KEY (account, name)
    ) STRICT, WITHOUT ROWID;
    INSERT OR IGNORE INTO order_names
        SELECT account, client_order_id, principal, client_order_id FROM intents
        WHERE operation = 'place_order' ORDER BY begun_at;
",
    "
    CREATE TABLE withdrawn (
        account TEXT PRIMARY KEY,
        by_whom TEXT NOT NULL,
        at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
",
    "
    CREATE TABLE added (
        name TEXT PRIMARY KEY,
        broker TEXT NOT NULL,
        account TEXT NOT NULL,
        environment TEXT NOT NULL,
        by_whom TEXT NOT NULL,
        at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
",
];

/// Marks the file as one of this server.
const APPLICATION: i32 = 0x6272_6d63;

/// How the file is written: every commit is on the disk before it is called one.
pub(super) fn configure(connection: &Connection) -> Result<()> {
    let settings = [
        ("journal_mode", "WAL"),
        ("synchronous", "FULL"),
        ("foreign_keys", "ON"),
        ("trusted_schema", "OFF"),
    ];
    for (name, value) in settings {
        connection
            .pragma_update(None, name, value)
            .map_err(failed)?;
    }
    Ok(())
}

/// Takes the file to the newest version, in one step with the look at which it is: two processes may
/// begin at once.
pub(super) fn migrate(connection: &mut Connection, steps: &[&str]) -> Result<()> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed)?;
    let version: i64 = transaction
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(failed)?;
    let version = usize::try_from(version).unwrap_or(usize::MAX);
    let application: i32 = transaction
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(failed)?;
    let tables: i64 = transaction
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(failed)?;
    if (version > 0 || tables > 0) && application != APPLICATION {
        let message = "the file is a database of something else";
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    if version > steps.len() {
        let known = steps.len();
        let message =
            format!("the server's file has version {version}, and this program knows {known}");
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    for step in steps.iter().skip(version) {
        transaction.execute_batch(step).map_err(failed)?;
    }
    let newest = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    for (name, value) in [
        ("user_version", newest),
        ("application_id", i64::from(APPLICATION)),
    ] {
        transaction
            .pragma_update(None, name, value)
            .map_err(failed)?;
    }
    transaction.commit().map_err(failed)
}
