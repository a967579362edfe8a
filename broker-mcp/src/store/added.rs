use std::path::Path;

use broker_core::{
    Error, ErrorKind, Result,
    model::{AccountId, BrokerId, Environment},
};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OpenFlags, params};

use super::{BUSY, Store, failed, millis, unreadable};

/// An account that an administrator has added while the server ran: it is for questions, and never for real
/// money. Whatever else it may do, a person says in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// What callers call it.
    pub name: String,
    /// The connection.
    pub broker: BrokerId,
    /// The account as the broker names it.
    pub account: AccountId,
    /// What its money is; never real.
    pub environment: Environment,
}

/// A row, before it is known whether anybody can have written it.
type Row = (String, String, String, String);

/// What there is, but for what was taken out again.
fn read(connection: &Connection) -> Result<Vec<Added>> {
    let mut rows = connection
        .prepare(
            "SELECT name, broker, account, environment FROM added
             WHERE name NOT IN (SELECT account FROM withdrawn) ORDER BY name",
        )
        .map_err(failed)?;
    let rows = rows
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .map_err(failed)?;
    rows.map(|row| made_of(row.map_err(failed)?)).collect()
}

fn made_of((name, broker, account, environment): Row) -> Result<Added> {
    let environment = [Environment::Paper, Environment::Simulated]
        .into_iter()
        .find(|known| known.as_str() == environment)
        .ok_or_else(|| unreadable("account"))?;
    Ok(Added {
        broker: BrokerId::new(broker).map_err(|_| unreadable("account"))?,
        account: AccountId::new(account).map_err(|_| unreadable("account"))?,
        name,
        environment,
    })
}

impl Store {
    /// The accounts that were added, without those that were taken out since.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn added(&self) -> Result<Vec<Added>> {
        self.read(read).await
    }

    /// The same of a file that nobody has opened yet: none when it is not there. Changes nothing.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn added_in(path: &Path) -> Result<Vec<Added>> {
        if !path.exists() {
            return Ok(Vec::new());
        }
        let connection =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
        connection.busy_timeout(BUSY).map_err(failed)?;
        // A file of a former version has no such table.
        let tables = "SELECT count(*) FROM sqlite_schema WHERE name IN ('added', 'withdrawn')";
        let tables: i64 = connection
            .query_row(tables, [], |row| row.get(0))
            .map_err(failed)?;
        if tables < 2 {
            return Ok(Vec::new());
        }
        read(&connection)
    }

    /// Writes down that an account is there from the next start on, and no longer that it was taken out.
    ///
    /// # Errors
    /// [`Duplicate`](ErrorKind::Duplicate) when another account was added by this name and not taken out, or
    /// this account by another name; when the file cannot be written.
    pub async fn add(&self, added: &Added, by: &str, now: DateTime<Utc>) -> Result<()> {
        let (added, by) = (added.clone(), by.to_owned());
        self.write(move |transaction| {
            let Added {
                name,
                broker,
                account,
                environment,
            } = &added;
            for one in read(transaction)? {
                let same_name = one.name == *name;
                let same_account = one.broker == *broker && one.account == *account;
                if same_name != same_account {
                    let which = if same_name { "another" } else { "this" };
                    let message = format!("{which} account was added as `{}`", one.name);
                    return Err(Error::new(ErrorKind::Duplicate, message));
                }
            }
            let added = transaction.execute(
                "INSERT INTO added (name, broker, account, environment, by_whom, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (name) DO UPDATE SET broker = ?2, account = ?3, environment = ?4",
                params![
                    name,
                    broker.as_str(),
                    account.as_str(),
                    environment.as_str(),
                    by,
                    millis(now)
                ],
            );
            added.map_err(failed)?;
            transaction
                .execute("DELETE FROM withdrawn WHERE account = ?1", [name])
                .map_err(failed)?;
            Ok(())
        })
        .await
    }
}
