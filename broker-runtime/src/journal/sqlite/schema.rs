use broker_core::{Error, ErrorKind, Result};
use rusqlite::Connection;

use super::io;

/// What takes a journal from each version to the next; the first makes one out of an empty file.
///
/// A step is never changed once it has been released: a new version is a new step at the end.
pub(super) const STEPS: &[&str] = &[
    "
    CREATE TABLE intents (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        account TEXT NOT NULL,
        client_order_id TEXT,
        action TEXT NOT NULL,
        body TEXT NOT NULL,
        at INTEGER NOT NULL,
        digest BLOB NOT NULL,
        outcome TEXT NOT NULL DEFAULT 'open',
        detail TEXT,
        ended_at INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX intents_identifier ON intents (account, client_order_id)
        WHERE action IN ('submit', 'exercise') AND outcome <> 'refused';
    CREATE INDEX intents_open ON intents (id) WHERE outcome IN ('open', 'unconfirmed');
    CREATE INDEX intents_order ON intents (account, client_order_id);
    CREATE INDEX intents_time ON intents (account, at);

    CREATE TABLE reports (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        account TEXT NOT NULL,
        client_order_id TEXT NOT NULL,
        at INTEGER NOT NULL,
        body TEXT NOT NULL
    ) STRICT;
    CREATE INDEX reports_order ON reports (account, client_order_id);

    CREATE TABLE orders (
        account TEXT NOT NULL,
        client_order_id TEXT NOT NULL,
        open INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (account, client_order_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX orders_time ON orders (account, updated_at);

    CREATE TABLE fills (
        account TEXT NOT NULL,
        execution_id TEXT NOT NULL,
        executed_at INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (account, execution_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX fills_time ON fills (account, executed_at);
",
    "
    ALTER TABLE fills ADD COLUMN busted_at INTEGER;
    ALTER TABLE fills ADD COLUMN busted_why TEXT;
",
    // Orders lie one behind the other instead of each on pages of its own, and what no question is
    // answered by is not kept in order any more: a commit writes fewer bytes.
    "
    CREATE TABLE orders_in_rows (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        client_order_id TEXT NOT NULL,
        open INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        body TEXT NOT NULL
    ) STRICT;
    INSERT INTO orders_in_rows (account, client_order_id, open, updated_at, body)
        SELECT account, client_order_id, open, updated_at, body FROM orders ORDER BY updated_at;
    DROP TABLE orders;
    ALTER TABLE orders_in_rows RENAME TO orders;
    CREATE UNIQUE INDEX orders_identifier ON orders (account, client_order_id);

    DROP INDEX intents_open;
    CREATE INDEX intents_open ON intents (account, client_order_id)
        WHERE outcome IN ('open', 'unconfirmed');
    DROP INDEX intents_order;
    DROP INDEX intents_time;
    DROP INDEX reports_order;
    DROP INDEX fills_time;
",
];

/// Marks the file as a journal of this library.
const APPLICATION: i32 = 0x6272_6a31;

/// How the file is written: every commit is on the disk before it is called one.
pub(super) fn configure(connection: &Connection) -> Result<()> {
    let settings = [
        ("locking_mode", "EXCLUSIVE"),
        ("journal_mode", "WAL"),
        ("synchronous", "FULL"),
        ("foreign_keys", "ON"),
        ("cell_size_check", "ON"),
        // KiB when negative. Commits gain nothing from more: what is written next is at the ends of the tables.
        ("cache_size", "-256"),
    ];
    for (name, value) in settings {
        connection
            .pragma_update(None, name, value)
            .map_err(|error| io("be set up", error))?;
    }
    Ok(())
}

/// Takes the file to the newest version.
pub(super) fn migrate(connection: &mut Connection, steps: &[&str]) -> Result<()> {
    let failed = |error| io("be brought to the newest version", error);
    let version: usize = connection
        .pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
        .map_err(failed)
        .map(|version| usize::try_from(version).unwrap_or(usize::MAX))?;
    let application: i32 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(failed)?;
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(failed)?;
    if (version > 0 || tables > 0) && application != APPLICATION {
        let message = "the file is a database, and not a journal";
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    if version > steps.len() {
        let known = steps.len();
        let message = format!("the journal has version {version}, and this library knows {known}");
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    for (index, step) in steps.iter().enumerate().skip(version) {
        // A step and its number are there together or not at all.
        let transaction = connection.transaction().map_err(failed)?;
        transaction.execute_batch(step).map_err(failed)?;
        let next = i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1);
        transaction
            .pragma_update(None, "user_version", next)
            .map_err(failed)?;
        transaction
            .pragma_update(None, "application_id", APPLICATION)
            .map_err(failed)?;
        transaction.commit().map_err(failed)?;
    }
    Ok(())
}
