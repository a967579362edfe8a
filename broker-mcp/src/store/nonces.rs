use broker_core::Result;
use chrono::{DateTime, Utc};
use rusqlite::params;

use super::{Store, failed, millis};

impl Store {
    /// Uses something up that may be used once until it is void. Whether it was the first time.
    ///
    /// # Errors
    /// When the file cannot be written: it must not be let through then.
    pub async fn use_once(
        &self,
        nonce: &str,
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let nonce = nonce.to_owned();
        self.write(move |transaction| {
            if expires_at <= now {
                return Ok(false);
            }
            transaction
                .execute("DELETE FROM nonces WHERE expires_at <= ?1", [millis(now)])
                .map_err(failed)?;
            let added = transaction.execute(
                "INSERT OR IGNORE INTO nonces (nonce, expires_at) VALUES (?1, ?2)",
                params![nonce, millis(expires_at)],
            );
            Ok(added.map_err(failed)? == 1)
        })
        .await
    }
}
