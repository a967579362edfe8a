//! Opens a journal, whatever state its file is in.

use core::time::Duration;
use std::path::Path;

use broker_core::{Error, ErrorKind, Result};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{
    io, schema,
    tail::{log_of, with_suffix},
};
use crate::{journal::Damage, private};

/// The tables, with what a row of them is ordered by; orders had no number before the third version.
const TABLES: [(&str, &str); 5] = [
    ("intents", "id"),
    ("reports", "id"),
    ("orders", "id"),
    ("orders", "account, client_order_id"),
    ("fills", "account, execution_id"),
];

/// The journal, with the damage that was found on the way.
pub(super) fn open(path: &Path, patience: Duration) -> Result<(Connection, Vec<Damage>)> {
    match open_whole(path, patience) {
        Ok(connection) => Ok((connection, Vec::new())),
        Err(Trouble::Other(error)) => Err(error),
        Err(Trouble::Damaged(problem)) => {
            let aside = set_aside(path)?;
            let mut connection = open_whole(path, patience).map_err(|trouble| match trouble {
                Trouble::Other(error) => error,
                Trouble::Damaged(problem) => Error::new(ErrorKind::Io, problem),
            })?;
            let saved = take_over(&mut connection, &aside)?;
            let damage = Damage::Corrupt {
                problem,
                set_aside: aside.display().to_string(),
                saved,
            };
            Ok((connection, vec![damage]))
        }
    }
}

enum Trouble {
    /// The file cannot be read in full.
    Damaged(String),
    Other(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        use std::error::Error as _;
        let sqlite = error
            .source()
            .and_then(|source| source.downcast_ref::<rusqlite::Error>());
        let damaged = sqlite
            .and_then(rusqlite::Error::sqlite_error_code)
            .is_some_and(|code| {
                matches!(code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
            });
        if damaged {
            Self::Damaged(error.message().to_owned())
        } else {
            Self::Other(error)
        }
    }
}

fn open_whole(path: &Path, patience: Duration) -> core::result::Result<Connection, Trouble> {
    // Its log has the same mode: SQLite sees to that.
    private::create(path).map_err(|error| {
        let message = format!("the journal cannot be created: {error}");
        Error::new(ErrorKind::Io, message).with_source(error)
    })?;
    let mut connection = Connection::open(path).map_err(|error| io("be opened", error))?;
    // For somebody who looks at the file with another program and knows nothing of the hold.
    connection
        .busy_timeout(patience)
        .map_err(|error| io("be opened", error))?;
    schema::configure(&connection)?;
    let words: Vec<String> = connection
        .prepare("PRAGMA integrity_check(10)")
        .and_then(|mut check| check.query_map([], |row| row.get(0))?.collect())
        .map_err(|error| io("be checked", error))?;
    if words != ["ok"] {
        return Err(Trouble::Damaged(words.join("; ")));
    }
    schema::migrate(&mut connection, schema::STEPS)?;
    Ok(connection)
}

/// Moves a damaged file and its log out of the way.
fn set_aside(path: &Path) -> Result<std::path::PathBuf> {
    let failed = |error| {
        let message = "the damaged journal cannot be set aside";
        Error::new(ErrorKind::Io, message).with_source(error)
    };
    let free = |number: &u32| !with_suffix(path, &format!(".damaged-{number}")).exists();
    let number = (1..u32::MAX).find(free).unwrap_or(u32::MAX);
    let aside = with_suffix(path, &format!(".damaged-{number}"));
    std::fs::rename(path, &aside).map_err(failed)?;
    let log = log_of(path);
    if log.exists() {
        std::fs::rename(&log, log_of(&aside)).map_err(failed)?;
    }
    let index = with_suffix(path, "-shm");
    if index.exists() {
        std::fs::remove_file(&index).map_err(failed)?;
    }
    Ok(aside)
}

/// Copies the rows that can be read, from both ends of each table; gives back how many.
fn take_over(into: &mut Connection, aside: &Path) -> Result<u64> {
    let failed = |error| io("take over a damaged one", error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // Not readable at all: the file that was set aside is all that is left.
    let Ok(from) = Connection::open_with_flags(aside, flags) else {
        return Ok(0);
    };
    let mut saved = 0;
    let transaction = into.transaction().map_err(failed)?;
    for (table, key) in TABLES {
        for direction in ["ASC", "DESC"] {
            let order = key.replace(", ", &format!(" {direction}, "));
            let sql = format!("SELECT * FROM {table} NOT INDEXED ORDER BY {order} {direction}");
            let sql = if key == "id" {
                sql
            } else {
                sql.replace(" NOT INDEXED", "")
            };
            let Ok(mut statement) = from.prepare(&sql) else {
                continue;
            };
            let columns = statement.column_count();
            let marks = vec!["?"; columns].join(", ");
            // By name: an older version may have fewer.
            let names = statement.column_names().join(", ");
            let insert = format!("INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})");
            let Ok(mut rows) = statement.query([]) else {
                continue;
            };
            // The first row that cannot be read ends this direction.
            while let Ok(Some(row)) = rows.next() {
                let values: rusqlite::Result<Vec<rusqlite::types::Value>> =
                    (0..columns).map(|column| row.get(column)).collect();
                let Ok(values) = values else { break };
                let mut copy = transaction.prepare_cached(&insert).map_err(failed)?;
                if let Ok(count) = copy.execute(rusqlite::params_from_iter(values)) {
                    saved += count as u64;
                }
            }
        }
    }
    transaction.commit().map_err(failed)?;
    Ok(saved)
}
