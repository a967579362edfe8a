use std::collections::BTreeSet;

use broker_core::Result;
use chrono::{DateTime, Utc};
use rusqlite::params;

use super::{Store, failed, millis};

impl Store {
    /// The accounts of the configuration that an administrator has taken out while the server ran.
    ///
    /// # Errors
    /// When the file cannot be read: none of them may be used then.
    pub async fn withdrawn(&self) -> Result<BTreeSet<String>> {
        self.read(|connection| {
            let mut rows = connection
                .prepare("SELECT account FROM withdrawn")
                .map_err(failed)?;
            let names = rows.query_map([], |row| row.get(0)).map_err(failed)?;
            names.collect::<Result<_, _>>().map_err(failed)
        })
        .await
    }

    /// Writes down that an account is taken out.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn withdraw(&self, account: &str, by: &str, now: DateTime<Utc>) -> Result<()> {
        let (account, by) = (account.to_owned(), by.to_owned());
        self.write(move |transaction| {
            let done = transaction.execute(
                "INSERT INTO withdrawn (account, by_whom, at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (account) DO NOTHING",
                params![account, by, millis(now)],
            );
            done.map(|_| ()).map_err(failed)
        })
        .await
    }

    /// Writes down that an account counts again. Whether it had been taken out.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn take_back(&self, account: &str) -> Result<bool> {
        let account = account.to_owned();
        self.write(move |transaction| {
            let done = transaction.execute("DELETE FROM withdrawn WHERE account = ?1", [account]);
            Ok(done.map_err(failed)? == 1)
        })
        .await
    }
}
