//! Rows as values and back.

use broker_core::{
    Result,
    model::{AccountId, ClientOrderId, Fill, Order},
};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use super::io;
use crate::journal::{
    Action, BustedFill, Damage, Entry, Intent, IntentId, IntentOutcome, JournalFilter, NewIntent,
};

fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

fn instant(micros: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros)
}

fn text(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))
}

/// What an intent said when it was written down: nobody changes it afterwards.
fn digest(account: &str, id: Option<&str>, body: &str, at: i64) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in [account, id.unwrap_or(""), body] {
        // With its length, so that no part can be taken for another.
        hash.update(part.len().to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.update(at.to_le_bytes());
    hash.finalize().to_vec()
}

/// Writes an intent; `None` when its identifier is taken.
pub(super) fn insert(
    connection: &Connection,
    intent: &NewIntent,
) -> rusqlite::Result<Option<IntentId>> {
    let id = intent.client_order_id.as_ref().map(ClientOrderId::as_str);
    let (account, at) = (intent.account.as_str(), micros(intent.at));
    if intent.action.takes_identifier() {
        let taken: Option<i64> = connection
            .prepare_cached(
                "SELECT 1 FROM intents WHERE account = ?1 AND client_order_id = ?2
                 AND action IN ('submit', 'exercise') AND outcome <> 'refused'",
            )?
            .query_row(params![account, id], |row| row.get(0))
            .optional()?;
        if taken.is_some() {
            return Ok(None);
        }
    }
    let body = text(&intent.action)?;
    connection
        .prepare_cached(
            "INSERT INTO intents (account, client_order_id, action, body, at, digest)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            account,
            id,
            intent.action.as_str(),
            body,
            at,
            digest(account, id, &body, at)
        ])?;
    let row = connection.last_insert_rowid();
    Ok(Some(IntentId(row.unsigned_abs())))
}

/// What ends an intent that an event is about; every event of every order asks.
pub(super) const SETTLE: &str = "UPDATE intents SET outcome = ?4, detail = ?5, ended_at = ?6
     WHERE account = ?1 AND client_order_id = ?2 AND action = ?3
     AND outcome IN ('open', 'unconfirmed')";

/// Writes what became known.
pub(super) fn record(connection: &Connection, entry: &Entry) -> rusqlite::Result<()> {
    let execute = |sql: &str, values: &[&dyn ToSql]| -> rusqlite::Result<()> {
        connection.prepare_cached(sql)?.execute(values).map(|_| ())
    };
    match entry {
        Entry::Outcome {
            intent,
            outcome,
            at,
        } => execute(
            "UPDATE intents SET outcome = ?2, detail = ?3, ended_at = ?4
             WHERE id = ?1 AND outcome IN ('open', 'unconfirmed')",
            params![
                i64::try_from(intent.0).unwrap_or(i64::MAX),
                outcome.as_str(),
                text(outcome)?,
                micros(*at)
            ],
        ),
        Entry::Seen {
            account,
            client_order_id,
            settles,
            outcome,
            at,
        } => {
            for action in *settles {
                execute(
                    SETTLE,
                    params![
                        account.as_str(),
                        client_order_id.as_str(),
                        action,
                        outcome.as_str(),
                        text(outcome)?,
                        micros(*at)
                    ],
                )?;
            }
            Ok(())
        }
        Entry::Report {
            account,
            report,
            at,
        } => execute(
            "INSERT INTO reports (account, client_order_id, at, body) VALUES (?1, ?2, ?3, ?4)",
            params![
                account.as_str(),
                report.client_order_id.as_str(),
                micros(*at),
                text(report)?
            ],
        ),
        Entry::Order(order) => execute(
            "INSERT INTO orders (account, client_order_id, open, updated_at, body)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET open = excluded.open, updated_at = excluded.updated_at,
             body = excluded.body",
            params![
                order.account().as_str(),
                order.client_order_id().as_str(),
                order.status.is_open(),
                micros(order.updated_at),
                text(order)?
            ],
        ),
        Entry::Fill(fill) => execute(
            "INSERT INTO fills (account, execution_id, executed_at, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET executed_at = excluded.executed_at, body = excluded.body,
             busted_at = NULL, busted_why = NULL",
            params![
                fill.account.as_str(),
                fill.execution_id.as_str(),
                micros(fill.executed_at),
                text(fill)?
            ],
        ),
        Entry::Busted {
            account,
            execution_id,
            at,
            why,
        } => execute(
            "UPDATE fills SET busted_at = ?3, busted_why = ?4
             WHERE account = ?1 AND execution_id = ?2 AND busted_at IS NULL",
            params![account.as_str(), execution_id.as_str(), micros(*at), &**why],
        ),
    }
}

/// The columns of an intent, in the order that [`intent`] reads.
pub(super) const INTENT: &str =
    "id, account, client_order_id, body, at, digest, detail, ended_at, outcome";

/// An intent, or `None` when its row cannot be believed.
pub(super) fn intent(row: &Row<'_>) -> rusqlite::Result<Option<Intent>> {
    let id: i64 = row.get(0)?;
    let account: String = row.get(1)?;
    let client_order_id: Option<String> = row.get(2)?;
    let body: String = row.get(3)?;
    let at: i64 = row.get(4)?;
    let written: Vec<u8> = row.get(5)?;
    let detail: Option<String> = row.get(6)?;
    let ended_at: Option<i64> = row.get(7)?;
    let outcome: String = row.get(8)?;
    if digest(&account, client_order_id.as_deref(), &body, at) != written {
        return Ok(None);
    }
    let read = || {
        let outcome = match detail {
            Some(detail) => serde_json::from_str::<IntentOutcome>(&detail).ok()?,
            None => IntentOutcome::Open,
        };
        Some(Intent {
            id: IntentId(id.unsigned_abs()),
            account: AccountId::new(&account).ok()?,
            client_order_id: match &client_order_id {
                Some(id) => Some(ClientOrderId::new(id).ok()?),
                None => None,
            },
            action: serde_json::from_str::<Action>(&body).ok()?,
            at: instant(at)?,
            outcome,
            ended_at: ended_at.and_then(instant),
        })
    };
    Ok(read().filter(|intent| intent.outcome.as_str() == outcome))
}

