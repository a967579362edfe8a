use broker_core::Result;
use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, params};

use super::{Store, failed, millis, time};

/// A gateway that somebody has logged out: nothing starts it again before it is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latch {
    /// Who logged it out.
    pub by: String,
    /// When, UTC.
    pub at: DateTime<Utc>,
}

impl Store {
    /// Whether a gateway is logged out.
    ///
    /// # Errors
    /// When the file cannot be read: it must not be started then.
    pub async fn latch(&self, gateway: &str) -> Result<Option<Latch>> {
        let gateway = gateway.to_owned();
        self.read(move |connection| {
            let found: Option<(String, i64)> = connection
                .query_row(
                    "SELECT by_whom, at FROM latches WHERE gateway = ?1",
                    [gateway],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()
                .map_err(failed)?;
            let latch = |(by, at)| Ok(Latch { by, at: time(at)? });
            found.map(latch).transpose()
        })
        .await
    }

    /// Writes down that a gateway is logged out, or, with `None`, that it may be started again.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn set_latch(&self, gateway: &str, latch: Option<Latch>) -> Result<()> {
        let gateway = gateway.to_owned();
        self.write(move |transaction| {
            let done = match latch {
                Some(latch) => transaction.execute(
                    "INSERT INTO latches (gateway, by_whom, at) VALUES (?1, ?2, ?3)
                     ON CONFLICT (gateway) DO NOTHING",
                    params![gateway, latch.by, millis(latch.at)],
                ),
                None => transaction.execute("DELETE FROM latches WHERE gateway = ?1", [gateway]),
            };
            done.map(|_| ()).map_err(failed)
        })
        .await
    }
}
