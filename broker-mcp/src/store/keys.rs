use broker_core::Result;
use rusqlite::params;

use super::{Store, failed};

impl Store {
    /// The key of this name that all processes with this file have: the first one that was proposed.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn common_key(&self, name: &'static str, proposed: [u8; 32]) -> Result<Vec<u8>> {
        self.write(move |transaction| {
            transaction
                .execute(
                    "INSERT OR IGNORE INTO keys (name, value) VALUES (?1, ?2)",
                    params![name, proposed],
                )
                .map_err(failed)?;
            transaction
                .query_row("SELECT value FROM keys WHERE name = ?1", [name], |row| {
                    row.get(0)
                })
                .map_err(failed)
        })
        .await
    }
}