/// What the rows say about themselves: rows that cannot be believed, and rows that are gone.
pub(super) fn damage(connection: &Connection) -> Result<Vec<Damage>> {
    let failed = |error| io("be read", error);
    let mut found = Vec::new();
    let (mut last, mut missing) = (0, 0);
    let mut statement = connection
        .prepare(&format!("SELECT {INTENT} FROM intents ORDER BY id"))
        .map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let id: i64 = row.get(0).map_err(failed)?;
        missing += id - last - 1;
        last = id;
        if intent(row).map_err(failed)?.is_none() {
            let row = id.unsigned_abs();
            found.push(Damage::Row {
                table: "intents",
                row,
            });
        }
    }
    // What was written last is known to SQLite by another table.
    let newest: Option<i64> = connection
        .query_row(
            "SELECT seq FROM sqlite_sequence WHERE name = 'intents'",
            [],
            |row| row.get(0),
        )
        .optional()
        .map_err(failed)?;
    missing += newest.unwrap_or(last) - last;
    if missing > 0 {
        let rows = missing.unsigned_abs();
        found.push(Damage::Missing {
            table: "intents",
            rows,
        });
    }
    Ok(found)
}

fn bounds(filter: &JournalFilter) -> (Option<&str>, i64, i64) {
    (
        filter.account.as_ref().map(AccountId::as_str),
        filter.from.map_or(i64::MIN, micros),
        filter.until.map_or(i64::MAX, micros),
    )
}

pub(super) fn intents(connection: &Connection, filter: &JournalFilter) -> Result<Vec<Intent>> {
    let failed = |error| io("be read", error);
    let (account, from, until) = bounds(filter);
    let sql = format!(
        "SELECT {INTENT} FROM intents WHERE (?1 IS NULL OR account = ?1) AND at >= ?2 AND at < ?3
         AND (NOT ?4 OR outcome IN ('open', 'unconfirmed')) ORDER BY id"
    );
    let mut statement = connection.prepare_cached(&sql).map_err(failed)?;
    let rows = statement
        .query_map(params![account, from, until, filter.open_only], intent)
        .map_err(failed)?;
    let mut intents = Vec::new();
    for row in rows {
        // A row that cannot be believed has been named when the file was opened.
        intents.extend(row.map_err(failed)?);
    }
    Ok(intents)
}

pub(super) fn orders(connection: &Connection, filter: &JournalFilter) -> Result<Vec<Order>> {
    let (account, from, until) = bounds(filter);
    bodies(
        connection,
        "SELECT body FROM orders WHERE (?1 IS NULL OR account = ?1) AND updated_at >= ?2
         AND updated_at < ?3 AND (NOT ?4 OR open) ORDER BY updated_at, client_order_id",
        params![account, from, until, filter.open_only],
    )
}

pub(super) fn fills(connection: &Connection, filter: &JournalFilter) -> Result<Vec<Fill>> {
    let (account, from, until) = bounds(filter);
    bodies(
        connection,
        "SELECT body FROM fills WHERE (?1 IS NULL OR account = ?1) AND executed_at >= ?2
         AND executed_at < ?3 AND busted_at IS NULL ORDER BY executed_at, execution_id",
        params![account, from, until],
    )
}

pub(super) fn busted_fills(
    connection: &Connection,
    filter: &JournalFilter,
) -> Result<Vec<BustedFill>> {
    let (account, from, until) = bounds(filter);
    let failed = |error| io("be read", error);
    let mut statement = connection
        .prepare_cached(
            "SELECT body, busted_at, busted_why FROM fills
             WHERE (?1 IS NULL OR account = ?1) AND executed_at >= ?2 AND executed_at < ?3
             AND busted_at IS NOT NULL ORDER BY executed_at, execution_id",
        )
        .map_err(failed)?;
    let rows = statement
        .query_map(params![account, from, until], |row| {
            let why: Option<String> = row.get(2)?;
            Ok((row.get::<_, String>(0)?, row.get(1)?, why))
        })
        .map_err(failed)?;
    rows.map(|row| {
        let (body, at, why) = row.map_err(failed)?;
        Ok(BustedFill {
            fill: parsed(&body)?,
            at: instant(at).ok_or_else(|| {
                let message = "the journal has an instant that is none";
                broker_core::Error::new(broker_core::ErrorKind::Io, message)
            })?,
            why: why.unwrap_or_default().into(),
        })
    })
    .collect()
}

fn bodies<T: DeserializeOwned>(
    connection: &Connection,
    sql: &str,
    values: &[&dyn ToSql],
) -> Result<Vec<T>> {
    let failed = |error| io("be read", error);
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let rows = statement
        .query_map(values, |row| row.get::<_, String>(0))
        .map_err(failed)?;
    rows.map(|body| {
        let body = body.map_err(failed)?;
        parsed(&body)
    })
    .collect()
}

fn parsed<T: DeserializeOwned>(body: &str) -> Result<T> {
    serde_json::from_str(body).map_err(|error| {
        let message = "the journal has a row that this version cannot read";
        broker_core::Error::new(broker_core::ErrorKind::Io, message).with_source(error)
    })
}
